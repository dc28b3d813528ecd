// This file is the complete specification of the vault file, version 1, and of
// the small files beside it. The numbers that the code takes from it are in
// numbers.go.
//
// # Notation
//
// Integers are unsigned and big endian. A || B is concatenation. lp(x) is the
// length of x as u32, then x. HKDF(ikm, salt, info) is HKDF-SHA256 (RFC 5869)
// with 32 bytes of output. AEAD is XChaCha20-Poly1305 (24-byte nonce, 16-byte
// tag at the end of the ciphertext). HPKE is RFC 9180 in base mode, single shot,
// with DHKEM(X25519, HKDF-SHA256) = 0x0020, HKDF-SHA256 = 0x0001 and
// ChaCha20Poly1305 = 0x0003; a sealed 32-byte secret is enc (32) || ciphertext
// (32) || tag (16) = 80 bytes, always with empty aad. Labels in quotes are ASCII
// without a final zero.
//
// # Layout
//
//	offset  size  field
//	0       7     magic: 4e 4f 44 56 4c 54 00 ("NODVLT", zero)
//	7       1     version = 1
//	8       16    vault_id, random
//	24      4     header_len: offset of the first byte after header_mac; at most 65536
//	28      2     flags = 0
//	30      1     compartments = 2 (codes, approvals)
//	31      1     number of slots, 1..16
//	32      32    approvals_key: X25519 public key of the approvals compartment
//	64      ...   the slots, one after the other
//	        32    payload_salt, fresh at each save
//	        32    header_mac
//	        24    payload_nonce, fresh at each save
//	        ...   payload: AEAD ciphertext of the codes compartment, with tag
//	        32    checksum: SHA-256 of all bytes before it
//
//	slot:   1     type
//	        2     need: the parts of this machine that the slot's key is made of
//	        16    slot_id, random
//	        2     len of body, at least 1
//	        32    digest: SHA-256 of body
//	        len   body
//
// The encoding is canonical: what parses is, marshalled again, the same bytes.
// An unknown slot type is skipped and kept. At most one passphrase slot and one
// recovery slot; PIN slots have different names, ssh-agent slots different keys.
// Another version, flags or compartments mean "made by a newer nod".
//
// The checksum has no key. It tells accidents (a bad disk, half a copy) from a
// wrong PIN, so that an accident neither costs a try nor looks like a typing
// error. Whoever changes the file on purpose can repair it; the MACs are for him.
//
// # Keys
//
// Two random 32-byte keys: VMK opens the codes compartment, AMK the approvals
// compartment. Each slot wraps both, under two keys derived from one secret, so
// that opening the codes never brings AMK into memory.
//
//	header key   = HKDF(VMK, vault_id, "nod/v1/header-mac")
//	codes key    = HKDF(VMK, vault_id, "nod/v1/codes")
//	payload key  = HKDF(codes key, payload_salt, "nod/v1/payload")
//	approvals kp = HPKE DeriveKeyPair(HKDF(AMK, vault_id, "nod/v1/approvals"))
//
// An unlocked vault keeps the header key and the codes key, not VMK.
//
// header image = all bytes from offset 0 up to header_mac, with the slot bodies
// left out (their digests stay in).
// header_mac   = HMAC-SHA256(header key, header image)
//
// The bodies are bound by their digests and not directly, because a slot must be
// disabled after ten wrong PINs, when the header key is not known. A disabled
// slot is one whose body is all zero bytes; its digest stays. Anyone can disable
// a slot, as anyone can delete the file; nobody can exchange one.
// Since the MAC key comes out of the slot, a file opens with one key only, which
// Poly1305 alone would not promise.
//
// # Slots with a key pair
//
// Each slot that nod writes has an X25519 key pair, whose private half comes out
// of its secret, and holds VMK and AMK sealed to the public half. So new keys can
// be sealed to all slots when one credential changes, without asking for the
// secrets of the others:
//
//	32  X25519 public key
//	80  VMK sealed to it with HPKE, info = "nod/v1/slot/codes"     || vault_id || slot_id
//	80  AMK sealed to it with HPKE, info = "nod/v1/slot/approvals" || vault_id || slot_id
//	32  tag = HMAC-SHA256(tag key, vault_id || slot_id || the 192 bytes before it)
//
// These 224 bytes are called the seals below. A slot whose tag is wrong is one that
// does not open. Anyone can seal to a public key; so the tag key comes
// out of the secret, too, and the payload keeps a copy of it for the next change.
// Without it, who can write the file could make another vault that opens with the
// person's PIN, and read what is saved in it from then on.
//
// # Slot types 1 (PIN) and 2 (passphrase)
//
//	4    Argon2id memory in KiB
//	4    Argon2id passes
//	1    Argon2id lanes
//	32   salt
//	224  seals
//	1    length of name, at most 40
//	     name: whose PIN it is, in UTF-8; empty for the only PIN and for a passphrase
//	2    length of blob, at most 1024
//	     blob: where the TPM's part is, empty without one
//
//	stretched = Argon2id(version 0x13, secret, salt, passes, memory, lanes, 32 bytes)
//	prk       = HKDF-Extract(salt, lp(stretched) || lp(device part) || lp(machine part) || further)
//	key pair  = HPKE DeriveKeyPair(HKDF-Expand(prk, "nod/v1/slot-key" || context))
//	tag key   = HKDF-Expand(prk, "nod/v1/slot-tag" || context)
//	context   = vault_id || type (1) || need (2) || slot_id || memory (4) || passes (4) || lanes (1)
//
// further is lp(part) of each bit above 1 that is set in need, lowest first. The
// secret is the PIN in ASCII digits, or the passphrase in UTF-8, normalised to NFC
// (bytes that are not UTF-8 are taken as they are). A device or machine part that
// need does not name is empty (lp of it is four zero bytes):
//
//	need bit 0   device part: the 32 bytes of device.key in the state directory
//	need bit 1   machine part: HMAC-SHA256(machine id, "nod/v1/machine")
//	need bit 2   keyring part: 32 bytes in the operating system's keyring, in base64,
//	             service "nod", account = slot_id in hex
//	need bit 3   TPM part: 32 bytes that the TPM gives out for
//	             auth = base64url without padding of the first 24 bytes of
//	             HKDF(stretched, salt, "nod/v1/tpm-authvalue"); see vault/protect
//	need bit 4   credential part: HMAC-SHA256(content of nod-device in systemd's
//	             directory of credentials, "nod/v1/credential")
//
// The machine id is the first line, without white space, of /etc/machine-id or
// else /var/lib/dbus/machine-id (Linux) or /etc/hostid (FreeBSD); other systems
// and ids that are empty or "uninitialized" have no machine part. Another bit in
// need: the slot was made by a newer nod. A PIN slot always has bit 0. A
// passphrase slot never has any, so that the file opens on any machine; a PIN is
// too short for that.
//
// With a keyring, TPM or service part nothing in the files tells a right PIN from
// a wrong one: whoever has all files but not that part can not try PINs at all.
//
// The first nods wrote these slots without a key pair, in 185 bytes. They are
// still read, and leave with the next change of a credential:
//
//	4 memory, 4 passes, 1 lanes, 32 salt
//	24  nonce || 48  AEAD(KEK codes, VMK)
//	24  nonce || 48  AEAD(KEK approvals, AMK)
//
//	KEK codes     = HKDF-Expand(prk, "nod/v1/slot-kek/codes"     || context)
//	KEK approvals = HKDF-Expand(prk, "nod/v1/slot-kek/approvals" || context)
//
// The AEAD has no associated data: the context is in the key.
//
// A reader refuses before it takes memory: memory > 2 GiB, passes > 16, lanes > 16,
// any of them 0, memory < 8 KiB x lanes, or more memory than half of what is free.
//
// # Slot type 3 (recovery code): the seals, 224 bytes
//
//	key pair = HPKE DeriveKeyPair(HKDF(code, slot_id, "nod/v1/recovery-key"))
//	tag key  = HKDF(code, slot_id, "nod/v1/recovery-tag")
//
// code is 20 random bytes. It is shown as 32 letters of Crockford's Base32
// (0123456789ABCDEFGHJKMNPQRSTVWXYZ), first bit first, in eight groups of four,
// and Crockford's check symbol (the number modulo 37; 32..36 are *~$=U). Readers
// take lower case, O for 0, I and L for 1, and ignore spaces and dashes.
//
// The first nods wrote these slots without the tag, in 192 bytes, with another key
// pair and infos. They are still read, and written again so until the code changes:
//
//	key pair = HPKE DeriveKeyPair(HKDF(code, slot_id, "nod/v1/recovery"))
//	infos      "nod/v1/recovery/codes" and "nod/v1/recovery/approvals" || vault_id || slot_id
//
// # Slot type 4 (ssh-agent)
//
//	32   salt
//	224  seals
//	2    length of key, at most 4096
//	     key: the public key in SSH's wire form (RFC 4253 6.6), ssh-ed25519 or ssh-rsa
//
//	message  = "nod/v1/ssh" || vault_id || slot_id || salt
//	prk      = HKDF-Extract(salt, lp(signature))
//	key pair, tag key as above, with context = vault_id || type (1) || need = 0 (2) || slot_id
//
// signature is what the agent signs of SSHSIG (OpenSSH's PROTOCOL.sshsig) over
// message with namespace "keyslot@nod" and hash sha512: the 64 bytes of Ed25519, or
// the bytes of rsa-sha2-512. Both are the same at each signing; ECDSA's are not.
//
// # Payload
//
// Associated data = SHA-256(header image || header_mac). The plaintext is
// lp(CBOR) and zero bytes up to a bucket of 16 KiB x 2^n (at most 64 MiB), so
// that the size of the file hardly tells the number of accounts. The CBOR is a
// map in Core Deterministic Encoding (RFC 8949 4.2.1), without tags and without
// indefinite lengths. Times are milliseconds since 1970 UTC; fields with their
// zero value are left out.
//
//	payload  1 epoch (saves since creation)  2 owner (e-mail address)
//	         3 accounts (array of maps)  4 devices (array of maps)
//	         5 history (array of maps, oldest first)  6 tag keys (array of maps)
//	         7 shift (ms, may be negative; at most 24 h), added to the clock for all
//	         time-based codes beside the account's own. Left out when it is 0, so that
//	         only a vault that has one is closed to nods that would not heed it
//	tag key  1 slot id (bytes)  2 key (bytes)
//	account  1 id  2 type  3 issuer  4 name  5 secret (bytes)  6 algorithm  7 digits
//	         8 period (s)  9 counter  10 PIN (bytes; mOTP, Yandex)  11 tags (array)
//	         12 note  13 shift (ms, may be negative)  14 added  15 source  16 used
//	         17 uses  18 device id  19 confirm (true): an agent gives codes against the PIN
//	         only. To nods that do not know of it the account is one that they can not read
//	device   1 id  2 driver  3 server  4 app  5 account  6 name  7 remote id
//	         8 server key (bytes)  9 words (array)  10 state  11 paired
//	         12 memory (map of text to text)  13 transport seed (32 bytes, Ed25519)
//	         14 approval public key (32 bytes, Ed25519)  15 approval seed, sealed (80 bytes)
//	         16 secret of the driver, if it has one: a private key of another kind, or a shared one
//	event    1 at  2 kind  3 subject  4 account  5 IP  6 place  7 device id
//	         8 request id  9 detail
//
// Types, algorithms, states and kinds are the texts of the Go constants. A map
// in accounts, devices or history that a reader does not understand is kept byte
// for byte. An unknown key of the payload map means "made by a newer nod".
//
// # Approvals
//
// approval seed, sealed = HPKE to approvals_key, info = "nod/v1/approval-key" || vault_id || device id
//
// The approvals compartment is not a second ciphertext beside the payload.
// Its associated data would have to be the header's hash, which changes at each
// save, and AMK is not there at a save. Sealed to a public key, each approval key
// stands in its device's record: pairing needs no PIN, nothing that reads the
// codes can sign an accept, and the count of pairings does not show.
// Before a seed is opened, the public key that AMK gives must be approvals_key.
//
// # Beside the file
//
// FILE.lock is locked (flock, LockFileEx) during each change and holds the
// process id of the owner. FILE.tmp-* is a save under way, swept by the next
// save. FILE.bak-1 (newest) to FILE.bak-5 are the generations before.
//
// The state directory holds device.key and, per vault (ID is vault_id in hex),
// records: payload || HMAC-SHA256(HKDF(device.key, vault_id, "nod/v1/record/" || KIND), payload)
//
//	ID.tries    per PIN slot: slot_id (16) || wrong PINs in a row (4) || time of the last, ms (8)
//	ID.machine  HMAC-SHA256(device.key, "nod/v1/machine-check" || vault_id || lp(machine part)),
//	            of the PIN made last; other PINs without that part are not compared
//	ID.state    epoch last seen (8) || SHA-256(header image || header_mac || payload_nonce || payload)
//	ID.parts    slot_id (16) || need bit (2) of each part in a TPM or keyring, to be
//	            destroyed when the vault file does not hold that slot
//	ID.clock    per paired server that was asked: device id (8) || server minus this machine,
//	            ms, two's complement (8) || when, ms (8) || 1 if the server has proved who it
//	            is, else 0 (1)
//	ID.lock     locked while a PIN is tried
//	ID.given    the codes handed out lately; of another form, which givenfile.go has
//
// ID.parts is written before such parts are made and before the slot goes, so that
// a broken change leaves none behind for good.
//
// ID.tries is written before the PIN is tried: a try that is interrupted counts.
// It is keyed with the device key, as are the others, because VMK is not known
// then and because ID.state must outlive a change of VMK: keyed with VMK, a file
// from before a change would come with a record that it can not read.
// A record that is missing or does not verify counts as none, except ID.machine:
// whoever can write in the state directory could delete it. One of ID.state,
// ID.tries and ID.given that does not verify is told to the person, and then made anew. So the limit on PINs
// is a courtesy against people at the keyboard; only hardware can really limit
// someone who copies the files.
package vault
