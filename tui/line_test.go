package tui

// The line that forms are typed into, case by case and beside Bubbles' textinput.

import (
	"strings"
	"testing"
	"unicode"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"pgregory.net/rapid"
)

// lineKeys are the keys that both take, by the names that they have for textinput.
var lineKeys = map[string]tea.KeyPressMsg{
	"left": {Code: tea.KeyLeft}, "ctrl+b": {Code: 'b', Mod: tea.ModCtrl},
	"right": {Code: tea.KeyRight}, "ctrl+f": {Code: 'f', Mod: tea.ModCtrl},
	"home": {Code: tea.KeyHome}, "ctrl+a": {Code: 'a', Mod: tea.ModCtrl},
	"end": {Code: tea.KeyEnd}, "ctrl+e": {Code: 'e', Mod: tea.ModCtrl},
	"alt+left": {Code: tea.KeyLeft, Mod: tea.ModAlt}, "ctrl+left": {Code: tea.KeyLeft, Mod: tea.ModCtrl}, "alt+b": {Code: 'b', Mod: tea.ModAlt},
	"alt+right": {Code: tea.KeyRight, Mod: tea.ModAlt}, "ctrl+right": {Code: tea.KeyRight, Mod: tea.ModCtrl}, "alt+f": {Code: 'f', Mod: tea.ModAlt},
	"backspace": {Code: tea.KeyBackspace}, "ctrl+h": {Code: 'h', Mod: tea.ModCtrl},
	"delete": {Code: tea.KeyDelete}, "ctrl+d": {Code: 'd', Mod: tea.ModCtrl},
	"alt+backspace": {Code: tea.KeyBackspace, Mod: tea.ModAlt}, "ctrl+backspace": {Code: tea.KeyBackspace, Mod: tea.ModCtrl}, "ctrl+w": {Code: 'w', Mod: tea.ModCtrl},
	"ctrl+u": {Code: 'u', Mod: tea.ModCtrl}, "ctrl+k": {Code: 'k', Mod: tea.ModCtrl},
	// These say nothing to either.
	"tab": {Code: tea.KeyTab}, "up": {Code: tea.KeyUp}, "ctrl+n": {Code: 'n', Mod: tea.ModCtrl}, "f5": {Code: tea.KeyF5},
}

// wordDeletes delete forwards. textinput ends the program when one is pressed at the
// last letter, and takes two words where the first has one letter; so it is no
// reference for these.
var wordDeletes = map[string]tea.KeyPressMsg{
	"alt+d": {Code: 'd', Mod: tea.ModAlt}, "alt+delete": {Code: tea.KeyDelete, Mod: tea.ModAlt}, "ctrl+delete": {Code: tea.KeyDelete, Mod: tea.ModCtrl},
}

func TestLineKeys(t *testing.T) {
	for _, c := range []struct{ before, keys, after string }{
		{"one two|", "left", "one tw|o"},
		{"|one", "left", "|one"},
		{"one| two", "right ctrl+f", "one t|wo"},
		{"one|", "right", "one|"},
		{"one t|wo", "home", "|one two"},
		{"one t|wo", "ctrl+e", "one two|"},
		{"one two |", "alt+b", "one |two "},
		{"one two|", "ctrl+left alt+left", "|one two"},
		{"on|e  two", "alt+f", "one|  two"},
		{"one|  two", "ctrl+right", "one  two|"},
		{"one|", "backspace ctrl+h", "o|"},
		{"|one", "backspace", "|one"},
		{"|one", "delete ctrl+d", "|e"},
		{"one|", "delete", "one|"},
		{"one two  |", "ctrl+w", "one |"},
		{"one tw|o", "alt+backspace", "one |o"},
		{" one|", "ctrl+w", " |"},
		{"|one two", "alt+d", "| two"},
		{"a| b c", "alt+delete", "a| c"},
		{"on|e", "ctrl+delete", "on|"},
		{"one|", "alt+d", "one|"},
		{"one| two", "ctrl+u", "| two"},
		{"one| two", "ctrl+k", "one|"},
		{"é漢|字", "backspace", "é|字"},
		{"one|", "tab up f5 ctrl+n", "one|"},
	} {
		left, right, _ := strings.Cut(c.before, "|")
		l := line{runes: []rune(left + right), at: len([]rune(left))}
		for name := range strings.FieldsSeq(c.keys) {
			k, ok := lineKeys[name]
			if !ok {
				k, ok = wordDeletes[name]
			}
			if !ok || k.String() != name {
				t.Fatalf("key %s is %q", name, k.String())
			}
			l.press(k)
		}
		if got := string(l.runes[:l.at]) + "|" + string(l.runes[l.at:]); got != c.after {
			t.Errorf("%q, %s: %q, want %q", c.before, c.keys, got, c.after)
		}
	}
}

