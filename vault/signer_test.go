package vault

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hpke"
	"errors"
	"fmt"
	"slices"
	"testing"
)

// pair adds a device with fresh keys and returns it with its public keys.
func pair(t testing.TB, v *Vault) (d Device, transport, approval ed25519.PublicKey) {
	t.Helper()
	k := NewKeys()
	transport, approval = k.Transport().Public(), k.Approval().Public()
	d, err := v.AddDevice(Device{
		Driver: "native", Server: "https://rms.demo.test", App: "RMS", Account: "ana@demo.test",
		Name: "laptop", State: DeviceActive, Memory: map[string]string{"seen": "1"},
	}, k)
	if err != nil {
		t.Fatal(err)
	}
	return d, transport, approval
}

func TestFreshKeysSignUntilAdded(t *testing.T) {
	v, _ := testVault(t)
	k := NewKeys()
	message := []byte("hello")
	for name, s := range map[string]Signer{"transport": k.Transport(), "approval": k.Approval()} {
		sig, err := s.Sign(message)
		if err != nil || !ed25519.Verify(s.Public(), message, sig) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := v.AddDevice(Device{}, k); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]Signer{"transport": k.Transport(), "approval": k.Approval()} {
		if _, err := s.Sign(message); !errors.Is(err, ErrLocked) {
			t.Errorf("%s signed after AddDevice: %v", name, err)
		}
	}
	if _, err := v.AddDevice(Device{}, k); !errors.Is(err, ErrLocked) {
		t.Errorf("wiped keys were added: %v", err)
	}
}

func TestApproveNeedsThePIN(t *testing.T) {
	v, code := testVault(t)
	d, transport, approval := pair(t, v)
	again := reopen(t, v, PIN([]byte(testPIN)))
	message := []byte("accept 47")

	s, err := again.Transport(d.ID)
	if err != nil {
		t.Fatal(err)
	}
	if sig, err := s.Sign(message); err != nil || !ed25519.Verify(transport, message, sig) || !s.Public().Equal(transport) {
		t.Errorf("transport: %v", err)
	}
	if _, err := again.Approve(d.ID, PIN([]byte("4822"))); !isPINError(err, SlotPIN) {
		t.Errorf("approved with a wrong PIN: %v", err)
	}
	for _, c := range []Credential{PIN([]byte(testPIN)), RecoveryCode([]byte(code))} {
		k, err := again.Approve(d.ID, c)
		if err != nil {
			t.Fatal(err)
		}
		if sig, err := k.Sign(message); err != nil || !ed25519.Verify(approval, message, sig) || !k.Public().Equal(approval) {
			t.Errorf("approval with %v: %v", c, err)
		}
		k.Close()
		if _, err := k.Sign(message); !errors.Is(err, ErrLocked) {
			t.Errorf("signed after Close: %v", err)
		}
	}
	k, err := again.Approve(d.ID, PIN([]byte(testPIN)))
	if err != nil {
		t.Fatal(err)
	}
	again.Close()
	for name, s := range map[string]Signer{"transport": s, "approval": k} {
		if _, err := s.Sign(message); !errors.Is(err, ErrLocked) {
			t.Errorf("%s signed in a locked vault: %v", name, err)
		}
	}
	if _, err := v.Approve("d-000000", PIN([]byte(testPIN))); !errors.Is(err, ErrNotFound) {
		t.Errorf("approved for no device: %v", err)
	}
}

// TestCodesKeyOpensNoApproval takes all that an unlocked vault has in memory and
// in its files and tries every 32 bytes of it as each of the keys that sign an
// accept or lead to that.
func TestCodesKeyOpensNoApproval(t *testing.T) {
	v, _ := testVault(t)
	d, _, _ := pair(t, v)
	m, err := v.deviceRecord(d.ID)
	if err != nil {
		t.Fatal(err)
	}
	padded, err := v.contents.encode()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := unpad(padded)
	if err != nil {
		t.Fatal(err)
	}
	held := slices.Concat(v.keys.header.Bytes(), v.keys.codes.Bytes(), v.saved.header(true), plain)
	for i := range len(held) - keyLen + 1 {
		if as := opensApproval(v.vaultID, m, held[i:][:keyLen]); as != "" {
			t.Fatalf("the 32 bytes at %d of %d approve as %s", i, len(held), as)
		}
	}
	testOpensApproval(t, v, m)
}

