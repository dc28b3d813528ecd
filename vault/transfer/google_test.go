package transfer

// This file: exports of Google Authenticator, written by an encoder of its own.

import (
	"encoding/base64"
	"encoding/binary"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"nod/vault/otp"
)

const rawSecret = "Hello!\xde\xad\xbe\xef"

func appendNumber(b []byte, number, value uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, number<<3|wireVarint), value)
}

func appendBytes(b []byte, number uint64, value string) []byte {
	b = binary.AppendUvarint(b, number<<3|wireBytes)
	return append(binary.AppendUvarint(b, uint64(len(value))), value...)
}

// account encodes what Google Authenticator writes for k.
func account(k otp.Key) []byte {
	b := appendBytes(nil, 1, string(k.Secret))
	b = appendBytes(b, 2, k.Name)
	b = appendBytes(b, 3, k.Issuer)
	b = appendNumber(b, 4, map[otp.Algorithm]uint64{otp.SHA1: 1, otp.SHA256: 2, otp.SHA512: 3}[k.Algorithm])
	b = appendNumber(b, 5, map[int]uint64{6: 1, 8: 2}[k.Digits])
	b = appendNumber(b, 6, map[otp.Type]uint64{otp.HOTP: 1, otp.TOTP: 2}[k.Type])
	if k.Type == otp.HOTP {
		b = appendNumber(b, 7, k.Counter)
	}
	return appendBytes(b, 8, "e2b1f0c4-unique")
}

// payload encodes a part of an export.
func payload(size, index uint64, id int32, accounts ...[]byte) []byte {
	var b []byte
	for _, a := range accounts {
		b = appendBytes(b, 1, string(a))
	}
	b = appendNumber(b, 2, 2)
	b = appendNumber(b, 3, size)
	b = appendNumber(b, 4, index)
	return appendNumber(b, 5, uint64(int64(id)))
}

func migration(message []byte) string {
	return "otpauth-migration://offline?data=" + url.QueryEscape(base64.StdEncoding.EncodeToString(message))
}

func totp(issuer, name string) otp.Key {
	return otp.Key{Type: otp.TOTP, Issuer: issuer, Name: name, Secret: []byte(rawSecret), Algorithm: otp.SHA1, Digits: 6, Period: 30}
}

func TestMigration(t *testing.T) {
	hotp := totp("Globex", "ben")
	hotp.Type, hotp.Period, hotp.Counter, hotp.Algorithm, hotp.Digits = otp.HOTP, 0, 7, otp.SHA512, 8
	got, err := Decode(migration(payload(3, 1, -42, account(totp("Acme", "ana")), account(hotp))))
	want := Batch{Format: "google migration", Keys: []otp.Key{totp("Acme", "ana"), hotp}, Index: 1, Size: 3, ID: -42}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

// TestMigrationDefaults reads accounts with fields left out, as protocol
// buffers leave out zeros, and with names that hold the issuer.
func TestMigrationDefaults(t *testing.T) {
	secret := slices.Clip(appendBytes(nil, 1, rawSecret)) // each case appends to its own copy
	for name, v := range map[string]struct {
		account []byte
		want    otp.Key
	}{
		"only a secret":      {secret, totp("", "")},
		"issuer in the name": {appendBytes(secret, 2, "Acme:ana"), totp("Acme", "ana")},
		"issuer twice":       {appendBytes(appendBytes(secret, 2, "Acme: ana"), 3, "Acme"), totp("Acme", "ana")},
		"dirty":              {appendBytes(appendBytes(secret, 2, "a\x1bna\xff"), 3, "Ac\nme\u202e"), totp("Acme", "ana")},
		"counter of a TOTP":  {appendNumber(secret, 7, 9), totp("", "")},
		"unknown fields": {
			append(appendNumber(appendBytes(secret, 99, "x"), 98, 1), 9<<3|wire64, 1, 2, 3, 4, 5, 6, 7, 8, 10<<3|wire32, 1, 2, 3, 4),
			totp("", ""),
		},
	} {
		got, err := Decode(migration(appendBytes(nil, 1, string(v.account))))
		if err != nil || len(got.Keys) != 1 || !reflect.DeepEqual(got.Keys[0], v.want) {
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, v.want)
		}
		if got.Size != 1 || got.Index != 0 {
			t.Errorf("%s: part %d of %d, want 0 of 1", name, got.Index, got.Size)
		}
	}
}

func TestMigrationSkips(t *testing.T) {
	good := account(totp("Acme", "ana"))
	for want, bad := range map[string][]byte{
		"Globex (ben): its codes use MD5":     appendNumber(account(totp("Globex", "ben")), 4, 4),
		"Globex (ben): its algorithm":         appendNumber(account(totp("Globex", "ben")), 4, 5),
		"Globex (ben): its number of digits":  appendNumber(account(totp("Globex", "ben")), 5, 3),
		"Globex (ben): its kind of code":      appendNumber(account(totp("Globex", "ben")), 6, 3),
		"Globex (ben): its counter":           appendNumber(appendNumber(account(totp("Globex", "ben")), 6, 1), 7, 1<<63),
		"Globex (ben): the secret key is emp": appendBytes(account(totp("Globex", "ben")), 1, ""),
		"ben: the secret key is empty":        appendBytes(nil, 2, "ben"),
		"account 2: the secret key is empty":  {},
		"account 2: the data":                 {1<<3 | wireBytes, 200},
		"Globex: its codes use MD5":           appendNumber(account(totp("Globex", "")), 4, 4),
	} {
		got, err := Decode(migration(payload(1, 0, 1, good, bad, good)))
		if err != nil || len(got.Keys) != 2 || len(got.Skipped) != 1 || !strings.Contains(got.Skipped[0].Error(), want) {
			t.Errorf("%+v, %v, want 2 keys and %q", got, err, want)
		}
		if _, err := Decode(migration(payload(1, 0, 1, bad))); err == nil || strings.Contains(err.Error(), "Hello") {
			t.Errorf("alone: %v, want an error without the secret", err)
		}
	}
}

