package container

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/vault/otp"
)

// What is new comes, what is listed stays as it is, what is not there is named.
func TestSync(t *testing.T) {
	b := newBench(t)
	for serial, kind := range map[string]string{"TOTP0001": "totp", "OATH0001": "hotp", "PIPU0001": "push", "DYPW0001": "daypassword"} {
		b.srv.Add(serial, kind)
	}
	first := b.sync()
	got := serialsOf(first.Add)
	if slices.Sort(got); !slices.Equal(got, []string{"DYPW0001", "OATH0001", "PIPU0001", "TOTP0001"}) {
		t.Fatalf("new %q", got)
	}
	for _, token := range first.Add {
		if token.Link != b.srv.URL(token.Serial) {
			t.Errorf("%s: another link", token.Serial)
		}
	}
	if !first.Policies["container_client_rollover"] || first.Policies["disable_client_token_deletion"] || len(first.Policies) != 4 {
		t.Errorf("policies %v", first.Policies)
	}
	secret := b.srv.Secret("TOTP0001")
	b.srv.Drop("OATH0001")
	second := b.sync(held("TOTP0001", "totp"), held("TOTP0001", "totp"), held("OATH0001", "hotp"), held("PIPU0001", "push"))
	if got := serialsOf(second.Add); !slices.Equal(got, []string{"DYPW0001"}) {
		t.Errorf("new %q", got)
	}
	if got := heldSerials(second.Known); !slices.Equal(got, []string{"TOTP0001", "TOTP0001", "PIPU0001"}) {
		t.Errorf("known %q", got)
	}
	if len(second.Gone) != 1 || second.Gone[0].ID != "a-OATH0001" || b.srv.Secret("TOTP0001") != secret {
		t.Errorf("gone %+v", second.Gone)
	}
	sent := b.srv.Last("synchronize")["container_dict_client"]
	want := `{"serial":"SMPH0001ABCD","type":"smartphone","tokens":[{"serial":"TOTP0001","tokentype":"totp"},` +
		`{"serial":"OATH0001","tokentype":"hotp"},{"serial":"PIPU0001","tokentype":"push"}]}`
	if sent != want {
		t.Errorf("sent %s", sent)
	}
}

// A token without a known serial number is found by two of its codes.
func TestSyncByCodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		b.srv.Add("TOTP0001", "totp")
		b.srv.Add("OATH0001", "hotp")
		var have []approve.Held
		for _, serial := range []string{"TOTP0001", "OATH0001"} {
			key, err := otp.ParseURI(b.srv.URL(serial))
			if err != nil {
				t.Fatal(err)
			}
			h := approve.Held{ID: "a-" + serial, Type: string(key.Type), Counter: key.Counter}
			for i := range h.Codes {
				if h.Codes[i], err = key.Code(time.Now().Add(time.Duration(i) * 30 * time.Second)); err != nil {
					t.Fatal(err)
				}
				key.Counter++
			}
			have = append(have, h)
		}
		synced := b.sync(append(have, approve.Held{ID: "a-other", Type: "totp", Codes: [2]string{"111111", "222222"}})...)
		if got := heldSerials(synced.Known); !slices.Equal(got, []string{"TOTP0001", "OATH0001"}) || len(synced.Add) != 0 {
			t.Errorf("known %q, new %q", got, serialsOf(synced.Add))
		}
		if len(synced.Gone) != 1 || synced.Gone[0].ID != "a-other" {
			t.Errorf("gone %+v", synced.Gone)
		}
	})
}

// What can not be told is not sent.
func TestSyncRefusesToTell(t *testing.T) {
	b := newBench(t)
	before := len(b.srv.Calls())
	for name, h := range map[string]approve.Held{
		"serial": {Serial: `X"|`, Type: "totp"}, "kind": {Serial: "TOTP0001", Type: "TO|TP"}, "no codes": {Type: "totp"},
		"code": {Type: "totp", Codes: [2]string{"123456", "12|456"}},
	} {
		if _, err := b.driver.Sync(t.Context(), b.dev, []approve.Held{h}); err == nil {
			t.Errorf("%s was told", name)
		}
	}
	if len(b.srv.Calls()) != before {
		t.Errorf("calls %q", b.srv.Calls()[before:])
	}
}

func TestUnpair(t *testing.T) {
	b := newBench(t)
	if err := b.driver.Unpair(t.Context(), b.dev, true); err == nil || !b.srv.Registered() {
		t.Errorf("by force: %v", err)
	}
	b.srv.Policy("disable_client_container_unregister", true)
	if err := b.driver.Unpair(t.Context(), b.dev, false); !errors.Is(err, approve.ErrRefused) || !strings.Contains(err.Error(), "policy") {
		t.Errorf("against the policy: %v", err)
	}
	b.srv.Policy("disable_client_container_unregister", false)
	if err := b.driver.Unpair(t.Context(), b.dev, false); err != nil || b.srv.Registered() {
		t.Errorf("unpair: %v", err)
	}
	if err := b.driver.Unpair(t.Context(), b.dev, false); !errors.Is(err, approve.ErrRevoked) {
		t.Errorf("again: %v", err)
	}
	if _, err := b.driver.Sync(t.Context(), b.dev, nil); !errors.Is(err, approve.ErrRevoked) {
		t.Errorf("sync: %v", err)
	}
}

func TestRollover(t *testing.T) {
	b := newBench(t)
	b.srv.Add("TOTP0001", "totp")
	old := append([]byte(nil), b.secret.secret...)
	b.srv.Policy("container_client_rollover", false)
	if err := b.driver.Rollover(t.Context(), b.dev); !errors.Is(err, approve.ErrRefused) || string(b.secret.secret) != string(old) {
		t.Errorf("against the policy: %v", err)
	}
	b.srv.Policy("container_client_rollover", true)
	if err := b.driver.Rollover(t.Context(), b.dev); err != nil || string(b.secret.secret) == string(old) {
		t.Fatalf("roll over: %v", err)
	}
	// All tokens are new after that, listed or not.
	synced := b.sync(held("TOTP0001", "totp"))
	if len(synced.Add) != 1 || len(synced.Renewed) != 1 || len(synced.Gone) != 0 {
		t.Errorf("synced %+v", synced)
	}
	b.dev.Secret = &testSecret{old}
	if _, err := b.driver.Sync(t.Context(), b.dev, nil); !errors.Is(err, approve.ErrRefused) || errors.Is(err, approve.ErrRevoked) {
		t.Errorf("the old key: %v", err)
	}
}