func TestLineInsert(t *testing.T) {
	for _, c := range []struct {
		before, added string
		limit         int
		after         string
	}{
		{"|", "ana", 0, "ana|"},
		{"a|a", "n", 0, "an|a"},
		{"|", "one\r\ntwo\tthree", 0, "one  two three|"},
		{"|", "a\x1b[31mb\x00c\u0085d\uFFFDe\xff", 0, "a[31mbcde|"},
		{"12|4", "399", 4, "123|4"},
		{"1234|", "5", 4, "1234|"},
		{"|", "漢字", 1, "漢|"},
	} {
		left, right, _ := strings.Cut(c.before, "|")
		l := line{runes: []rune(left + right), at: len([]rune(left)), limit: c.limit}
		l.insert(c.added)
		if got := string(l.runes[:l.at]) + "|" + string(l.runes[l.at:]); got != c.after {
			t.Errorf("%q with %q: %q, want %q", c.before, c.added, got, c.after)
		}
	}
}

// TestLineCopies: a screen is a value, and an older one must not see what is typed
// into a newer one.
func TestLineCopies(t *testing.T) {
	var older line
	older.set("one two")
	newer := older
	newer.press(lineKeys["ctrl+w"])
	newer.insert("six")
	if older.text() != "one two" || newer.text() != "one six" {
		t.Errorf("older %q, newer %q", older.text(), newer.text())
	}
}

// TestLineBesideTextinput: whatever is pressed and pasted, both show the same.
func TestLineBesideTextinput(t *testing.T) {
	names := make([]string, 0, len(lineKeys))
	for name := range lineKeys {
		names = append(names, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.IntRange(0, 12).Draw(t, "limit")
		peer := textinput.New()
		peer.CharLimit = limit
		peer.Focus()
		l := line{limit: limit}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			var msg tea.Msg
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				text := rapid.StringOfN(rapid.RuneFrom([]rune("ab é漢\t\n\x1b")), 1, 8, -1).Draw(t, "paste")
				msg = tea.PasteMsg{Content: text}
				l.insert(text)
			case 1:
				r := rapid.RuneFrom([]rune("xyz 0é漢")).Draw(t, "letter")
				k := tea.KeyPressMsg{Code: r, Text: string(r)}
				msg = k
				l.press(k)
			default:
				name := rapid.SampledFrom(names).Draw(t, "key")
				if takesSpaceToo(name, peer) {
					continue
				}
				msg = lineKeys[name]
				l.press(lineKeys[name])
			}
			peer, _ = peer.Update(msg)
			if l.text() != peer.Value() || l.at != peer.Position() {
				t.Fatalf("after %v: %q at %d, textinput %q at %d", msg, l.text(), l.at, peer.Value(), peer.Position())
			}
		}
	})
}

// takesSpaceToo: textinput deletes the space before a word, too, where it is the
// first letter of the text.
func takesSpaceToo(name string, peer textinput.Model) bool {
	before := []rune(peer.Value())[:peer.Position()]
	return (strings.HasSuffix(name, "+backspace") || name == "ctrl+w") && len(before) > 1 && unicode.IsSpace(before[0])
}
