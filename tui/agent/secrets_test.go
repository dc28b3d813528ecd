package agent

// This file tests that secrets go in and do not come out, and what takes the PIN.

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nod/approve/privacyidea"
	"nod/vault"
	"nod/vault/otp"
)

// Whatever is asked, no seed comes out and no PIN, nor does what was just brought in.
func TestNoSecretComesOut(t *testing.T) {
	_, c, accounts := unlocked(t, privacyidea.New(http.DefaultClient, privacyidea.KeyBits(2048)))
	id, now := accounts[0].ID, time.Now()
	brought := []byte("a seed that was just added")
	link := "otpauth://pipush/PIPU0001?url=https%3A//127.0.0.1%3A1/ttype/push&enrollment_credential=0123456789abcdef&serial=PIPU0001"
	key := keyArgs{Key: otp.Key{Type: otp.TOTP, Issuer: "Keys", Name: "ana@demo.test", Algorithm: otp.SHA1, Digits: 6, Period: 30}, Secret: len(brought)}
	twin := key // of the first account
	twin.Key.Issuer = accounts[0].Issuer
	const refused = true
	for _, x := range []struct {
		op      string
		args    any
		secret  []byte
		refused bool
	}{
		{opStatus, nothing{}, nil, false},
		{opList, nothing{}, nil, false},
		{opFind, findArgs{"helpdesk"}, nil, false},
		{opAccount, idArgs{id}, nil, false},
		{opGive, giveArgs{IDs: []string{id}, Now: now}, nil, false},
		{opDevices, nothing{}, nil, false},
		{opHistory, nothing{}, nil, false},
		{opFetch, nothing{}, nil, false},
		{opWatch, nothing{}, nil, false},
		{opContent, contentArgs{}, nil, false},
		{opSteps, stepsArgs{[]string{id}, now}, nil, false},
		{opTouch, nothing{}, nil, false},
		{opCheck, nothing{}, nil, false},
		{opEdit, editArgs{Before: accounts[0], After: with(accounts[0], "x")}, nil, false},
		{opExisting, existingArgs{[]keyArgs{key, twin}}, slices.Concat(brought, brought), false},
		{opAdd, addArgs{false, []accountArgs{{keyArgs: key}}}, brought, false},
		{opAdd, addArgs{false, []accountArgs{{keyArgs: key}}}, brought, refused}, // it is there
		{opAdd, addArgs{false, []accountArgs{{keyArgs: twin}}}, brought[1:], refused},
		{opAdd, addArgs{false, []accountArgs{{keyArgs: twin}}}, slices.Concat(brought, brought), refused},
		{opAdd, "no arguments", brought, refused},
		{opReplace, replaceArgs{id, accountArgs{keyArgs: twin}}, brought, false},
		{opReplace, replaceArgs{"a-000000", accountArgs{keyArgs: key}}, brought, refused},
		{opPair, pairArgs{Secrets: [4]int{len(link)}}, []byte(link), refused}, // nobody listens there
		{opPair, pairArgs{Secrets: [4]int{-1, len(link) + 1}}, []byte(link), refused},
		{opAwait, idArgs{"d-000000"}, nil, refused},
		{opTimes, timesArgs{[]string{"d-000000"}}, nil, refused},
		{opTokens, idArgs{"d-000000"}, nil, refused},
		{opUnlock, unlockArgs{secretArgs: secretArgs{Kind: vault.SlotPIN}}, []byte(testPIN), false},
		{opSessionPIN, pinArgs{secretArgs{Kind: vault.SlotPIN}, len(testPIN)}, []byte(testPIN + "82646428"), refused}, // it has a PIN
		{opSessionPIN, pinArgs{secretArgs{Kind: vault.SlotPIN}, 99}, []byte(testPIN + "82646428"), refused},
		{"secret", idArgs{id}, nil, refused},
		{"reveal", idArgs{id}, nil, refused},
		{"key", idArgs{id}, nil, refused},
		{"synchronise", idArgs{id}, nil, refused},
	} {
		conn, err := connect(t.Context(), c.path)
		if err != nil {
			t.Fatal(err)
		}
		r, err := exchange(t.Context(), conn, x.op, x.args, x.secret)
		var text strings.Builder
		for fmt.Fprintf(&text, "%s%v", r.Result, r.Error); err == nil && x.op == opPair; { // steps, then the end
			r = reply{}
			if err = readMessage(conn, maxReply, &r); err == nil {
				fmt.Fprintf(&text, "%s%v", r.Result, r.Error)
				err = r.Error.error()
			}
		}
		conn.Close()
		if x.refused != (err != nil) {
			t.Errorf("%s: %v", x.op, err)
		}
		for _, s := range append([][]byte{brought, []byte("0123456789abcdef")}, testSecrets...) {
			for form, coded := range map[string]string{
				"raw": string(s), "base32": base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(s),
				"base64": base64.RawStdEncoding.EncodeToString(s), "hex": hex.EncodeToString(s),
			} {
				if strings.Contains(strings.ToLower(text.String()), strings.ToLower(coded[:12])) {
					t.Errorf("%s gives a secret out (%s): %s", x.op, form, text.String())
				}
			}
		}
	}
}

