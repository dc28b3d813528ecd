package otp

// This file: setup links in and out.

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const b32 = "JBSWY3DPEHPK3PXP"

var raw = "Hello!\xde\xad\xbe\xef"

func totp(issuer, name string) Key {
	return Key{Type: TOTP, Issuer: issuer, Name: name, Secret: []byte(raw), Algorithm: SHA1, Digits: 6, Period: 30}
}

func steam(issuer, name string) Key {
	return Key{Type: Steam, Issuer: issuer, Name: name, Secret: []byte(raw), Algorithm: SHA1, Digits: 5, Period: 30}
}

func with(k Key, change func(*Key)) Key {
	change(&k)
	return k
}

func TestParseLabel(t *testing.T) {
	for _, v := range []struct{ label, query, issuer, name string }{
		{"Acme:ana@demo.test", "&issuer=Acme", "Acme", "ana@demo.test"},
		{"Acme:ana@demo.test", "", "Acme", "ana@demo.test"},
		{"Acme%3Aana%40demo.test", "", "Acme", "ana@demo.test"},
		{"Acme%3A%20ana", "&issuer=Acme", "Acme", "ana"},
		{"Acme: ana", "", "Acme", "ana"},
		{"ana", "", "", "ana"},
		{"ana", "&issuer=Acme", "Acme", "ana"},
		{"ana", "&issuer=", "", "ana"},
		{"Acme", "&issuer=Acme", "Acme", "Acme"},
		{"", "", "", ""},
		{":ana", "", "", "ana"},
		{":a:b", "", "", "a:b"},
		{"acme:ana", "&issuer=Acme", "Acme", "ana"},
		{"Acme%20:ana", "&issuer=Acme", "Acme", "ana"},
		{"Acme:ana", "&issuer=Globex", "Globex", "Acme:ana"},
		{"A:B:ana", "&issuer=A%3AB", "A:B", "ana"},
		{"A:B:ana", "", "A", "B:ana"},
		{"Air%20Canada:ben", "&issuer=Air+Canada", "Air Canada", "ben"},
		{"Air+Canada:ben", "&issuer=Air+Canada", "Air Canada", "ben"},
		{"Air Canada:ben", "&issuer=Air Canada", "Air Canada", "ben"},
		{"C%2B%2B:ana", "&issuer=C%2B%2B", "C++", "ana"},
		{"ana+work@demo.test", "&issuer=Acme", "Acme", "ana+work@demo.test"},
		{"Acme:acc !@#444", "&issuer=Acme", "Acme", "acc !@#444"},
		{"Acme:100%", "&issuer=100%25 Acme", "100% Acme", "Acme:100%"},
		{"Acme:a/b", "", "Acme", "a/b"},
		{"%E4%BD%A0%E5%A5%BD:%F0%9F%94%91", "", "你好", "🔑"},
		{"Ac%00me%0A:a%1B[31mna%E2%80%AE", "", "Acme", "a[31mna"},
		{"Acme:ana%FF", "&issuer=Ac%FFme", "Acme", "ana"},
		{"Acme:ana", "&issuer=Acmeperiod=30", "Acme", "ana"},
		{"Acme:ana", "&issuer=Acme&issuer=Globex", "Acme", "ana"},
	} {
		k, err := ParseURI("otpauth://totp/" + v.label + "?secret=" + b32 + v.query)
		if want := totp(v.issuer, v.name); err != nil || !reflect.DeepEqual(k, want) {
			t.Errorf("%s %s: %+v, %v, want %+v", v.label, v.query, k, err, want)
		}
	}
}

