package otp

// This file: secrets as people type them.

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestDecodeSecret(t *testing.T) {
	for _, v := range []struct{ typed, want string }{
		{"JBSWY3DPEHPK3PXP", "Hello!\xde\xad\xbe\xef"},
		{"jbsw y3dp ehpk 3pxp", "Hello!\xde\xad\xbe\xef"},
		{" jbsw-Y3DP\tehpk-3pxp\n", "Hello!\xde\xad\xbe\xef"},
		{"JBSWY3DP EHPK3PXP\u00a0", "Hello!\xde\xad\xbe\xef"},
		{"MZXW6===", "foo"},
		{"MZXW 6= = =", "foo"},
		{"MZXW6=", "foo"},
		{"MZXW6YTB", "fooba"},
		{"MZXW6YTBA", "fooba"},   // 9 letters: the last fills no byte
		{"MZXW6YTBOI", "foobar"}, // 10 letters
	} {
		got, err := DecodeSecret(v.typed)
		if err != nil || string(got) != v.want {
			t.Errorf("DecodeSecret(%q) = %q, %v, want %q", v.typed, got, err, v.want)
		}
	}
}

func TestSecretError(t *testing.T) {
	for _, v := range []struct{ typed, want string }{
		{"JBSW1Y3DP", "keys use A-Z and 2-7; '1' at position 5 is not allowed"},
		{"JBSW Y3DP EHPK 3PX1", "keys use A-Z and 2-7; '1' at position 19 is not allowed"},
		{"0BSWY3DP", "keys use A-Z and 2-7; '0' at position 1 is not allowed"},
		{"jbsw8", "keys use A-Z and 2-7; '8' at position 5 is not allowed"},
		{"jbsw9", "keys use A-Z and 2-7; '9' at position 5 is not allowed"},
		{"ÄÖjb€", "keys use A-Z and 2-7; 'Ä' at position 1 is not allowed"},
		{"jb€", "keys use A-Z and 2-7; '€' at position 3 is not allowed"},
		{"jb\x00", `keys use A-Z and 2-7; '\x00' at position 3 is not allowed`},
		{"JB=SWY3DP", "keys use A-Z and 2-7; '=' at position 3 is not allowed"},
	} {
		_, err := DecodeSecret(v.typed)
		if wrong, ok := errors.AsType[*SecretError](err); !ok || wrong.Error() != v.want {
			t.Errorf("DecodeSecret(%q): %v, want %s", v.typed, err, v.want)
		}
	}
}

func TestDecodeSecretRefuses(t *testing.T) {
	for name, typed := range map[string]string{
		"empty":    "",
		"spaces":   " - ",
		"padding":  "====",
		"short":    "J",
		"too long": strings.Repeat("A", maxSecret*8/5+8),
	} {
		got, err := DecodeSecret(typed)
		if err == nil {
			t.Errorf("%s: %d bytes, want an error", name, len(got))
		}
		if _, ok := errors.AsType[*SecretError](err); ok {
			t.Errorf("%s: %v names a letter", name, err)
		}
	}
}

func TestSecretRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfN(rapid.Byte(), 1, maxSecret).Draw(t, "secret")
		got, err := DecodeSecret(EncodeSecret(want))
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("got %x, %v, want %x", got, err, want)
		}
	})
}

func FuzzDecodeSecret(f *testing.F) {
	for _, s := range []string{"JBSWY3DPEHPK3PXP", "jbsw-y3dp ehpk", "MZXW6===", "JBSW1", "a", "=A", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		secret, err := DecodeSecret(s)
		if err != nil {
			return
		}
		if len(secret) == 0 || len(secret) > maxSecret {
			t.Fatalf("%d bytes", len(secret))
		}
		again, err := DecodeSecret(EncodeSecret(secret))
		if err != nil || !bytes.Equal(again, secret) {
			t.Fatalf("%x became %x, %v", secret, again, err)
		}
	})
}

func TestInFours(t *testing.T) {
	for s, want := range map[string]string{"": "", "ABCD": "ABCD", "ABCDE": "ABCD E", "äöüßx": "äöüß x"} {
		if got := InFours(s); got != want {
			t.Errorf("%q in fours = %q, want %q", s, got, want)
		}
	}
}
