#!/usr/bin/python3
"""Reads a vault of nod without nod, and prints what is in it as JSON.

Written from the specification in vault/format.go; the comments name its sections.
Needs Python 3.11, argon2-cffi and cryptography (on Debian: apt install
python3-argon2 python3-cryptography). Files are not changed.

    read_vault.py vault.nod --device ~/.local/state/nod/device.key    (asks for the PIN)
    read_vault.py vault.nod --passphrase
    read_vault.py vault.nod --recovery --check                        (prints counts only)

The output holds every secret: bytes in hex, times in milliseconds since 1970 UTC.
Exit status: 1 secret refused, 3 damaged, 4 made by a newer nod, 5 not this way.
"""
import argparse, base64, getpass, hashlib, hmac, json, os, signal, struct, sys, unicodedata
from argon2.exceptions import HashingError
from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PIN, PASSPHRASE, RECOVERY, SSH = 1, 2, 3, 4
KINDS = {PIN: "PIN", PASSPHRASE: "passphrase", RECOVERY: "recovery code", SSH: "ssh key"}
PARTS = ("device", "machine", "keyring", "tpm", "credential")  # the bits of need, lowest first
FIELDS = {  # Payload: the keys of its maps, from 1
    "": "epoch owner accounts devices history tag_keys shift",
    "accounts": "id type issuer name secret algorithm digits period counter pin tags note shift added source used"
                " uses device confirm",
    "devices": "id driver server app account name remote_id server_key words state paired memory transport_seed"
               " approval_public_key approval_seed_sealed",
    "history": "at kind subject account ip place device request detail",
    "tag_keys": "slot key",
}

class Refused(Exception): code = 5
class Wrong(Refused): code = 1
class Damaged(Refused): code = 3
class Newer(Refused): code = 4

def must(ok: bool, what: str) -> None:
    if not ok:
        raise Damaged(f"the file is damaged: {what}; try the copies beside it, newest first (.bak-1 to .bak-5)")

# Notation

def mac(key: bytes, *parts: bytes) -> bytes:
    return hmac.digest(key, b"".join(parts), "sha256")

def expand(prk: bytes, info: bytes, size: int = 32) -> bytes:  # HKDF-Expand of one block
    return mac(prk, info, b"\1")[:size]

def hkdf(ikm: bytes, salt: bytes, info: bytes) -> bytes:
    return expand(mac(salt, ikm), info)

def lp(x: bytes) -> bytes:
    return struct.pack(">I", len(x)) + x

def hchacha20(key: bytes, nonce: bytes) -> bytes:  # draft-irtf-cfrg-xchacha 2.2
    s = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce))
    def step(a: int, b: int, d: int, n: int) -> None:
        s[a] = (s[a] + s[b]) & 0xFFFFFFFF
        x = s[d] ^ s[a]
        s[d] = (x << n | x >> 32 - n) & 0xFFFFFFFF
    for _ in range(10):
        for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                           (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
            step(a, b, d, 16), step(c, d, b, 12), step(a, b, d, 8), step(c, d, b, 7)
    return struct.pack("<8I", *s[:4], *s[12:])

def aead_open(key: bytes, nonce: bytes, sealed: bytes, data: bytes = b"") -> bytes:  # XChaCha20-Poly1305
    return ChaCha20Poly1305(hchacha20(key, nonce[:16])).decrypt(bytes(4) + nonce[16:], sealed, data)

def raw(public) -> bytes:
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)

KEM, SUITE = b"KEM\x00\x20", b"HPKE\x00\x20\x00\x01\x00\x03"

def labeled_extract(suite: bytes, salt: bytes, label: bytes, ikm: bytes) -> bytes:  # RFC 9180 4
    return mac(salt, b"HPKE-v1", suite, label, ikm)

def labeled_expand(suite: bytes, prk: bytes, label: bytes, info: bytes, size: int = 32) -> bytes:
    return expand(prk, struct.pack(">H", size) + b"HPKE-v1" + suite + label + info, size)

def derive_key_pair(ikm: bytes) -> X25519PrivateKey:  # RFC 9180 7.1.3
    return X25519PrivateKey.from_private_bytes(
        labeled_expand(KEM, labeled_extract(KEM, b"", b"dkp_prk", ikm), b"sk", b""))