func TestParseURI(t *testing.T) {
	ana := totp("Acme", "ana")
	motp := Key{Type: MOTP, Issuer: "Acme", Name: "ana", Secret: []byte("\x7a\xc6\x1d\x47\x36\xf5\x1a\x2b"), Algorithm: MD5, Digits: 6, Period: 10}
	yandex := Key{Type: Yandex, Issuer: "Acme", Name: "ana", Secret: secret(t, "LA2V6KMCGYMWWVEW64RNP3JA3I"), Algorithm: SHA256, Digits: 8, Period: 30}
	for _, v := range []struct {
		uri  string
		want Key
	}{
		{"otpauth://totp/Acme:ana?secret=JBSW+Y3DP-ehpk%203pxp&issuer=Acme", ana},
		{"otpauth://totp/Acme:ana?secret=JBSWY3DPEHPK3PXP%3D%3D%3D&issuer=Acme", ana},
		{"otpauth://totp/Acme:ana?secret=JBSWY3DPEHPK3PXP===&issuer=Acme", ana},
		{"OTPAUTH://TOTP/Acme:ana?SECRET=" + b32, ana},
		{"  otpauth://totp/Acme:ana?secret=" + b32 + "\r\n", ana},
		{"otpauth://totp/Acme:ana?issuer=Acme&lock=false&codeDisplay=%7B%22pinned%22%3Afalse%7D&secret=" + b32, ana},
		{"otpauth://totp/Acme:ana?&&secret=" + b32 + "&digits=&period=&algorithm=", ana},
		{"otpauth://totp/Acme:ana?secret=" + b32 + "&algorithm=sha256&digits=8&period=60", with(ana, func(k *Key) { k.Algorithm, k.Digits, k.Period = SHA256, 8, 60 })},
		{"otpauth://totp/Acme:ana?secret=" + b32 + "&algorithm=SHA-512", with(ana, func(k *Key) { k.Algorithm = SHA512 })},
		{"otpauth://totp/Acme:ana?secret=" + b32 + "&algorithm=HmacSHA1", ana},
		{"otpauth://totp/Acme:ana?secret=" + b32 + "&algorithm=hmac-sha-256", with(ana, func(k *Key) { k.Algorithm = SHA256 })},
		{"otpauth://totp/Acme:ana?secret=" + b32 + "&issuer=Acmeperiod=60", with(ana, func(k *Key) { k.Period = 60 })},
		{"otpauth://totp/Acme:ana?secret=" + b32 + "&issuer=Acmeperiod=60&period=20", with(ana, func(k *Key) { k.Period = 20 })},
		{"otpauth://totp/Acme:ana?secret=" + b32 + "&counter=7", ana},
		{"otpauth://hotp/Acme:ana?secret=" + b32 + "&counter=18446744073709551615&period=30", with(ana, func(k *Key) { k.Type, k.Period, k.Counter = HOTP, 0, 1<<64-1 })},
		{"otpauth://hotp/Acme:ana?secret=" + b32, with(ana, func(k *Key) { k.Type, k.Period = HOTP, 0 })},
		{"otpauth://steam/Acme:ana?secret=" + b32, steam("Acme", "ana")},
		{"otpauth://steam/Acme:ana?secret=" + b32 + "&digits=6&algorithm=SHA1", steam("Acme", "ana")},
		{"otpauth://totp/Acme:ana?secret=" + b32 + "&encoder=steam", steam("Acme", "ana")},
		{"steam://" + b32, steam("Steam", "")},
		{"steam://" + strings.ToLower(b32) + "/?x=y", steam("Steam", "")},
		{"motp://Acme:ana?secret=7ac61d4736f51a2b", motp},
		{"motp://Acme:ana?secret=7AC61D47-36F51A2B&pin=5555", with(motp, func(k *Key) { k.PIN = "5555" })},
		{"otpauth://motp/Acme:ana?secret=7ac61d4736f51a2b", motp},
		{"otpauth://yaotp/Acme:ana?secret=LA2V6KMCGYMWWVEW64RNP3JA3I", yandex},
		{"otpauth://yaotp/Acme:ana?secret=LA2V6KMCGYMWWVEW64RNP3JA3I&pin=7586", with(yandex, func(k *Key) { k.PIN = "7586" })},
		{"otpauth://yaotp/Acme:ana?secret=LA2V6KMCGYMWWVEW64RNP3JA3I&pin=G42TQNQ", with(yandex, func(k *Key) { k.PIN = "7586" })},
	} {
		if got, err := ParseURI(v.uri); err != nil || !reflect.DeepEqual(got, v.want) {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", v.uri, got, err, v.want)
		}
	}
}