// TestMigrationBase64 reads the data in all the forms in which it arrives. The
// message is chosen so that its Base64 holds + and /.
func TestMigrationBase64(t *testing.T) {
	k := totp("Acme", "ana")
	k.Secret = []byte("ab\xfb\xef\xbe\xff\xff\xffa")
	message := payload(1, 0, 1, account(k))
	std := base64.StdEncoding.EncodeToString(message)
	if !strings.Contains(std, "+") || !strings.Contains(std, "/") || !strings.HasSuffix(std, "=") {
		t.Fatal("the message is badly chosen: " + std)
	}
	for name, data := range map[string]string{
		"escaped":      url.QueryEscape(std),
		"lower case":   strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(std), "%2B", "%2b"), "%2F", "%2f"),
		"as it is":     std,
		"no padding":   strings.TrimRight(std, "="),
		"for URLs":     base64.URLEncoding.EncodeToString(message),
		"raw for URLs": base64.RawURLEncoding.EncodeToString(message),
		"spaces":       strings.ReplaceAll(std, "+", " "),
		"more params":  url.QueryEscape(std) + "&x=y",
	} {
		for _, head := range []string{"otpauth-migration://offline?data=", "OTPAUTH-MIGRATION://offline?v=1&Data="} {
			got, err := Decode(" " + head + data + "\n")
			if err != nil || len(got.Keys) != 1 || !reflect.DeepEqual(got.Keys[0], k) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
	}
}

func TestMigrationRefuses(t *testing.T) {
	good := slices.Clip(payload(1, 0, 1, account(totp("Acme", "ana"))))
	for name, link := range map[string]string{
		"no data":         "otpauth-migration://offline",
		"empty data":      "otpauth-migration://offline?data=",
		"not Base64":      "otpauth-migration://offline?data=!!!",
		"bad escape":      "otpauth-migration://offline?data=%zz",
		"not a message":   migration([]byte("hello, world")),
		"no accounts":     migration(payload(1, 0, 1)),
		"cut":             migration(good[:20]),
		"cut in a number": migration(append(good, 2<<3, 0x80)),
		"field 0":         migration(append(good, 0, 1)),
		"group":           migration(append(good, 9<<3|3)),
		"cut 64 bits":     migration(append(good, 9<<3|wire64, 1)),
		"long number":     migration(append(good, append([]byte{9 << 3}, strings.Repeat("\xff", 11)...)...)),
		"huge length":     migration(append(good, append([]byte{9<<3 | wireBytes}, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"...)...)),
		"index too high":  migration(payload(2, 2, 1, account(totp("Acme", "ana")))),
		"many parts":      migration(payload(maxParts+1, 0, 1, account(totp("Acme", "ana")))),
		"too long":        "otpauth-migration://offline?data=" + strings.Repeat("A", maxMigration),
	} {
		if b, err := Decode(link); err == nil {
			t.Errorf("%s: %+v, want an error", name, b)
		} else if strings.Contains(err.Error(), "!!!") || strings.Contains(err.Error(), "zz") {
			t.Errorf("%s: the error quotes the link: %v", name, err)
		}
	}
}

func TestMigrationRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var accounts [][]byte
		var want []otp.Key
		for range rapid.IntRange(1, 12).Draw(t, "accounts") {
			k := otp.Key{
				Type:      rapid.SampledFrom([]otp.Type{otp.TOTP, otp.HOTP}).Draw(t, "type"),
				Issuer:    rapid.StringMatching(`[A-Za-z0-9 .]{0,20}[a-z]`).Draw(t, "issuer"),
				Name:      rapid.StringMatching(`([a-z][a-z@. :]{0,20}[a-z])?`).Draw(t, "name"),
				Secret:    rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "secret"),
				Algorithm: rapid.SampledFrom([]otp.Algorithm{otp.SHA1, otp.SHA256, otp.SHA512}).Draw(t, "algorithm"),
				Digits:    rapid.SampledFrom([]int{6, 8}).Draw(t, "digits"),
				Period:    30,
			}
			for was := k.Name + ":"; was != k.Name; { // until no issuer stands before the name any more
				was = k.Name
				k.Issuer, k.Name = otp.SplitLabel(k.Name, k.Issuer)
			}
			if k.Type == otp.HOTP {
				k.Period, k.Counter = 0, rapid.Uint64Range(0, 1<<63-1).Draw(t, "counter")
			}
			want = append(want, k)
			accounts = append(accounts, account(k))
		}
		got, err := Decode(migration(payload(1, 0, 0, accounts...)))
		if err != nil || !reflect.DeepEqual(got.Keys, want) {
			t.Fatalf("got %+v, %v, want %+v", got, err, want)
		}
	})
}