def hpke_open(key: X25519PrivateKey, sealed: bytes, info: bytes) -> bytes:  # RFC 9180 4.1, 5.1, 5.2
    try:
        dh = key.exchange(X25519PublicKey.from_public_bytes(sealed[:32]))
    except ValueError:  # 32 bytes that are no key
        raise InvalidTag
    shared = labeled_expand(KEM, labeled_extract(KEM, b"", b"eae_prk", dh), b"shared_secret",
                            sealed[:32] + raw(key.public_key()))
    context = b"\0" + b"".join(labeled_extract(SUITE, b"", label, x)
                               for label, x in ((b"psk_id_hash", b""), (b"info_hash", info)))
    secret = labeled_extract(SUITE, shared, b"secret", b"")
    aead = ChaCha20Poly1305(labeled_expand(SUITE, secret, b"key", context))
    return aead.decrypt(labeled_expand(SUITE, secret, b"base_nonce", context, 12), sealed[32:], b"")

# Layout

class Fields:
    """Hands out the bytes of data one field after the other."""
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, size: int) -> bytes:
        must(self.at + size <= len(self.data), "something in it reaches past its end")
        self.at += size
        return self.data[self.at - size:self.at]

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

class Slot:
    def __init__(self, f: Fields):
        start = f.at
        self.type, self.need, self.id, size, digest = f.number(1), f.number(2), f.take(16), f.number(2), f.take(32)
        self.head, body = f.data[start:f.at], Fields(f.take(size))
        self.name = self.seals = b""
        self.disabled, self.first = not any(body.data), False
        must(self.type > 0 and size > 0, "a slot is empty")
        must(self.disabled or hashlib.sha256(body.data).digest() == digest, "a slot does not match its digest")
        if self.disabled or self.type not in KINDS:
            return
        must(self.need & 1 if self.type == PIN else self.need == 0, "a slot's need does not go with its type")
        self.first = size == {PIN: 185, PASSPHRASE: 185, RECOVERY: 192}.get(self.type)
        if self.type in (PIN, PASSPHRASE):
            self.cost = body.take(9)
            memory, passes, lanes = self.argon = struct.unpack(">IIB", self.cost)
            # The caps keep a hostile file from taking all memory. How much is free is not looked at.
            must(8 * lanes <= memory <= 2 << 20 and 1 <= passes <= 16 and 1 <= lanes <= 16, "a try's cost is absurd")
        if self.type != RECOVERY:
            self.salt = body.take(32)
        self.seals = body.take(size - body.at if self.first else 224)
        if self.type in (PIN, PASSPHRASE) and not self.first:
            self.name, blob = body.take(body.number(1)), body.take(body.number(2))
            must(len(self.name) <= 40 * (self.type == PIN) and len(blob) <= 1024, "a name or blob is too long")
        if self.type == SSH:
            self.name = body.take(body.number(2))
            must(len(self.name) <= 4096, "an ssh key is too long")
        must(body.at == size, "a slot is too long")

class Vault:
    """The file taken apart. Only what open_payload has checked may be believed."""
    def __init__(self, data: bytes):
        must(data[:7] == b"NODVLT\0" and len(data) > 7 and data[7] > 0, "it does not begin like a vault")
        whole = lambda d: hashlib.sha256(d[:-32]).digest() == d[-32:]
        if data[7] != 1 and not whole(data[:7] + b"\1" + data[8:]):
            raise Newer(f"the vault's format is version {data[7]}: it was made by a newer nod")
        must(whole(data), "its checksum is wrong: bytes are missing or changed")
        f = Fields(data[:-32])
        f.take(8)
        self.id, header_len = f.take(16), f.number(4)
        if f.take(3) != b"\0\0\2":
            raise Newer("the vault has flags or compartments of a newer nod")
        count, self.approvals_key = f.number(1), f.take(32)
        must(1 <= count <= 16, "the number of slots is impossible")
        fixed = f.data[:f.at]
        self.slots = [Slot(f) for _ in range(count)]
        self.salt, self.mac = f.take(32), f.take(32)
        self.image = fixed + b"".join(s.head for s in self.slots) + self.salt
        must(f.at == header_len <= 65536, "the header has not the length that it tells")
        self.nonce, self.payload = f.take(24), f.data[f.at:]
        size = len(self.payload) - 16
        must(16 << 10 <= size <= 64 << 20 and size & size - 1 == 0, "the payload's length is impossible")
        keys = [(s.type, s.name) for s in self.slots if not s.disabled and s.type in KINDS] + [s.id for s in self.slots]
        must(len(keys) == len(set(keys)), "two slots are for the same credential")

