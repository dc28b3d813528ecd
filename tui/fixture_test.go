package tui

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/vault"
	"nod/vault/otp"
	"nod/vault/vaulttest"
)

// fixture is a vault made once, at the first instant of a bubble's clock, and
// copied for each test: making it costs two key derivations.
var fixture struct {
	once     sync.Once
	dir      string
	recovery string
}

// testVault returns the place of a fresh copy of the fixture.
func testVault(t *testing.T) vault.Place {
	t.Helper()
	fixture.once.Do(func() {
		dir, err := os.MkdirTemp("", "nod-tui-")
		if err != nil {
			t.Fatal(err)
		}
		fixture.dir = dir
		synctest.Test(t, func(t *testing.T) { makeFixture(t, placeIn(dir)) })
	})
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "copy"), os.DirFS(fixture.dir)); err != nil {
		t.Fatal(err)
	}
	p := placeIn(filepath.Join(dir, "copy"))
	if err := filepath.WalkDir(filepath.Join(dir, "copy"), private); err != nil {
		t.Fatal(err)
	}
	return p
}

// private gives a copied file the mode that the vault asks for.
func private(path string, d fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	if d.IsDir() {
		return os.Chmod(path, 0o700)
	}
	return os.Chmod(path, 0o600)
}

func placeIn(dir string) vault.Place {
	return vault.Place{File: filepath.Join(dir, "data", "vault.nod"), State: filepath.Join(dir, "state")}
}

// fixtureAccounts are those of the mock-ups.
var fixtureAccounts = []vault.NewAccount{
	{Key: testKey("HelpDesk", "ana@demo.test", 60), Tags: []string{"work", "portal"}, Note: "asked at every login", Source: "QR image setup.png"},
	{Key: testKey("1Global", "ana@demo.test", 30)},
	{Key: testKey("RMS (Buffalo)", "ana@demo.test", 30)},
	{Key: testKey("SALTO KS", "ana@demo.test", 30)},
	{Key: testKey("GitHub", "ana-ops", 30)},
	{Key: testKey("AWS root", "prod-4411", 30)},
	{Key: otp.Key{Type: otp.HOTP, Issuer: "Router 10.0.0.1", Name: "admin", Secret: []byte("12345678901234567890"), Algorithm: otp.SHA1, Digits: 6, Counter: 14}},
	{Key: testKey("VPN jump", "noc", 30)},
}

func testKey(issuer, name string, period int) otp.Key {
	secret := fmt.Sprintf("%-20s", issuer)[:20]
	return otp.Key{Type: otp.TOTP, Issuer: issuer, Name: name, Secret: []byte(secret), Algorithm: otp.SHA1, Digits: 6, Period: period}
}

func makeFixture(t *testing.T, p vault.Place) {
	v, code, err := vault.Create(p, vault.Options{PIN: []byte(testPIN), Passphrase: []byte(testPassphrase), Cost: vaulttest.Cost})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	fixture.recovery = code
	stored, err := v.Add(false, fixtureAccounts...)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Edit(stored[3].ID, func(a *vault.Account) { a.Shift = 5 * time.Second }); err != nil {
		t.Fatal(err)
	}
	in := approve.NewInbox(v, newFakeServer())
	if _, err := in.Pair(t.Context(), approve.Offer{Server: testServer, Code: "482913", DeviceName: "ana-workstation"}); err != nil {
		t.Fatal(err)
	}
}

// openTest opens a copy of the fixture in a bubble.
func openTest(t *testing.T, p vault.Place) *vault.Vault {
	t.Helper()
	v, err := vault.Open(p, vault.PIN([]byte(testPIN)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// own is the vault of the session, which the program has opened itself.
func (d *driver) own() *vault.Vault { return d.m.session.vault.(*vault.Vault) }

// inBubble runs test in a bubble, with an unlocked copy of the fixture and a server.
func inBubble(t *testing.T, c Config, test func(d *driver, srv *fakeServer)) {
	t.Helper()
	place := testVault(t)
	synctest.Test(t, func(t *testing.T) {
		srv := newFakeServer()
		c.Place, c.Drivers, c.Cost = place, []approve.Driver{srv}, vaulttest.Cost
		c.Home = filepath.Dir(filepath.Dir(place.File))
		c.Vault = openTest(t, place)
		d := drive(t, New(t.Context(), c))
		t.Cleanup(d.m.end)
		d.wait(100 * time.Millisecond)
		test(d, srv)
	})
}
