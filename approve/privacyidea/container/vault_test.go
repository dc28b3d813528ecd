package container

// This file synchronises through an inbox with a real vault.

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"nod/approve"
	"nod/approve/privacyidea/container/containertest"
	"nod/vault"
	"nod/vault/otp"
)

func newVault(t *testing.T) *vault.Vault {
	dir := t.TempDir()
	v, _, err := vault.Create(
		vault.Place{File: filepath.Join(dir, "vault", "nod.vault"), State: filepath.Join(dir, "state")},
		vault.Options{PIN: []byte("739164"), Cost: vault.FloorCost})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// store adds what was new, as a face does once the person has agreed.
func store(t *testing.T, v *vault.Vault, d vault.Device, tokens []approve.NewToken) (ids map[string]string) {
	t.Helper()
	ids = map[string]string{}
	for _, token := range tokens {
		key, err := otp.ParseURI(token.Link)
		if err != nil {
			t.Fatal(err)
		}
		added, err := v.Add(true, vault.NewAccount{Key: key, Source: approve.TokenSource(d, token.Serial)})
		if err != nil {
			t.Fatal(err)
		}
		ids[token.Serial] = added[0].ID
	}
	return ids
}

func TestInbox(t *testing.T) {
	v, srv := newVault(t), containertest.New(testBase)
	in := approve.NewInbox(v, New(srv.Client()))
	if _, err := in.Pair(t.Context(), approve.Offer{Link: srv.Link("", "", false)}); !errors.Is(err, approve.ErrContainer) {
		t.Fatalf("not asked for: %v", err)
	}
	d, err := in.Pair(t.Context(), offerOf(srv.Link("", "", false)))
	if err != nil {
		t.Fatal(err)
	}
	srv.Add("TOTP0001", "totp")
	srv.Add("OATH0001", "hotp")
	synchronise := func(more ...approve.Held) approve.Synced {
		t.Helper()
		have, err := in.Tokens(d.ID)
		if err != nil {
			t.Fatal(err)
		}
		synced, err := in.Synchronise(t.Context(), d.ID, append(have, more...))
		if err != nil {
			t.Fatal(err)
		}
		return synced
	}
	first := synchronise()
	if len(first.Add) != 2 || len(v.Accounts()) != 0 {
		t.Fatalf("new %d, accounts %d", len(first.Add), len(v.Accounts()))
	}
	ids := store(t, v, d, first.Add)

	// Accounts remember their serial number: nothing is renewed, also under another name.
	if _, err := v.Edit(ids["TOTP0001"], func(x *vault.Account) { x.Name, x.Note = "work", "mine" }); err != nil {
		t.Fatal(err)
	}
	secret := srv.Secret("TOTP0001")
	second := synchronise()
	if got := heldSerials(second.Known); len(got) != 2 || len(second.Add) != 0 || srv.Secret("TOTP0001") != secret {
		t.Errorf("known %q, new %d", got, len(second.Add))
	}

	// A token that came another way is found by its codes, also when its present one has
	// just been used, and known from then on.
	srv.Add("TOTP0002", "totp")
	srv.Use("TOTP0002")
	key, err := otp.ParseURI(srv.URL("TOTP0002"))
	if err != nil {
		t.Fatal(err)
	}
	added, err := v.Add(false, vault.NewAccount{Key: key, Source: "QR image"})
	if err != nil {
		t.Fatal(err)
	}
	byCodes, err := in.TokenByCodes(added[0].ID, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if third := synchronise(byCodes); len(third.Known) != 3 || len(third.Add) != 0 {
		t.Errorf("third %+v", third)
	}
	if have, err := in.Tokens(d.ID); err != nil || !slices.Contains(heldSerials(have), "TOTP0002") {
		t.Errorf("tokens %q, %v", heldSerials(have), err)
	}

	// What goes away there stays here; what goes away here comes anew.
	srv.Drop("OATH0001")
	if err := v.Remove(ids["TOTP0001"]); err != nil {
		t.Fatal(err)
	}
	fourth := synchronise()
	if len(fourth.Gone) != 1 || fourth.Gone[0].ID != ids["OATH0001"] || !slices.Equal(serialsOf(fourth.Add), []string{"TOTP0001"}) || srv.Secret("TOTP0001") == secret {
		t.Errorf("fourth %+v", fourth)
	}
	if _, err := v.Account(ids["OATH0001"]); err != nil {
		t.Error(err)
	}

	// A new key is in the vault, and renews all.
	store(t, v, d, fourth.Add)
	if err := in.Rollover(t.Context(), d.ID); err != nil {
		t.Fatal(err)
	}
	if fifth := synchronise(); len(fifth.Renewed) != 2 || len(fifth.Add) != 2 {
		t.Errorf("fifth %+v", fifth)
	}

	// The accounts outlive the pairing.
	before := len(v.Accounts())
	if err := in.Unpair(t.Context(), d.ID, false); err != nil || srv.Registered() || len(v.Accounts()) != before {
		t.Errorf("unpair: %v, accounts %d", err, len(v.Accounts()))
	}
}

func TestInboxForce(t *testing.T) {
	v, srv := newVault(t), containertest.New(testBase)
	in := approve.NewInbox(v, New(srv.Client()))
	d, err := in.Pair(t.Context(), offerOf(srv.Link("", "", false)))
	if err != nil {
		t.Fatal(err)
	}
	if event, err := in.Fetch(t.Context()); err != nil || len(event.Requests) != 0 || !event.Servers[0].LastAnswer.IsZero() || !event.Servers[0].Unasked {
		t.Errorf("fetch: %+v, %v", event, err)
	}
	if err := in.Unpair(t.Context(), d.ID, true); err != nil || !srv.Registered() || len(v.Devices()) != 0 {
		t.Errorf("by force: %v", err)
	}
	if last := v.History()[0]; last.Kind != vault.EventUnpaired || !strings.Contains(last.Detail, "the server was not told") {
		t.Errorf("history %+v", last)
	}
}

// A pairing that the server has forgotten is marked, and asked no more.
func TestInboxRevoked(t *testing.T) {
	v, srv := newVault(t), containertest.New(testBase)
	in := approve.NewInbox(v, New(srv.Client()))
	d, err := in.Pair(t.Context(), offerOf(srv.Link("", "", false)))
	if err != nil {
		t.Fatal(err)
	}
	srv.Link("", "", false)
	if _, err := in.Synchronise(t.Context(), d.ID, nil); !errors.Is(err, approve.ErrRevoked) {
		t.Errorf("synchronise: %v", err)
	}
	if now, err := v.Device(d.ID); err != nil || now.State != vault.DeviceRevoked {
		t.Errorf("state %s, %v", now.State, err)
	}
	calls := len(srv.Calls())
	if err := in.Rollover(t.Context(), d.ID); !errors.Is(err, approve.ErrRevoked) || len(srv.Calls()) != calls {
		t.Errorf("roll over: %v", err)
	}
}