# Keys; Slots with a key pair; Slot types 1 to 3

def tag_fits(v: Vault, s: Slot, tag_key: bytes) -> bool:
    return hmac.compare_digest(mac(tag_key, v.id, s.id, s.seals[:192]), s.seals[192:])

def not_opened(s: Slot) -> Wrong:
    others = [p for n, p in enumerate(PARTS) if s.need >> n & 1]
    return Wrong(f"wrong {KINDS[s.type]}" + (f", or not this slot's part: {', '.join(others)}" if others else ""))

def open_slot(v: Vault, s: Slot, secret: bytes, parts: dict[str, bytes]) -> list[bytes]:
    """Returns VMK and AMK."""
    if s.type == RECOVERY:
        key = hkdf(secret, s.id, b"nod/v1/recovery" + (b"" if s.first else b"-key"))
        return open_seals(v, s, key, hkdf(secret, s.id, b"nod/v1/recovery-tag"))
    memory, passes, lanes = s.argon
    stretched = hash_secret_raw(secret, s.salt, passes, memory, lanes, 32, Type.ID, version=0x13)
    given = [parts.get(p, b"") for n, p in enumerate(PARTS) if n < 2 or s.need >> n & 1]
    prk = mac(s.salt, lp(stretched), *map(lp, given))
    context = v.id + struct.pack(">BH", s.type, s.need) + s.id + s.cost
    if not s.first:
        return open_seals(v, s, expand(prk, b"nod/v1/slot-key" + context), expand(prk, b"nod/v1/slot-tag" + context))
    try:
        return [aead_open(expand(prk, b"nod/v1/slot-kek/" + name + context), w[:24], w[24:])
                for name, w in ((b"codes", s.seals[:72]), (b"approvals", s.seals[72:]))]
    except InvalidTag:
        raise not_opened(s)

def open_seals(v: Vault, s: Slot, ikm: bytes, tag_key: bytes) -> list[bytes]:
    key = derive_key_pair(ikm)
    if raw(key.public_key()) != s.seals[:32]:
        raise not_opened(s)
    first = s.type == RECOVERY and s.first
    must(first or tag_fits(v, s, tag_key), "the secret is right, but somebody else has sealed keys to its slot")
    label = b"nod/v1/recovery/" if first else b"nod/v1/slot/"
    try:
        return [hpke_open(key, sealed, label + name + v.id + s.id)
                for name, sealed in ((b"codes", s.seals[32:112]), (b"approvals", s.seals[112:192]))]
    except InvalidTag:
        raise Damaged("the file is damaged: the secret is right, but the keys in its slot do not open")

def recovery_code(text: str) -> bytes:
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U"
    values = [letters.find(c) for c in "".join(text.upper().replace("-", "").split()).translate(
        str.maketrans("OIL", "011"))]
    if len(values) != 33 or min(values) < 0 or max(values[:32]) > 31:
        raise Wrong("a recovery code is eight groups of four letters or digits, and a check symbol")
    number = sum(x << 5 * (31 - i) for i, x in enumerate(values[:32]))
    if number % 37 != values[32]:
        raise Wrong("the recovery code has a typing error: its check symbol does not fit")
    return number.to_bytes(20, "big")

# Payload; Approvals

def cbor(f: Fields, depth: int = 0):
    """One item in Core Deterministic Encoding."""
    must(depth < 16, "its content is nested too deeply")
    major, info = divmod(f.number(1), 32)
    must(major != 6 and info < 28, "its content has a tag or an indefinite length")
    if major == 7 and info in (25, 26, 27):
        return struct.unpack(">" + "efd"[info - 25], f.take(2 << info - 25))[0]
    if major == 7:
        must(20 <= info < 24, "its content has an unknown simple value")
        return (False, True, None, None)[info - 20]
    n = info if info < 24 else f.number(1 << info - 24)
    must(info < 24 or n >= (24, 1 << 8, 1 << 16, 1 << 32)[info - 24], "its content has a number in a longer form")
    if major < 2:
        return -1 - n if major else n
    if major < 4:
        return f.take(n).decode() if major == 3 else f.take(n)
    if major == 4:
        return [cbor(f, depth + 1) for _ in range(n)]
    result, last = {}, b""
    for _ in range(n):
        at = f.at
        key = cbor(f, depth + 1)
        must(isinstance(key, (int, str, bytes)) and last < f.data[at:f.at], "its content has keys out of order")
        last = f.data[at:f.at]
        result[key] = cbor(f, depth + 1)
    return result