// The codes of an account that is marked to be confirmed take the PIN each time, and so
// does taking the mark away.
func TestConfirm(t *testing.T) {
	_, c, accounts := unlocked(t)
	now, marked := time.Now(), accounts[0].ID
	ids := []string{accounts[1].ID, marked}
	if x, err := c.Edit(marked, func(x *vault.Account) { x.Confirm = true }); err != nil || !x.Confirm {
		t.Fatalf("marked %+v, %v", x, err)
	}
	unmark := func(x *vault.Account) { x.Confirm = false }
	refused := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, ErrConfirm) {
			t.Errorf("%s without the PIN: %v", what, err)
		}
	}
	_, err := c.Give(marked, now, vault.Giving{})
	refused("one", err)
	codes, err := c.GiveAll(ids, now, vault.Giving{})
	refused("several", err)
	if len(codes) != 0 {
		t.Errorf("several without the PIN: %v", codes)
	}
	_, err = c.Edit(marked, unmark)
	refused("unmark", err)
	if x, err := c.Edit(marked, func(x *vault.Account) { x.Note = "front desk" }); err != nil || !x.Confirm {
		t.Errorf("another change: %+v, %v", x, err)
	}
	if code, err := c.Give(accounts[1].ID, now, vault.Giving{}); err != nil || code.Value != expected(t, 1, now) {
		t.Errorf("the other account: %v, %v", code, err)
	}

	asked, answer := 0, "0000"
	c.Secret = func() (vault.Credential, error) {
		asked++
		return pin(answer), nil
	}
	_, err = c.Give(marked, now, vault.Giving{})
	if wrong, ok := errors.AsType[*vault.PINError](err); !ok || wrong.Left != 9 || statusOf(t, c).TriesLeft != 9 {
		t.Errorf("a wrong PIN: %v", err)
	}
	answer = testPIN
	if code, err := c.Give(marked, now, vault.Giving{}); err != nil || code.Value != expected(t, 0, now) {
		t.Errorf("with the PIN: %v, %v", code, err)
	}
	if codes, err := c.GiveAll(ids, now, vault.Giving{}); err != nil || codes[1].Value != expected(t, 0, now) {
		t.Errorf("codes with the PIN: %v, %v", codes, err)
	}
	if asked != 3 || statusOf(t, c).TriesLeft != 10 {
		t.Errorf("asked %d times, %d tries left", asked, statusOf(t, c).TriesLeft)
	}
	if x, err := c.Replace(marked, vault.NewAccount{Key: newKey("HelpDesk")}); err != nil || !x.Confirm {
		t.Errorf("another key: %+v, %v", x, err)
	}
	if x, err := c.Edit(marked, unmark); err != nil || x.Confirm {
		t.Errorf("unmarked %+v, %v", x, err)
	}
	c.Secret = nil
	if _, err := c.Give(marked, now, vault.Giving{}); err != nil {
		t.Errorf("unmarked: %v", err)
	}
}

// Who tries many secrets at once gets no more tries than who waits for each answer.
func TestWrongSecretsAtOnce(t *testing.T) {
	const left, guesses = 2, 5
	place, accounts := phraseVault(t) // the file counts no wrong passphrases
	s, path := serve(t, Config{Place: place})
	c := client(t, path, place)
	if _, err := c.Unlock(t.Context(), phrase(testPhrase), 0); err != nil {
		t.Fatal(err)
	}
	id := accounts[0].ID
	if _, err := c.Edit(id, func(x *vault.Account) { x.Confirm = true }); err != nil {
		t.Fatal(err)
	}
	s.k.mu.Lock()
	s.k.wrong = mostWrong - left
	s.k.mu.Unlock()
	clients := make([]*Client, guesses)
	for i := range clients {
		clients[i] = client(t, path, place)
		clients[i].Secret = func() (vault.Credential, error) { return phrase("some other words altogether"), nil }
	}
	var tried atomic.Int32
	var all sync.WaitGroup
	for _, guess := range clients {
		all.Go(func() {
			_, err := guess.Give(id, time.Now(), vault.Giving{})
			if _, wrong := errors.AsType[*vault.PINError](err); wrong {
				tried.Add(1)
			} else if err == nil {
				t.Error("a wrong passphrase gives a code")
			}
		})
	}
	all.Wait()
	if n := tried.Load(); n < 1 || n > left {
		t.Errorf("%d wrong ones were looked at, want at most %d", n, left)
	}
}
