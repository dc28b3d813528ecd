//go:build unix

package tui

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/creack/pty"
)

// TestKeyboardReads: the keys of one write come one by one, what has to stay
// together comes together, and pastes come in large pieces.
func TestKeyboardReads(t *testing.T) {
	const more = "…" // the rest of the library's space is filled
	long := strings.Repeat("0123456789", 300)
	for _, test := range []struct{ typed, want string }{
		{"4821\r", "4… 8… 2… 1… \r…"},
		{"\x1b[A4\x1bOB8", "\x1b[A 4… \x1bOB 8…"},
		{"\x1b[[A4\x1ba\x1b\x1b[A8", "\x1b[[A 4… \x1ba \x1b\x1b[A 8…"},
		{"é€😀\xff4", "é… €… 😀… \xff 4…"},
		{"\x1b[57400u\x1b[57401;1u", "\x1b[57400u… \x1b[57401;1u…"},
		{"\x1b]11;rgb:0000/0000/0000\x1b\\4\x1b]11;#000\a8", "\x1b]11;rgb:0000/0000/0000\x1b\\ 4… \x1b]11;#000\a 8…"},
		{"\x1b[200~4821\x1b[201~\r", "\x1b[200~ 4821\x1b[201~ \r…"},
		{"\x1b[200~\x1b[20\x1b[\x1b\x1b[201~4821", "\x1b[200~ \x1b[20\x1b[\x1b\x1b[201~ 4… 8… 2… 1…"},
		{"\x1b[200~" + long + "\x1b[201~4\x1b", "\x1b[200~ " + long + "\x1b[201~ 4… \x1b"},
	} {
		in, keys, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(keys, test.typed); err != nil {
			t.Fatal(err)
		}
		keys.Close()
		k := newKeyboard(in)
		var got []string
		for {
			var space [4096]byte
			within := k.pasting && len(k.begun) > 0
			n, err := k.Read(space[:])
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			key, filled, _ := strings.Cut(string(space[:n]), "\x1b_.")
			if filled != "" {
				if n != len(space) {
					t.Errorf("%q: %d of %d bytes are filled", test.typed, n, len(space))
				}
				key += more
			}
			if within {
				got[len(got)-1] += key // another piece of the paste
			} else {
				got = append(got, key)
			}
		}
		in.Close()
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("%q is read as\n%q, want\n%q", test.typed, got, test.want)
		}
		if len(k.begun) > 1 || slices.ContainsFunc(k.begun[len(k.begun):cap(k.begun)], func(b byte) bool { return b != 0 }) {
			t.Errorf("%q: %q is kept", test.typed, k.begun[:cap(k.begun)])
		}
	}
}

// TestKeyboardMessages compares what the library makes of keys with what it makes
// of them without the keyboard.
func TestKeyboardMessages(t *testing.T) {
	typed := "4821\rax\x1b[A\x1b[1;5C\x1bOP\x1b[15~\x1b[[A\x1bz\t\x7f\x15é€😀" +
		"\x1b[57400u\x1b[97;5u\x1b[I\x1b[O\x1b]11;rgb:1111/2222/3333\x1b\\" +
		"\x1b[200~pasted é \x1b[A\n4821\x1b[201~\r0\x1b[200~" + strings.Repeat("0123456789", 2000) + "\x1b[201~!"
	want := messages(t, false, typed)
	if len(want) < 25 {
		t.Fatalf("%d messages: this test shows nothing: %q", len(want), want)
	}
	if got := messages(t, true, typed); !slices.Equal(got, want) {
		t.Errorf("%q, want\n%q", got, want)
	}
}

// messages returns what the library makes of what is typed, up to the last "!".
func messages(t *testing.T, ours bool, typed string) []string {
	t.Helper()
	terminal, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	defer tty.Close()
	var input io.Reader = tty
	if ours {
		input = newKeyboard(tty)
	}
	r := &recorder{ready: make(chan struct{})}
	done := make(chan error, 1)
	go func() {
		_, err := tea.NewProgram(r, tea.WithContext(t.Context()), tea.WithInput(input), tea.WithOutput(io.Discard),
			tea.WithEnvironment([]string{"TERM=linux"}), tea.WithWindowSize(80, 24), tea.WithoutSignals(), tea.WithoutSignalHandler()).Run()
		done <- err
	}()
	<-r.ready // the terminal is in raw mode
	if _, err := io.WriteString(terminal, typed); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(60 * time.Second):
		t.Fatal("the last key does not arrive")
	}
	return r.got
}

// recorder is a program that notes its messages.
type recorder struct {
	ready chan struct{}
	got   []string
}

func (r *recorder) Init() tea.Cmd { close(r.ready); return nil }

func (r *recorder) View() tea.View { return tea.NewView("") }

func (r *recorder) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		r.got = append(r.got, "key "+msg.String()+" "+msg.Text)
		if msg.Text == "!" {
			return r, tea.Quit
		}
	case tea.PasteMsg:
		r.got = append(r.got, "paste "+msg.Content)
	case tea.FocusMsg, tea.BlurMsg, tea.BackgroundColorMsg, tea.KeyReleaseMsg:
		r.got = append(r.got, fmt.Sprintf("%T %v", msg, msg))
	case tea.WindowSizeMsg, tea.EnvMsg, tea.ColorProfileMsg:
	default:
		r.got = append(r.got, fmt.Sprintf("%T %v", msg, msg))
	}
	return r, nil
}