def named(entry, table: str):
    """Gives the keys of a map their names. A key of a newer nod stays a number."""
    names = dict(enumerate(FIELDS[table].split(), 1))
    return {names.get(k, k): x for k, x in entry.items()} if isinstance(entry, dict) else entry

def open_payload(v: Vault, vmk: bytes) -> dict:
    must(hmac.compare_digest(mac(hkdf(vmk, v.id, b"nod/v1/header-mac"), v.image), v.mac), "its header_mac is wrong")
    key = hkdf(hkdf(vmk, v.id, b"nod/v1/codes"), v.salt, b"nod/v1/payload")
    try:
        padded = Fields(aead_open(key, v.nonce, v.payload, hashlib.sha256(v.image + v.mac).digest()))
    except InvalidTag:
        raise Damaged("the file is damaged: the secret is right, but the payload does not open")
    f = Fields(padded.take(padded.number(4)))
    must(not any(padded.data[padded.at:]), "its padding is not zero")
    must(len(padded.data) == 16 << 10 or len(padded.data) < 2 * padded.at, "it has more padding than it needs")
    try:
        content = named(cbor(f), "")
    except UnicodeDecodeError:
        raise Damaged("the file is damaged: its content has text that is not UTF-8")
    must(f.at == len(f.data) and isinstance(content, dict), "its content is not one map")
    if not content.keys() <= set(FIELDS[""].split()):
        raise Newer("the vault holds things that only a newer nod knows")
    for table in ("accounts", "devices", "history", "tag_keys"):
        must(isinstance(content.setdefault(table, []), list), "its content is not made of lists")
        content[table] = [named(e, table) for e in content[table]]
    return content

def foreign_seals(v: Vault, tag_keys: list) -> list[str]:
    """Checks the other slots, too. What is wrong with them is no reason not to print the content."""
    keys = {t["slot"]: t["key"] for t in tag_keys}
    return [f"somebody else has sealed keys to the {KINDS[s.type]} slot {s.id.hex()}"
            for s in v.slots if s.seals and s.id in keys and not tag_fits(v, s, keys[s.id])]

def open_approvals(v: Vault, amk: bytes, devices: list) -> list[str]:
    """Puts each device's approval seed into its record, and tells what is wrong."""
    key = derive_key_pair(hkdf(amk, v.id, b"nod/v1/approvals"))
    must(raw(key.public_key()) == v.approvals_key, "its approvals_key is not its own")
    wrong = []
    for d in devices:
        if not isinstance(d, dict) or set(d) - set(FIELDS["devices"].split()) or "approval_seed_sealed" not in d:
            continue  # of a newer nod: stays as it is
        try:
            seed = hpke_open(key, d["approval_seed_sealed"], b"nod/v1/approval-key" + v.id + d["id"].encode())
            if raw(Ed25519PrivateKey.from_private_bytes(seed).public_key()) != d["approval_public_key"]:
                raise InvalidTag
            d["approval_seed"] = seed
            del d["approval_seed_sealed"]
        except (InvalidTag, KeyError, TypeError, AttributeError, ValueError):
            wrong.append(f"the approval key of device {d.get('id')} does not open")
    return wrong

# The command

def choose(v: Vault, a: argparse.Namespace) -> Slot:
    kind = RECOVERY if a.recovery else PASSPHRASE if a.passphrase else PIN
    of_kind = [s for s in v.slots if s.type == kind]
    found = [s for s in of_kind if not s.disabled and (a.slot is None or s.name == os.fsencode(a.slot))]
    if len(found) == 1:
        return found[0]
    there = sorted({f"{KINDS[s.type]} {s.name.decode(errors='replace') if s.type == PIN else ''}".strip()
                    for s in v.slots if s.type in KINDS and not s.disabled})
    what = "say whose PIN with --slot NAME" if found else f"there is no such {KINDS[kind]}" + \
        (" (one was switched off after too many wrong PINs)" if any(s.disabled for s in of_kind) else "")
    raise Refused(f"{what}; the vault opens with: {', '.join(there)}")

def content_of(name: str | None, wanted: str = "") -> bytes:
    if name is None:
        raise Refused(f"this PIN needs {wanted}; a passphrase or recovery code opens the vault without")
    with open(name, "rb") as f:
        return f.read()

