package otp

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func TestHalf(t *testing.T) {
	for name, test := range map[string]struct {
		query string
		want  Half
	}{
		"all":      {"&2step_salt=8&2step_output=20&2step_difficulty=10000", Half{8, 20, 10000}},
		"missing":  {"&2step=1", Half{10, 20, 10000}},
		"one":      {"&2step_salt=8", Half{8, 20, 10000}},
		"sha512":   {"&algorithm=SHA512&2step=true", Half{10, 64, 10000}},
		"sha256":   {"&algorithm=SHA256&2step_difficulty=20000", Half{10, 32, 20000}},
		"disabled": {"&2step=0", Half{}},
	} {
		k, err := ParseURI("otpauth://totp/TOTP0001?secret=GEZDGNBVGY3TQOJQ&issuer=privacyIDEA" + test.query)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if test.want == (Half{}) {
			if k.Half != nil || k.Validate() != nil {
				t.Errorf("%s: %+v, %v", name, k.Half, k.Validate())
			}
			continue
		}
		if k.Half == nil || *k.Half != test.want || !errors.Is(k.Validate(), ErrHalf) {
			t.Errorf("%s: %+v, %v", name, k.Half, k.Validate())
		}
	}
	for _, query := range []string{"&2step_salt=x", "&2step_salt=0", "&2step_salt=65", "&2step_output=129", "&2step_difficulty=10000001"} {
		if _, err := ParseURI("otpauth://totp/a?secret=GEZDGNBVGY3TQOJQ" + query); err == nil {
			t.Errorf("%s: no error", query)
		}
	}
	if _, err := ParseURI("otpauth://steam/a?secret=GEZDGNBVGY3TQOJQ&2step=1"); err == nil {
		t.Error("half a steam key: no error")
	}
}

// The whole key is PBKDF2 of both halves, computed here once more from its
// definition (RFC 8018, 5.2) for one block.
func TestJoin(t *testing.T) {
	k := Key{Type: TOTP, Secret: []byte("server's half"), Algorithm: SHA1, Digits: 6, Period: 30, Half: &Half{8, 20, 3}}
	salt := []byte("12345678")
	whole, half, err := k.join(salt)
	if err != nil || whole.Half != nil || whole.Validate() != nil {
		t.Fatalf("%+v, %v", whole, err)
	}
	mac := func(message []byte) []byte {
		h := hmac.New(sha1.New, []byte(hex.EncodeToString(k.Secret)))
		h.Write(message)
		return h.Sum(nil)
	}
	u := mac(append([]byte("12345678"), 0, 0, 0, 1))
	want := append([]byte(nil), u...)
	for range 2 {
		u = mac(u)
		for i := range want {
			want[i] ^= u[i]
		}
	}
	if hex.EncodeToString(whole.Secret) != hex.EncodeToString(want) {
		t.Errorf("secret %x, want %x", whole.Secret, want)
	}
	typed, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(half)
	sum := sha1.Sum(salt)
	if err != nil || string(typed) != string(sum[:4])+"12345678" {
		t.Errorf("half %q, %v", half, err)
	}
}

// Each time another half is made; a whole key stays as it is.
func TestComplete(t *testing.T) {
	k := Key{Type: TOTP, Secret: []byte("server's half"), Algorithm: SHA1, Digits: 6, Period: 30, Half: &Half{8, 20, 1000}}
	one, halfOne, err1 := k.Complete()
	two, halfTwo, err2 := k.Complete()
	if err1 != nil || err2 != nil || halfOne == halfTwo || string(one.Secret) == string(two.Secret) || len(one.Secret) != 20 || len(halfOne) != 20 {
		t.Errorf("%q %q, %v %v", halfOne, halfTwo, err1, err2)
	}
	if again, half, err := one.Complete(); err != nil || half != "" || string(again.Secret) != string(one.Secret) {
		t.Errorf("a whole key: %q, %v", half, err)
	}
	if strings.Contains(halfOne, "=") {
		t.Error("padding is not typed")
	}
}

func TestDayPassword(t *testing.T) {
	for query, period := range map[string]int{"&period=86400": 86400, "": 86400, "&period=30": 86400, "&period=3600": 3600} {
		k, err := ParseURI("otpauth://daypassword/DYPW0000536F?secret=GEZDGNBVGY3TQOJQ&issuer=privacyIDEA&algorithm=SHA256&digits=6" + query)
		if err != nil || k.Type != TOTP || k.Period != period || k.Algorithm != SHA256 {
			t.Errorf("%q: %+v, %v", query, k, err)
		}
	}
}
