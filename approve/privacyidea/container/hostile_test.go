package container

// This file is about servers that lie.

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"nod/approve"
	"nod/approve/privacyidea/container/containertest"
)

func TestHostileServer(t *testing.T) {
	now := func() string { return time.Now().UTC().Format(time.RFC3339) }
	challenge := func(fields ...string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/challenge") {
				return false
			}
			value := map[string]any{"nonce": strings.Repeat("ab", 20), "time_stamp": now(), "enc_key_algorithm": "x25519"}
			for i := 0; i < len(fields); i += 2 {
				value[fields[i]] = fields[i+1]
			}
			answerWith(w, value)
			return true
		}
	}
	synced := func(answer func(w http.ResponseWriter)) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/synchronize") {
				return false
			}
			answer(w)
			return true
		}
	}
	for name, c := range map[string]struct {
		lie  func(http.ResponseWriter, *http.Request) bool
		want error
	}{
		"redirect": {func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "https://evil.test/container/challenge", http.StatusTemporaryRedirect)
			return true
		}, approve.ErrRefused},
		"too long": {func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte(`{"result":{"status":true,"value":"` + strings.Repeat("x", maxBody) + `"}}`))
			return true
		}, approve.ErrUnreachable},
		"not it": {func(w http.ResponseWriter, _ *http.Request) bool {
			_, _ = w.Write([]byte("<html>"))
			return true
		}, approve.ErrUnreachable},
		"broken": {func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusBadGateway)
			return true
		}, approve.ErrUnreachable},
		"bar in the nonce": {challenge("nonce", strings.Repeat("ab", 20)+"|x"), approve.ErrRefused},
		"bar in the time":  {challenge("time_stamp", now()+"|x"), approve.ErrRefused},
		"no nonce":         {challenge("nonce", ""), approve.ErrRefused},
		"old challenge":    {challenge("time_stamp", time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)), approve.ErrClock},
		"another sealing":  {challenge("enc_key_algorithm", "none"), approve.ErrRefused},
		"wrong challenge":  {challenge(), approve.ErrRefused}, // of which the server knows nothing
		"no list":          {synced(func(w http.ResponseWriter) { answerWith(w, map[string]any{}) }), approve.ErrRefused},
		"a word":           {synced(func(w http.ResponseWriter) { answerWith(w, "yes") }), approve.ErrUnreachable},
		"refuses": {synced(func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"result":{"status":false,"error":{"code":3000,"message":"no"}}}`))
		}), approve.ErrRefused},
		"too often": {func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusTooManyRequests)
			return true
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.srv.Lie = c.lie
			_, err := b.driver.Sync(t.Context(), b.dev, nil)
			if err == nil || c.want != nil && !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			for _, leak := range []string{"pi.demo.test", "evil", "\x1b"} {
				if strings.Contains(err.Error(), leak) {
					t.Errorf("the error says %q: %v", leak, err)
				}
			}
		})
	}
}

// An answer that is sealed for another key, altered, or about another container is
// not believed.
func TestSealedForAnother(t *testing.T) {
	b := newBench(t)
	b.srv.Add("TOTP0001", "totp")
	other := containertest.Seal("4TGRfPLUlgzZtQvSiCiI6Wz37WutFSURMn9JrcDpuGo=", []byte(`{"tokens":{"add":[],"update":[]}}`))
	for name, change := range map[string]func(value map[string]any){
		"another key":    func(v map[string]any) { v["container_dict_server"] = other["container_dict_server"] },
		"all of another": func(v map[string]any) { copyInto(v, other) },
		"zero key":       func(v map[string]any) { v["public_server_key"] = strings.Repeat("A", 43) + "=" },
		"short key":      func(v map[string]any) { v["public_server_key"] = "AAAA" },
		"no key":         func(v map[string]any) { delete(v, "public_server_key") },
		"altered": func(v map[string]any) {
			text := []byte(v["container_dict_server"].(string))
			text[5] ^= 1
			v["container_dict_server"] = string(text)
		},
		"short tag": func(v map[string]any) { v["encryption_params"].(map[string]any)["tag"] = "AAAAAA==" },
		"no vector": func(v map[string]any) { v["encryption_params"].(map[string]any)["init_vector"] = "" },
		"long vector": func(v map[string]any) {
			v["encryption_params"].(map[string]any)["init_vector"] = strings.Repeat("A", 64)
		},
		"another mode": func(v map[string]any) { v["encryption_params"].(map[string]any)["mode"] = "ECB" },
		"another way":  func(v map[string]any) { v["encryption_algorithm"] = "none" },
	} {
		b.srv.Change = change
		if synced, err := b.driver.Sync(t.Context(), b.dev, nil); !errors.Is(err, approve.ErrRefused) {
			t.Errorf("%s: %+v, %v", name, synced, err)
		}
	}
	b.srv.Change = nil
	if got := b.sync(); len(got.Add) != 1 {
		t.Errorf("then %+v", got)
	}
	for name, plain := range map[string]string{
		"another container": `{"container":{"serial":"SMPH0009"},"tokens":{"add":[],"update":[]}}`,
		"no list":           `{"container":{}}`,
		"not JSON":          `{`,
	} {
		b.srv.Change = func(v map[string]any) {
			copyInto(v, containertest.Seal(b.lastKey(), []byte(plain)))
		}
		if _, err := b.driver.Sync(t.Context(), b.dev, nil); !errors.Is(err, approve.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func copyInto(v, from map[string]any) {
	for name, x := range from {
		v[name] = x
	}
}

// lastKey is the client's key of the call that is being answered.
func (b *bench) lastKey() string { return b.srv.Answering()["public_enc_key_client"] }

// What can be used of a list is used: the other secrets are nowhere else.
func TestOddEntries(t *testing.T) {
	text, err := json.Marshal(map[string]any{"tokens": map[string]any{
		"add": []any{
			"otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ&serial=TOTP0001", "otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ&serial=TOTP0001",
			"https://evil.test/", "pia://container/SMPH0009?x", 7, "otpauth://totp/b?secret=GEZDGNBVGY3TQOJQ&serial=%7C", "otpauth://totp/\n",
			"pia://pipush/PIPU0001?serial=PIPU0001", "otpauth://totp/" + strings.Repeat("x", maxTokenLink),
		},
		"update":  []any{map[string]any{"serial": "OATH0001"}, map[string]any{"serial": "|"}, "x", map[string]any{"serial": "OATH0002", "otp": []string{"1"}}},
		"offline": []any{"OATH0003"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := readDictionary(text)
	if err != nil {
		t.Fatal(err)
	}
	s := d.compare([]approve.Held{held("OATH0001", "hotp"), held("TOTP0001", "totp"), held("OATH0009", "hotp")})
	if got := strings.Join(serialsOf(s.Add), ","); got != "TOTP0001,,PIPU0001" || s.Unread != 8 {
		t.Errorf("new %q, unread %d", got, s.Unread)
	}
	if len(s.Known) != 1 || len(s.Renewed) != 1 || len(s.Gone) != 1 || len(s.Warnings) != 1 {
		t.Errorf("%+v", s)
	}
}

// A pairing whose address was changed sends nothing; one that the server names in an
// answer is only shown.
func TestOtherOrigin(t *testing.T) {
	b := newBench(t)
	before := len(b.srv.Calls())
	for _, address := range []string{"https://evil.test/pi", "http://pi.demo.test/pi", "", "https://pi.demo.test:444/pi"} {
		dev := b.dev
		dev.Memory = map[string]string{memoryURL: address}
		if _, err := b.driver.Sync(t.Context(), dev, nil); err == nil {
			t.Errorf("%q was taken", address)
		}
		if err := b.driver.Unpair(t.Context(), dev, false); err == nil {
			t.Errorf("%q was taken", address)
		}
	}
	unchecked := b.dev
	unchecked.Memory = approve.Trust{Unchecked: true}.Remember(b.dev.Memory)
	if _, err := b.driver.Sync(t.Context(), unchecked, nil); !errors.Is(err, errUnchecked) {
		t.Errorf("certificate unchecked: %v", err)
	}
	if len(b.srv.Calls()) != before {
		t.Errorf("calls %q", b.srv.Calls()[before:])
	}
	b.srv.Change = func(v map[string]any) { v["server_url"] = "https://evil.test" }
	if synced := b.sync(); len(synced.Warnings) != 1 || !strings.Contains(synced.Warnings[0], "https://evil.test") {
		t.Errorf("warnings %q", synced.Warnings)
	}
}

// A challenge is signed once, even when the server gives it again in time.
func TestChallengeAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t)
		stamp := time.Now().UTC().Format(time.RFC3339)
		b.srv.Lie = func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/challenge") {
				answerWith(w, map[string]any{"nonce": strings.Repeat("0a", 20), "time_stamp": stamp, "enc_key_algorithm": "x25519"})
				return true
			}
			return false
		}
		for i := range 2 {
			before := len(b.srv.Calls())
			_, err := b.driver.Sync(t.Context(), b.dev, nil)
			if sent := len(b.srv.Calls()) - before; err == nil || sent != 2-i {
				t.Errorf("time %d: %v after %d calls", i, err, sent)
			}
		}
		time.Sleep(fresh + time.Second)
		if _, err := b.driver.Sync(t.Context(), b.dev, nil); !errors.Is(err, approve.ErrClock) {
			t.Errorf("later: %v", err)
		}
	})
}

// The link of a roll-over must be for the same container at the same server.
func TestRolloverElsewhere(t *testing.T) {
	for name, link := range map[string]string{
		"other server": linkWith("url", "https://evil.test/pi"), "other path": linkWith("url", testOrigin),
		"other container": strings.ReplaceAll(linkWith(), containertest.Serial, "SMPH0009"),
		"passphrase":      linkWith("passphrase", "PIN?"), "push token": "pia://pipush/PIPU0001",
		"late": linkWith("time", time.Now().Add(-time.Hour).UTC().Format(time.RFC3339)),
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			old := string(b.secret.secret)
			b.srv.Lie = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.HasSuffix(r.URL.Path, "/rollover") {
					return false
				}
				answerWith(w, map[string]any{"container_url": map[string]any{"value": link}})
				return true
			}
			before := len(b.srv.Calls())
			if err := b.driver.Rollover(t.Context(), b.dev); err == nil || string(b.secret.secret) != old {
				t.Errorf("roll over: %v", err)
			}
			if sent := b.srv.Calls()[before:]; len(sent) != 2 {
				t.Errorf("calls %q", sent)
			}
		})
	}
}

// The new key is kept only when the server has taken it.
func TestRolloverFails(t *testing.T) {
	b := newBench(t)
	old := string(b.secret.secret)
	for status, text := range map[int]string{http.StatusBadRequest: "", http.StatusBadGateway: "may have taken the new key"} {
		b.srv.Lie = func(w http.ResponseWriter, r *http.Request) bool {
			if strings.HasSuffix(r.URL.Path, "/finalize") {
				w.WriteHeader(status)
				return true
			}
			return false
		}
		err := b.driver.Rollover(t.Context(), b.dev)
		if err == nil || !strings.Contains(err.Error(), text) || string(b.secret.secret) != old {
			t.Errorf("status %d: %v", status, err)
		}
	}
	b.srv.Lie = nil
	b.sync()
}

// Keys of another kind sign nothing.
func TestOtherKey(t *testing.T) {
	b := newBench(t)
	for _, secret := range []approve.Secret{nil, &testSecret{}, &testSecret{[]byte("no key")}} {
		dev := b.dev
		dev.Secret = secret
		if _, err := b.driver.Sync(t.Context(), dev, nil); err == nil {
			t.Error("it was signed")
		}
	}
}