def collect(s: Slot, a: argparse.Namespace) -> dict[str, bytes]:
    """The parts of the machine that the slot's key is made of."""
    need = {p for n, p in enumerate(PARTS) if s.need >> n & 1}
    if s.need >> len(PARTS):
        raise Newer("the slot's key has parts that only a newer nod knows")
    if "tpm" in need:
        raise Refused("only nod on the machine whose TPM keeps it can use this PIN; use --passphrase or --recovery")
    parts = {}
    if "device" in need:
        parts["device"] = content_of(a.device, "device.key of nod's state directory: --device FILE")
    if "machine" in need:
        text = a.machine_id or "/etc/machine-id"
        text = content_of(text).decode() if os.path.exists(text) else text
        parts["machine"] = mac(text.strip().partition("\n")[0].strip().encode(), b"nod/v1/machine")
    if "keyring" in need:
        parts["keyring"] = base64.b64decode(content_of(
            a.keyring_part, "what the keyring of one machine keeps (service nod, account "
            f"{s.id.hex()}): only that machine opens it, or --keyring-part FILE with that base64 text"))
    if "credential" in need:
        parts["credential"] = mac(content_of(
            a.credential, "nod-device, which systemd gives to a service: only that machine opens it, or "
            "--credential FILE with its content"), b"nod/v1/credential")
    for name, part in parts.items():
        if len(part) != 32:
            raise Refused(f"the {name} part must be 32 bytes long, not {len(part)}")
    return parts

def ask(s: Slot, name: str | None) -> bytes:
    secret = content_of(name).removesuffix(b"\n").removesuffix(b"\r") if name else \
        getpass.getpass(f"{KINDS[s.type]}: ").encode(errors="surrogateescape")
    text = secret.decode(errors="surrogateescape")  # bytes that are not UTF-8 are taken as they are
    return recovery_code(text) if s.type == RECOVERY else \
        unicodedata.normalize("NFC", text).encode(errors="surrogateescape")

def printable(x):
    if isinstance(x, dict):
        return {k.hex() if isinstance(k, bytes) else str(k): printable(e) for k, e in x.items()}
    return [printable(e) for e in x] if isinstance(x, list) else x.hex() if isinstance(x, bytes) else x

def arguments() -> argparse.Namespace:
    p = argparse.ArgumentParser(description="Prints what is in a vault of nod, every secret too, as JSON.")
    p.add_argument("vault", help="the file")
    kind = p.add_mutually_exclusive_group()
    kind.add_argument("--passphrase", action="store_true", help="open it with the passphrase, not a PIN")
    kind.add_argument("--recovery", action="store_true", help="open it with the recovery code, not a PIN")
    for name, value, text in (
            ("--slot", "NAME", "whose PIN, where there are several"),
            ("--device", "FILE", "device.key of nod's state directory"),
            ("--machine-id", "TEXT-or-FILE", "of the machine that made the PIN's slot; else /etc/machine-id"),
            ("--keyring-part", "FILE", "what the keyring keeps, in base64"),
            ("--credential", "FILE", "systemd's credential nod-device, decrypted"),
            ("--secret-file", "FILE", "holds PIN, passphrase or code (/dev/fd/3, too); else it is asked for")):
        p.add_argument(name, metavar=value, help=text)
    p.add_argument("--check", action="store_true", help="verify all, print counts only")
    return p.parse_args()

def main() -> None:
    if hasattr(signal, "SIGPIPE"):  # as other tools do where the reader, such as head, has seen enough
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    a = arguments()
    try:
        v = Vault(content_of(a.vault))
        s = choose(v, a)
        parts = collect(s, a)
        vmk, amk = open_slot(v, s, ask(s, a.secret_file), parts)
        content = open_payload(v, vmk)
        wrong = foreign_seals(v, content.pop("tag_keys")) + open_approvals(v, amk, content["devices"])
    except (Refused, OSError, ValueError, HashingError) as e:
        print(f"read_vault: {e}", file=sys.stderr)
        sys.exit(getattr(e, "code", Refused.code))
    if a.check:
        content = {k: len(x) if isinstance(x, list) else x for k, x in content.items() if k not in ("owner", "shift")}
    print(json.dumps({"vault_id": v.id.hex(), **printable(content)}, indent=1))
    if wrong:
        print(f"read_vault: the file is damaged: {'; '.join(wrong)}", file=sys.stderr)
        sys.exit(Damaged.code)

if __name__ == "__main__":
    main()
