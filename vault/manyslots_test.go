package vault

// This file makes a vault that opens in every way, and uses all its keys.

import (
	"crypto/ed25519"
	"crypto/rand"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/ssh/agent"

	"nod/vault/protect"
)

const benPIN = "7305"

// manySlots is a vault with a slot of each kind.
type manySlots struct {
	*Vault
	pin, ben, phrase, key, recovery Credential

	account, device     string
	transport, approval ed25519.PublicKey
}

// newManySlots makes a vault with a PIN of ana's and one of ben's, a passphrase,
// an ssh key, a recovery code, an account and a paired device.
func newManySlots(t testing.TB) *manySlots {
	t.Helper()
	cheap(t)
	v, code, err := Create(testPlace(t), Options{PIN: []byte(testPIN), Passphrase: []byte(testPhrase), Cost: cheapCost})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	m := &manySlots{
		Vault: v, pin: PIN([]byte(testPIN)), ben: PINOf("ben", []byte(benPIN)), phrase: Passphrase([]byte(testPhrase)),
		key: testSSHKey(t), recovery: RecoveryCode([]byte(code)),
	}
	m.account = mustAdd(t, v, testKey("HelpDesk", "ana")).ID
	var d Device
	d, m.transport, m.approval = pair(t, v)
	m.device = d.ID
	for _, next := range []Credential{m.ben, m.key} {
		if dropped, err := v.AddSlot(m.pin, next, ""); err != nil || len(dropped) != 0 {
			t.Fatalf("add %v: dropped %v, %v", next, dropped, err)
		}
	}
	mustAdd(t, v, testKey("Mail", "ana")) // leaves a generation
	return m
}

// testSSHKey returns the credential of a fresh key of an ssh-agent.
func testSSHKey(t testing.TB) Credential {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: private, Comment: "ana@demo.test"}); err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "nod") // the path of a socket has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	l, err := net.Listen("unix", filepath.Join(dir, "agent"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() { _ = agent.ServeAgent(ring, conn) }() // ends with the connection
		}
	}()
	a := protect.SSHAgent{Socket: l.Addr().String(), AllowForwarded: true}
	keys, err := a.Keys()
	if err != nil {
		t.Fatal(err)
	}
	return SSHKey(a, keys[0])
}

func (m *manySlots) all() []Credential {
	return []Credential{m.pin, m.ben, m.phrase, m.key, m.recovery}
}

// without returns all credentials but one.
func (m *manySlots) without(out ...Credential) []Credential {
	return slices.DeleteFunc(m.all(), func(c Credential) bool {
		return slices.ContainsFunc(out, func(o Credential) bool { return o.kind == c.kind && o.name == c.name })
	})
}

// slotID returns the ID of the slot that c opens.
func (m *manySlots) slotID(t testing.TB, c Credential) string {
	t.Helper()
	f, err := m.site.load()
	if err != nil {
		t.Fatal(err)
	}
	s, err := f.slot(c)
	if err != nil {
		t.Fatal(err)
	}
	return s.shortID()
}

// checkOpens opens the vault with each credential, and uses all its keys.
func (m *manySlots) checkOpens(t testing.TB, list ...Credential) {
	t.Helper()
	for _, c := range list {
		v, err := Open(m.Place(), c)
		if err != nil {
			t.Errorf("%v of %q: %v", c, c.name, err)
			continue
		}
		m.checkKeys(t, v, c)
		v.Close()
	}
}

// checkKeys makes a code and signs with both keys of the device.
func (m *manySlots) checkKeys(t testing.TB, v *Vault, c Credential) {
	t.Helper()
	if code, err := v.Code(m.account, time.Unix(59, 0)); err != nil || code.Value != "94287082" {
		t.Errorf("%v of %q: code = %+v, %v", c, c.name, code, err)
	}
	if s, err := v.Transport(m.device); err != nil || !s.Public().Equal(m.transport) {
		t.Errorf("%v of %q: transport: %v", c, c.name, err)
	}
	k, err := v.Approve(m.device, c)
	if err != nil {
		t.Errorf("%v of %q: %v", c, c.name, err)
		return
	}
	defer k.Close()
	if sig, err := k.Sign([]byte("yes")); err != nil || !ed25519.Verify(m.approval, []byte("yes"), sig) {
		t.Errorf("%v of %q: approval: %v", c, c.name, err)
	}
}

// checkShut tries credentials that must not open.
func (m *manySlots) checkShut(t testing.TB, list ...Credential) {
	t.Helper()
	for _, c := range list {
		if v, err := Open(m.Place(), c); err == nil {
			v.Close()
			t.Errorf("%v of %q still opens", c, c.name)
		}
	}
}