func TestParseURIRefuses(t *testing.T) {
	head := "otpauth://totp/Acme:ana?secret=" + b32
	for uri, want := range map[string]string{
		"":                         "must start with otpauth://",
		"hello":                    "must start with otpauth://",
		"https://demo.test/" + b32: "must start with otpauth://",
		"otpauth-migration://offline?data=" + b32:                                 "import it",
		"otpauth://ocra/Acme?secret=" + b32:                                       "unknown kind",
		"otpauth://":                                                              "unknown kind",
		"otpauth://totp/Acme:ana":                                                 "no secret key",
		"otpauth://totp/Acme:ana?secret=&issuer=Acme":                             "no secret key",
		"otpauth://totp/Acme:ana?secret=%3D":                                      "empty",
		"otpauth://totp/Acme:ana?secret=" + b32 + "1":                             "'1' at position 17",
		head + "&digits=0":                                                        "number of digits",
		head + "&digits=11":                                                       "number of digits",
		head + "&digits=six":                                                      "number of digits",
		head + "&digits=-6":                                                       "number of digits",
		head + "&period=0":                                                        "period",
		head + "&period=-30":                                                      "period",
		head + "&period=30s":                                                      "period",
		head + "&period=99999999999":                                              "period",
		head + "&issuer=Aperiod=x":                                                "period",
		head + "&algorithm=MD5":                                                   "algorithm",
		head + "&algorithm=" + b32:                                                "algorithm",
		"otpauth://hotp/Acme:ana?secret=" + b32 + "&counter=-1":                   "counter",
		"otpauth://hotp/Acme:ana?secret=" + b32 + "&counter=" + b32:               "counter",
		"motp://Acme:ana?secret=" + b32:                                           "0-9 and A-F",
		"motp://Acme:ana?secret=abc":                                              "0-9 and A-F",
		"otpauth://yaotp/Acme:ana?secret=" + b32:                                  "yandex keys",
		"otpauth://yaotp/Acme:ana?secret=LA2V6KMCGYMWWVEW64RNP3JA3I&pin=12":       "4 to 16 digits",
		"otpauth://totp/" + strings.Repeat("a", maxURI) + "?secret=" + b32:        "longer than",
		"otpauth://totp/a?secret=" + strings.Repeat("A", maxSecret*8/5+8):         "longer than",
		"otpauth://yaotp/A:a?secret=LA2V6KMCGYMWWVEW64RNP3JA3IAAAAAAHTSG4HRZPQ":   "checksum",
		"motp://Acme:ana?secret=7ac61d4736f51a2b&pin=" + strings.Repeat("1", 100): "PIN is longer",
	} {
		k, err := ParseURI(uri)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80s: %+v, %v, want an error with %q", uri, k, err, want)
			continue
		}
		for _, private := range []string{b32, "LA2V6KMCGYMWW", "7ac61d", "ana", "111"} {
			if strings.Contains(err.Error(), private) {
				t.Errorf("the error tells %q: %v", private, err)
			}
		}
	}
	_, err := ParseURI("otpauth://totp/Acme?secret=AB1")
	if wrong, ok := errors.AsType[*SecretError](err); !ok || wrong.Position != 3 {
		t.Errorf("%v wraps no *SecretError with position 3", err)
	}
}

func TestWriteURI(t *testing.T) {
	for _, v := range []struct {
		key  Key
		want string
	}{
		{totp("Air Canada", "ana+work@demo.test"), "otpauth://totp/Air%20Canada:ana%2Bwork@demo.test?secret=" + b32 + "&issuer=Air%20Canada&algorithm=SHA1&digits=6&period=30"},
		{totp("", "ana"), "otpauth://totp/ana?secret=" + b32 + "&algorithm=SHA1&digits=6&period=30"},
		{with(totp("A", "b"), func(k *Key) { k.Type, k.Period, k.Counter = HOTP, 0, 9 }), "otpauth://hotp/A:b?secret=" + b32 + "&issuer=A&algorithm=SHA1&digits=6&counter=9"},
		{steam("Steam", "ana"), "otpauth://steam/Steam:ana?secret=" + b32 + "&issuer=Steam&algorithm=SHA1&digits=5&period=30"},
		{Key{Type: MOTP, Issuer: "A", Name: "b", Secret: []byte{0x7a, 0xc6}, PIN: "5555"}, "motp://A:b?secret=7ac6&pin=5555"},
	} {
		if got := v.key.URI(); got != v.want {
			t.Errorf("got  %s\nwant %s", got, v.want)
		}
	}
}

