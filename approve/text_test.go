package approve

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for name, c := range map[string][2]string{
		"plain":               {"Firefox 133 on Linux", "Firefox 133 on Linux"},
		"letters":             {"Žydrūnė 日本 ñ", "Žydrūnė 日本 ñ"},
		"colour":              {"\x1b[31;1mRMS\x1b[0m", "RMS"},
		"clear screen":        {"a\x1b[2J\x1b[Hb", "ab"},
		"title, BEL":          {"a\x1b]0;owned\x07b", "ab"},
		"title, ST":           {"a\x1b]0;owned\x1b\\b", "ab"},
		"title, never ended":  {"a\x1b]0;owned", "a"},
		"clipboard":           {"\x1b]52;c;aGk=\x07x", "x"},
		"DCS":                 {"a\x1bP1;2|data\x1b\\b", "ab"},
		"8-bit CSI":           {"a\u009b31mb", "ab"},
		"8-bit OSC":           {"a\u009d0;owned\u009cb", "ab"},
		"two-byte escape":     {"a\x1b(0b\x1bc", "ab"},
		"lone escape":         {"a\x1b", "a"},
		"raw 8-bit":           {"a\x9b31m", "a\uFFFD31m"},
		"control":             {"a\x00\x08\x7fb", "ab"},
		"lines":               {"a\r\nb\tc", "a b c"},
		"line separator":      {"a\u2028b", "a b"},
		"bidi":                {"a\u202eb\u2066c\u200fd\u061ce", "abcde"},
		"zero width":          {"a\u200bb\u200dc\ufeffd\u00ade", "abcde"},
		"tags":                {"a\U000E0041b", "ab"},
		"blank letters":       {"a\u3164b\u2800c\uffa0d\u115fe", "abcde"},
		"variation selectors": {"a\ufe0fb", "ab"},
		"private use":         {"a\ue000b", "ab"},
		"no-break space":      {"a\u00a0\u3000 b", "a b"},
		"blanks around":       {"  a  ", "a"},
		"only blanks":         {" \t\u3164", ""},
		"long":                {strings.Repeat("é", 70), strings.Repeat("é", 64)},
		"long with a gap":     {strings.Repeat("x", 63) + " yz", strings.Repeat("x", 63) + "y"},
	} {
		if got := Text(c[0]); got != c[1] {
			t.Errorf("%s: Text(%q) = %q, want %q", name, c[0], got, c[1])
		}
	}
	if got := LongText(strings.Repeat("x", 300)); len(got) != 256 {
		t.Errorf("LongText has %d runes", len(got))
	}
}

func FuzzText(f *testing.F) {
	f.Add("a\x1b[31mb")
	f.Add("\u202e\u009b1m")
	f.Add("\x1b\x1b\x1b]x\x1b[")
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		if n := utf8.RuneCountInString(got); n > 64 || !utf8.ValidString(got) {
			t.Errorf("Text(%q) = %q: %d runes", s, got, n)
		}
		for _, r := range got {
			if !unicode.IsPrint(r) {
				t.Errorf("Text(%q) = %q holds %U", s, got, r)
			}
		}
		if again := Text(got); again != got {
			t.Errorf("Text(%q) = %q, and Text of that = %q", s, got, again)
		}
	})
}

func TestClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Clock
		if _, measured := c.Offset(); measured || !c.Now().Equal(time.Now()) {
			t.Error("a fresh clock has measured something")
		}
		c.Set(time.Time{}, 0)
		if _, measured := c.Offset(); measured {
			t.Error("no time was learnt as a time")
		}
		ahead := time.Now().Add(90 * time.Second)
		c.Set(ahead, 2*time.Second) // read one second ago
		if got, measured := c.Offset(); !measured || got != 91*time.Second {
			t.Errorf("offset = %v, %v", got, measured)
		}
		time.Sleep(time.Minute)
		if want := ahead.Add(61 * time.Second); !c.Now().Equal(want) {
			t.Errorf("now = %v, want %v", c.Now(), want)
		}
		if got := c.Local(ahead.Add(61 * time.Second)); !got.Equal(time.Now()) {
			t.Errorf("local = %v, want %v", got, time.Now())
		}
	})
}

func TestErrorTexts(t *testing.T) {
	for want, err := range map[string]error{
		"that registration code is not right. 4 tries left": &BadCodeError{Left: 4},
		"that registration code is not right. 1 try left":   &BadCodeError{Left: 1},
		"that registration code is not right. 0 tries left": &BadCodeError{},
		"that code is not right":                            &BadCodeError{Left: -1, Mail: true},
		"too many tries. Wait 9 minutes":                    &LimitedError{RetryAfter: 8*time.Minute + time.Second},
		"too many tries. Wait 90 seconds":                   &LimitedError{RetryAfter: 90 * time.Second},
		"requests are paused. Wait 1 second":                &LimitedError{RetryAfter: time.Millisecond, Message: "requests are paused"},
		"too many tries":                                    &LimitedError{},
		"already answered on phone-ana (accepted)":          &AnsweredError{State: Accepted, Device: "phone-ana"},
		"already answered (denied)":                         &AnsweredError{State: Denied},
	} {
		if got := err.Error(); got != want {
			t.Errorf("error = %q, want %q", got, want)
		}
	}
	if !errIs(ErrRevoked, ErrRefused) || !errIs(ErrPairingRefused, ErrRefused) || !errIs(ErrBadCode, ErrRefused) || errIs(ErrRefused, ErrRevoked) || errIs(ErrRevoked, ErrPairingRefused) {
		t.Error("the kinds of ErrRefused are mixed up")
	}
}

func TestWhy(t *testing.T) {
	for want, err := range map[string]error{
		"":                      fmt.Errorf("poll: %w", ErrRefused),
		"the policy forbids it": fmt.Errorf("poll: %w: the policy forbids it", ErrRefused),
	} {
		if got := Why(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
	if got := Why(ErrRevoked); got != "" {
		t.Errorf("revoked: %q", got)
	}
}