// opensApproval returns as what key signs an accept for device m, "" when it does not.
func opensApproval(vaultID [idLen]byte, m deviceMap, key []byte) string {
	private, err := kem().NewPrivateKey(key)
	if err != nil {
		return err.Error()
	}
	derived, err := deriveKeyPair(bytes.Clone(key))
	if err != nil {
		return err.Error()
	}
	under, err := approvalsKey(key, vaultID)
	if err != nil {
		return err.Error()
	}
	for as, pair := range map[string]hpke.PrivateKey{"private key": private, "its seed": derived, "AMK": under} {
		if _, err := openWith(pair, approvalInfo(vaultID, m.ID), m.ApprovalSeed); err == nil {
			return as
		}
	}
	if public := ed25519.NewKeyFromSeed(key).Public(); bytes.Equal(public.(ed25519.PublicKey), m.ApprovalKey) {
		return "approval seed"
	}
	return ""
}

// testOpensApproval sees that opensApproval knows the right keys.
func testOpensApproval(t *testing.T, v *Vault, m deviceMap) {
	t.Helper()
	_, o, _, err := v.check(PIN([]byte(testPIN)))
	if err != nil {
		t.Fatal(err)
	}
	amk, err := o.unwrap(compApprovals)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := approvalsKey(amk, v.vaultID)
	if err != nil {
		t.Fatal(err)
	}
	private, err := pair.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := openWith(pair, approvalInfo(v.vaultID, m.ID), m.ApprovalSeed)
	if err != nil {
		t.Fatal(err)
	}
	for want, key := range map[string][]byte{
		"AMK": amk, "its seed": derive(amk, v.vaultID[:], labelApprovals), "private key": private, "approval seed": seed,
	} {
		if got := opensApproval(v.vaultID, m, key); got != want {
			t.Errorf("the true %s approves as %q", want, got)
		}
	}
}

// TestApprovalKeyBelongsToItsDevice swaps the sealed keys of two devices.
func TestApprovalKeyBelongsToItsDevice(t *testing.T) {
	v, _ := testVault(t)
	a, _, _ := pair(t, v)
	b, _, _ := pair(t, v)
	err := v.change(func(c *contents) error {
		ma, err := decodeDevice(c.devices[0].raw)
		if err != nil {
			return err
		}
		mb, err := decodeDevice(c.devices[1].raw)
		if err != nil {
			return err
		}
		ma.ApprovalSeed, mb.ApprovalSeed = mb.ApprovalSeed, ma.ApprovalSeed
		if c.devices[0], err = ma.entry(); err != nil {
			return err
		}
		c.devices[1], err = mb.entry()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{a.ID, b.ID} {
		if k, err := v.Approve(id, PIN([]byte(testPIN))); err == nil {
			k.Close()
			t.Errorf("device %s opened another device's key", id)
		}
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	v, _ := testVault(t)
	d, _, _ := pair(t, v)
	k, err := v.Approve(d.ID, PIN([]byte(testPIN)))
	if err != nil {
		t.Fatal(err)
	}
	seed, err := k.key.seed()
	if err != nil {
		t.Fatal(err)
	}
	fresh := NewKeys()
	freshSeed, _, err := fresh.seeds()
	if err != nil {
		t.Fatal(err)
	}
	hidden := map[string]any{"4821": PIN([]byte(testPIN)), string(seed): k, string(freshSeed): fresh, string(v.keys.codes.Bytes()): v}
	for secret, value := range hidden {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
			text := fmt.Sprintf(verb, value)
			for _, form := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprint([]byte(secret)), fmt.Sprintf("%#v", []byte(secret))} {
				if bytes.Contains([]byte(text), []byte(form)) {
					t.Errorf("%s of %T shows its secret", verb, value)
				}
			}
		}
	}
}
