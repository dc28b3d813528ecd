package tui

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/exp/golden"
	"github.com/charmbracelet/x/vt"

	"nod/approve"
	"nod/vault/vaulttest"
)

// TestProgram runs the real program and renderer against an emulated terminal,
// on the bubble's clock.
func TestProgram(t *testing.T) {
	place := testVault(t)
	synctest.Test(t, func(t *testing.T) {
		screen := newTerminal()
		in, keyboard := io.Pipe()
		srv := newFakeServer()
		done := make(chan error, 1)
		go func() {
			// Not Run: a bubble can not take signals.
			m := newModel(t.Context(), Config{Place: place, Drivers: []approve.Driver{srv}, Cost: vaulttest.Cost})
			done <- m.run(m.program(m, tea.WithInput(in), tea.WithOutput(screen), tea.WithWindowSize(80, 24),
				tea.WithColorProfile(colorprofile.TrueColor), tea.WithoutSignals(), tea.WithoutSignalHandler(),
				tea.WithEnvironment([]string{"TERM=xterm-256color"})))
		}()
		frame := func() { time.Sleep(100*time.Millisecond + 1); synctest.Wait() }
		keys := func(s string) {
			if _, err := io.WriteString(keyboard, s); err != nil {
				t.Error(err)
			}
			frame()
		}
		frame()
		if got := screen.String(); !strings.Contains(got, "PIN  [ ○ ○ ○ ○ ]") {
			t.Errorf("no PIN box:\n%s", got)
		}
		keys(testPIN + "\r")
		frame()
		snap(t, screen, "codes")
		time.Sleep(25 * time.Second)
		frame()
		snap(t, screen, "later")
		srv.ask("r-7Q2M", "ana@demo.test")
		time.Sleep(time.Second)
		keys("A")
		time.Sleep(time.Second)
		keys("47" + testPIN + "\r")
		frame()
		snap(t, screen, "accepted")
		keys("\x03")
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		if got := screen.String(); strings.Contains(got, "Accepted") {
			t.Errorf("after quitting the screen is left behind:\n%s", got)
		}
		keyboard.Close()
		screen.emu.Close()
		time.Sleep(time.Hour) // the last tick: a bubble may not leak
	})
}

func snap(t *testing.T, screen *terminal, name string) {
	t.Helper()
	golden.RequireEqual(named{t, t.Name() + "/" + name}, screen.String()+"\n")
}

// terminal is an emulated terminal. It turns \n into \r\n, as a terminal driver
// does in cooked mode: without a tty the renderer counts on it.
type terminal struct {
	mu  sync.Mutex
	emu *vt.Emulator
}

func newTerminal() *terminal {
	t := &terminal{emu: vt.NewEmulator(80, 24)}
	go io.Copy(io.Discard, t.emu) // replies to queries
	return t
}

func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, err := t.emu.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n")))
	return len(p), err
}

func (t *terminal) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.emu.String()
}