// drawKey makes any valid key with clean names.
func drawKey(t *rapid.T) Key {
	name := rapid.Custom(func(t *rapid.T) string {
		return clean(rapid.OneOf(
			rapid.StringN(0, 40, 120),
			rapid.StringMatching(`[a:+%#?&=/ @-]{0,12}(period=|%3A)?[a: ]{0,4}`),
		).Draw(t, "text"))
	})
	k := Key{
		Type:      rapid.SampledFrom([]Type{TOTP, HOTP, Steam, MOTP, Yandex}).Draw(t, "type"),
		Issuer:    name.Draw(t, "issuer"),
		Name:      name.Draw(t, "name"),
		Secret:    rapid.SliceOfN(rapid.Byte(), 1, maxSecret).Draw(t, "secret"),
		Algorithm: rapid.SampledFrom([]Algorithm{SHA1, SHA256, SHA512}).Draw(t, "algorithm"),
		Digits:    rapid.IntRange(1, 10).Draw(t, "digits"),
	}
	if s, fixed := shapes[k.Type]; fixed {
		k.Algorithm, k.Digits, k.Period = s.algorithm, s.digits, s.period
	}
	switch k.Type {
	case HOTP:
		k.Counter = rapid.Uint64().Draw(t, "counter")
	case TOTP:
		k.Period = rapid.IntRange(1, 1<<31-1).Draw(t, "period")
	case MOTP:
		k.PIN = rapid.StringN(0, 16, maxPIN).Draw(t, "pin")
	case Yandex:
		k.Secret = rapid.SliceOfN(rapid.Byte(), yandexSecret, yandexSecret).Draw(t, "secret")
		k.PIN = rapid.StringMatching(`[0-9]{4,16}`).Draw(t, "pin")
	}
	return k
}

func TestURIRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawKey(t)
		if err := want.Validate(); err != nil && !errors.Is(err, ErrPIN) {
			t.Fatal(err)
		}
		uri := want.URI()
		if len(uri) > maxURI {
			t.Skip("longer than a link may be")
		}
		got, err := ParseURI(uri)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s:\n got %+v, %v\nwant %+v", uri, got, err, want)
		}
	})
}

func FuzzParseURI(f *testing.F) {
	for _, uri := range []string{
		"otpauth://totp/Acme:ana@demo.test?secret=" + b32 + "&issuer=Acme&algorithm=SHA1&digits=6&period=30",
		"otpauth://hotp/Acme%3Aana?secret=" + b32 + "&counter=7&digits=8",
		"otpauth://totp/Acme?secret=" + b32 + "&encoder=steam",
		"otpauth://totp/A:b#c?secret=" + b32 + "&issuer=Aperiod=30",
		"otpauth://yaotp/Acme:ana?secret=LA2V6KMCGYMWWVEW64RNP3JA3I&pin=G42TQNQ",
		"motp://Acme:ana?secret=7ac61d4736f51a2b&pin=5555",
		"steam://" + b32,
	} {
		f.Add(uri)
	}
	f.Fuzz(func(t *testing.T, s string) {
		k, err := ParseURI(s)
		if err != nil {
			return
		}
		if _, err := k.Code(time.Unix(1_800_000_000, 0)); err != nil && !errors.Is(err, ErrPIN) {
			t.Fatalf("a key that makes no codes: %v", err)
		}
		uri := k.URI()
		if len(uri) > maxURI {
			return
		}
		again, err := ParseURI(uri)
		if err != nil || !reflect.DeepEqual(again, k) {
			t.Fatalf("%+v became %+v, %v", k, again, err)
		}
	})
}

func ExampleParseURI() {
	k, err := ParseURI("otpauth://totp/HelpDesk:ana@demo.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=HelpDesk&period=60&digits=8")
	if err != nil {
		fmt.Println(err)
		return
	}
	now := time.Unix(119, 0)
	code, err := k.Code(now)
	fmt.Println(k.Issuer, k.Name, code, k.Left(now), err)
	// Output: HelpDesk ana@demo.test 94287082 1s <nil>
}
