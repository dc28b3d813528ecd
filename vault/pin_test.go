package vault

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCheckPIN(t *testing.T) {
	for _, c := range []struct{ pin, rule string }{
		{"4821", ""},
		{"6190", ""},
		{"907351", ""},
		{"482159037164", ""},
		{"1939", ""},
		{"2031", ""},
		{"1111", "one digit repeated"},
		{"000000000000", "one digit repeated"},
		{"1234", "counts up"},
		{"7890", "counts up"},
		{"456789", "counts up"},
		{"4321", "counts down"},
		{"0987", "counts down"},
		{"1212", "pair"},
		{"484848", "pair"},
		{"48214821", "repeats its beginning"},
		{"482482", "repeats its beginning"},
		{"482148214821", "repeats its beginning"},
		{"1940", "year"},
		{"1987", "year"},
		{"2030", "year"},
		{"2580", "column"},
		{"0852", "column"},
		{"1004", "first that people try"},
		{"147258", "first that people try"},
		{"1122", "first that people try"},
	} {
		err := CheckPIN([]byte(c.pin))
		weak, ok := errors.AsType[*WeakPINError](err)
		switch {
		case c.rule == "" && err != nil, c.rule != "" && !ok:
			t.Errorf("%s: %v", c.pin, err)
		case ok && (!strings.Contains(weak.Rule, c.rule) || strings.Contains(weak.Error(), c.pin)):
			t.Errorf("%s: %v", c.pin, err)
		}
	}
	for _, pin := range []string{"", "123", "1234567890123", "48a1", "48 1", "-482", "４８２１"} {
		if _, ok := errors.AsType[*PINFormatError](CheckPIN([]byte(pin))); !ok {
			t.Errorf("%q is a PIN", pin)
		}
	}
}

func TestPopularPINsArePINs(t *testing.T) {
	for _, p := range popularPINs {
		if !isPIN([]byte(p)) {
			t.Errorf("%s is none", p)
		}
	}
}

// TestMostPINsAreAllowed: a list that refuses much makes the rest easier to guess.
func TestMostPINsAreAllowed(t *testing.T) {
	refused := 0
	for n := range 10000 {
		if CheckPIN(fmt.Appendf(nil, "%04d", n)) != nil {
			refused++
		}
	}
	if refused < 150 || refused > 350 {
		t.Errorf("%d of 10,000 PINs are refused", refused)
	}
}

func TestCheckPassphrase(t *testing.T) {
	for p, ok := range map[string]bool{
		testPhrase:      true,
		"ünïcödé wörds": true,
		"日本語の長い合言葉です。よ": true,
		"short words":              false,
		"":                         false,
		"aaaaaaaaaaaaaaaa":         false,
		"abababababab":             false,
		"abcdefghijklmnop":         false,
		"ponmlkjihgfedcba":         false,
		"123456789012345":          false,
		"hello hello hello ":       false,
		"e\u0301e\u0301e\u0301abc": false, // 6 characters when composed
		"not UTF-8 \xff\xff\xff":   false,
		strings.Repeat("a long text ", 100) + ".": false,
	} {
		given := []byte(p)
		err := CheckPassphrase(given)
		if (err == nil) != ok {
			t.Errorf("%.20q: %v", p, err)
		}
		if _, weak := errors.AsType[*WeakPassphraseError](err); !ok && !weak {
			t.Errorf("%.20q: %v", p, err)
		}
		if string(given) != p {
			t.Errorf("%.20q was changed", p)
		}
	}
}

// TestPassphraseIsNormalised types the same text as two systems send it.
func TestPassphraseIsNormalised(t *testing.T) {
	cheap(t)
	v, _, err := Create(testPlace(t), Options{Passphrase: []byte("cafe\u0301 in Vilnius"), Cost: cheapCost})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	reopen(t, v, Passphrase([]byte("caf\u00e9 in Vilnius")))
}

func TestRecoveryCodeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.SliceOfN(rapid.Byte(), recoveryBytes, recoveryBytes).Draw(t, "code")
		text := formatRecoveryCode(code)
		if len(text) != 8*5+1 || strings.Count(text, "-") != 8 {
			t.Fatalf("format %s", text)
		}
		loose := strings.ToLower(strings.NewReplacer("-", " ", "0", "o", "1", "l").Replace(text))
		for _, typed := range []string{text, loose, strings.ReplaceAll(text, "-", "")} {
			got, err := parseRecoveryCode([]byte(typed))
			if err != nil || !bytes.Equal(got, code) {
				t.Fatalf("%s: %v", typed, err)
			}
		}
		// One wrong letter, or two neighbours swapped, is always seen.
		letters := []byte(strings.ReplaceAll(text, "-", ""))
		at := rapid.IntRange(0, recoveryLetters-1).Draw(t, "at")
		was := letters[at]
		letters[at] = crockford[rapid.IntRange(0, 31).Draw(t, "letter")]
		if _, err := parseRecoveryCode(letters); letters[at] != was && err == nil {
			t.Fatalf("%s with a wrong letter at %d was taken", text, at)
		}
		letters[at] = was
		letters[at], letters[(at+1)%recoveryLetters] = letters[(at+1)%recoveryLetters], letters[at]
		if _, err := parseRecoveryCode(letters); at+1 < recoveryLetters && letters[at] != was && err == nil {
			t.Fatalf("%s with letters swapped at %d was taken", text, at)
		}
	})
}

func TestRecoveryCodeVector(t *testing.T) {
	code := []byte("\x00\x44\x32\x14\xc7\x42\x54\xb6\x35\xcf\x84\x65\x3a\x56\xd7\xc6\x75\xbe\x77\xdf") // the alphabet, first bit first
	if got := formatRecoveryCode(code); got[:39] != "0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV-WXYZ" {
		t.Errorf("got %s", got)
	}
	if got := checkValue(append(make([]byte, 19), 38)); got != 1 {
		t.Errorf("38 modulo 37 = %d", got)
	}
	for _, bad := range []string{"", "0123", strings.Repeat("0", 32), strings.Repeat("0", 34), strings.Repeat("*", 33), strings.Repeat("é", 33)} {
		if _, err := parseRecoveryCode([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func FuzzParseRecoveryCode(f *testing.F) {
	f.Add([]byte(formatRecoveryCode(make([]byte, recoveryBytes))))
	f.Fuzz(func(t *testing.T, text []byte) {
		if code, err := parseRecoveryCode(text); err == nil {
			again, err := parseRecoveryCode([]byte(formatRecoveryCode(code)))
			if err != nil || !bytes.Equal(again, code) {
				t.Fatal("a code that was read is not read again")
			}
		}
	})
}
