package cli

// This file: which of the links that a container hands out become accounts.

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"nod/approve"
	"nod/vault"
)

func TestTokensOf(t *testing.T) {
	d := vault.Device{RemoteID: "SMPH0001", Server: "https://pi.demo.test"}
	const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	h, push := tokensOf(d, []approve.NewToken{
		{Serial: "TOTP0001", Link: "otpauth://totp/TOTP0001?secret=" + secret + "&issuer=Demo%1b%5b31m&serial=TOTP0001"},
		{Serial: "DYPW0001", Link: "otpauth://daypassword/DYPW0001?secret=" + secret + "&period=86400"},
		{Serial: "PIPU0001", Link: "otpauth://pipush/PIPU0001?serial=PIPU0001"},
		{Serial: "PIPU0002", Link: "pia://pipush/PIPU0002?serial=PIPU0002"},
		{Serial: "MOTP0001", Link: "motp://x:y?secret=00112233445566778899aabbccddeeff"},
		{Serial: "X0000001", Link: "otpauth://unknown/x?secret=" + secret},
		{Link: "otpauth://totp/x"},
	})
	if len(h.items) != 2 || len(push) != 2 || len(h.skipped) != 3 {
		t.Fatalf("%d accounts, %d push tokens, left out %v", len(h.items), len(push), h.skipped)
	}
	if it := h.items[0]; strings.Contains(it.key.Issuer, "\x1b") || it.source != "container SMPH0001 of https://pi.demo.test, token TOTP0001" {
		t.Errorf("issuer %q, source %q", it.key.Issuer, it.source)
	}
	if h.items[1].key.Period != 86400 {
		t.Errorf("period %d", h.items[1].key.Period)
	}
	if text := errors.Join(h.skipped...).Error(); strings.Contains(text, secret) || strings.Contains(text, "00112233") {
		t.Errorf("it says the secret: %s", text)
	}
}

// A push token of another server than the container's is not paired.
func TestPairTokenElsewhere(t *testing.T) {
	a := &app{env: Env{Stdout: io.Discard, Stderr: io.Discard, HTTP: &http.Client{}}}
	in := approve.NewInbox(nil, a.drivers()...)
	link := "otpauth://pipush/PIPU0001?url=https%3A//evil.test/ttype/push&ttl=10&issuer=x" +
		"&enrollment_credential=00112233445566778899aabbccddeeff00112233&v=1&serial=PIPU0001"
	_, err := a.pairToken(t.Context(), in, vault.Device{Server: "https://pi.demo.test"}, approve.NewToken{Serial: "PIPU0001", Link: link})
	if !errors.Is(err, approve.ErrRefused) {
		t.Errorf("%v", err)
	}
}
