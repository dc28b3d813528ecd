package escape

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestBetween(t *testing.T) {
	for _, test := range []struct {
		env  map[string]string
		want Mux
	}{
		{nil, None},
		{map[string]string{"TMUX": "/tmp/tmux-0/default,1,0"}, Tmux},
		{map[string]string{"STY": "1.pts-0.host"}, Screen},
		{map[string]string{"TERM": "tmux-256color"}, None}, // on another machine
	} {
		if got := Between(func(k string) string { return test.env[k] }); got != test.want {
			t.Errorf("%v: %q, want %q", test.env, got, test.want)
		}
	}
}

func TestThrough(t *testing.T) {
	const seq = ESC + "]52;c;aGk=" + BEL
	if got := None.Through(seq); got != seq {
		t.Errorf("nothing between: %q", got)
	}
	if got, want := Tmux.Through(seq), "\x1bPtmux;\x1b\x1b]52;c;aGk=\a\x1b\\"; got != want {
		t.Errorf("tmux: %q, want %q", got, want)
	}
	long := ESC + "]52;c;" + strings.Repeat("x", 2000) + BEL
	whole := ""
	for part := range strings.SplitSeq(strings.TrimSuffix(Screen.Through(long), ST), ST) {
		if len(part)+len(ST) > screenLimit {
			t.Errorf("screen: a part has %d bytes", len(part)+len(ST))
		}
		whole += strings.TrimPrefix(part, ESC+"P")
	}
	if whole != long {
		t.Errorf("screen: the parts make %q", whole)
	}
}

func TestText(t *testing.T) {
	for _, test := range []struct{ in, want string }{
		{"RMS", "RMS"},
		{"a\x1b]52;c;eA==\ab", "a ]52;c;eA== b"},
		{"a\x1b\\b\u009cc\u0090d", `a \b c d`},
		{" two\r\nlines\t", "two lines"},
		{"a\u202eb\u2066c", "abc"},
		{"bad\xffutf", "badutf"},
		{"Žvėrynas 東京", "Žvėrynas 東京"},
		{strings.Repeat("x", 30), strings.Repeat("x", 19) + "…"},
	} {
		if got := Text(test.in, 20); got != test.want {
			t.Errorf("Text(%q) = %q, want %q", test.in, got, test.want)
		}
	}
}

func FuzzText(f *testing.F) {
	f.Add("RMS\x1b]0;x\a\u009d")
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s, 20)
		if utf8.RuneCountInString(got) > 20 || !utf8.ValidString(got) {
			t.Errorf("%q is too long or no UTF-8", got)
		}
		for _, r := range got {
			if r < ' ' || r >= 0x7f && r < 0xa0 {
				t.Errorf("%q holds %U", got, r)
			}
		}
	})
}

func TestHasClipboard(t *testing.T) {
	const list = "Terminal 0: vt220 for /dev/pts/1, flags=0x0:\n 134: Ms: [missing]\n" +
		"Terminal 1: xterm-256color for /dev/pts/2, flags=0x1:\n 134: Ms: (string) \\033]52;%p1%s;%p2%s\\a\n"
	for term, want := range map[string]bool{"vt220": false, "xterm-256color": true, "foot": false} {
		if got := hasClipboard(list, term); got != want {
			t.Errorf("%s: %v, want %v", term, got, want)
		}
	}
}
