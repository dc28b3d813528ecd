package transfer

// This file: lists of links, and telling the formats apart.

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"nod/vault/otp"
)

const b32 = "JBSWY3DPEHPK3PXP" // rawSecret

func TestLinks(t *testing.T) {
	list := "\ufeff\r\notpauth://totp/Acme:ana?secret=" + b32 + "\r\n" +
		"\n  OTPAUTH://totp/Globex:ben?secret=" + b32 + "  \n" +
		"steam://" + b32
	got, err := Decode(list)
	steam := otp.Key{Type: otp.Steam, Issuer: "Steam", Secret: []byte(rawSecret), Algorithm: otp.SHA1, Digits: 5, Period: 30}
	want := Batch{Format: "otpauth links", Keys: []otp.Key{totp("Acme", "ana"), totp("Globex", "ben"), steam}, Size: 1}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

func TestLinksSkip(t *testing.T) {
	got, err := Decode("my accounts\notpauth://totp/Acme:ana?secret=" + b32 + "\n\notpauth://totp/Globex:ben?secret=" + b32 + "1\n")
	if err != nil || len(got.Keys) != 1 || len(got.Skipped) != 2 {
		t.Fatalf("%+v, %v, want one key and two skipped", got, err)
	}
	for i, want := range []string{"line 1: ", "line 4: "} {
		if text := got.Skipped[i].Error(); !strings.HasPrefix(text, want) || strings.Contains(text, "JBSW") {
			t.Errorf("skipped: %s, want %s...", text, want)
		}
	}
	if _, ok := errors.AsType[*otp.SecretError](got.Skipped[1]); !ok {
		t.Errorf("%v wraps no *otp.SecretError", got.Skipped[1])
	}
}

// TestLinksWithMigration reads the parts of an export, one a line.
func TestLinksWithMigration(t *testing.T) {
	first := migration(payload(2, 0, 5, account(totp("Acme", "ana"))))
	second := migration(payload(2, 1, 5, account(totp("Globex", "ben"))))
	alone := migration(payload(3, 1, 6, account(totp("Initech", "cleo"))))

	got, err := Decode(first + "\n" + second)
	want := Batch{Format: "otpauth links", Keys: []otp.Key{totp("Acme", "ana"), totp("Globex", "ben")}, Size: 1}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
	got, err = Decode(first + "\n" + first + "\n" + alone)
	if err != nil || len(got.Keys) != 2 || len(got.Skipped) != 2 {
		t.Fatalf("%+v, %v, want two keys, the part that came twice counted once, and two exports that are not whole", got, err)
	}
	for i, want := range []string{"part 1 of 2 read; part 2 is missing", "part 2 of 3 read; parts 1 and 3 are missing"} {
		if text := got.Skipped[i].Error(); !strings.HasSuffix(text, want) {
			t.Errorf("skipped: %s, want ...%s", text, want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"empty":        "",
		"words":        "hello\nworld",
		"web page":     "https://helpdesk.demo.test/faq",
		"JSON":         `{"services":[]}`,
		"other scheme": "nod://pair?v=1",
	} {
		if b, err := Decode(text); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: %+v, %v, want ErrFormat", name, b, err)
		}
	}
	if _, err := Decode(strings.Repeat("\n", maxText+1)); err == nil || errors.Is(err, ErrFormat) {
		t.Errorf("a text too long: %v", err)
	}
	_, err := Decode("otpauth://totp/Acme?secret=AB1")
	if wrong, ok := errors.AsType[*otp.SecretError](err); !ok || wrong.Position != 3 || strings.Contains(err.Error(), "line") {
		t.Errorf("one bad link: %v, want the letter at position 3 and no line", err)
	}
}

// TestRealLists reads lists that other apps wrote, where they are at hand.
func TestRealLists(t *testing.T) {
	dir := "../../../shared/data/imports/aegis-set"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no samples of other apps here")
	}
	for name, want := range map[string]int{"plain.txt": 7, "ente_auth.txt": 7} {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		b, err := Decode(string(text))
		if err != nil || len(b.Keys) != want || len(b.Skipped) > 0 {
			t.Errorf("%s: %d keys, skipped %v, %v, want %d keys", name, len(b.Keys), b.Skipped, err, want)
		}
		for _, k := range b.Keys {
			if k.Issuer == "Air Canada" && k.Name == "Benjamin" && k.Type == otp.HOTP && k.Counter == 50 {
				want = 0
			}
		}
		if want != 0 {
			t.Errorf("%s: no HOTP account of Air Canada: %+v", name, b.Keys)
		}
	}
}

// TestRealMigrations reads exports of Google Authenticator from the texts of
// QR codes, where they are at hand.
func TestRealMigrations(t *testing.T) {
	files, err := filepath.Glob("../../../shared/data/qr/*/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	links, keys := 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for link := range strings.SplitSeq(string(text), "\n") {
			if !isMigration(link) {
				continue
			}
			b, err := Decode(link)
			if err != nil || len(b.Keys) == 0 || len(b.Skipped) > 0 {
				t.Errorf("%s: skipped %v, %v", file, b.Skipped, err)
			}
			links++
			keys += len(b.Keys)
		}
	}
	if links == 0 {
		t.Skip("no exports of Google Authenticator here")
	}
	t.Logf("%d accounts in %d exports", keys, links)
}

func FuzzDecode(f *testing.F) {
	good := payload(2, 1, 7, account(totp("Acme", "ana")), account(totp("Globex", "ben")))
	f.Add(migration(good))
	f.Add(migration(good[:30]))
	f.Add(migration(appendNumber(good, 3, 1<<40)))
	f.Add("otpauth://totp/Acme:ana?secret=" + b32 + "\n" + migration(good))
	f.Add("otpauth-migration://offline?data=CgA%3D")
	f.Fuzz(func(t *testing.T, text string) {
		b, err := Decode(text)
		if err != nil {
			return
		}
		if b.Size < 1 || b.Index < 0 || b.Index >= b.Size || len(b.Keys) == 0 {
			t.Fatalf("part %d of %d with %d keys", b.Index, b.Size, len(b.Keys))
		}
		for _, k := range b.Keys {
			if err := k.Validate(); err != nil && !errors.Is(err, otp.ErrPIN) {
				t.Fatalf("a key that makes no codes: %v", err)
			}
		}
	})
}
