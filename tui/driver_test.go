package tui

import (
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"
)

// driver runs a model the way a tea.Program does, without a terminal. It lives
// in a synctest bubble: settle returns when every command waits for time to
// pass or for the test, and time.Sleep moves the clock at once.
type driver struct {
	t    *testing.T
	m    *Model
	msgs chan tea.Msg
	sent []tea.Msg // messages that are the program's own: clipboard, bell, quit
	// real gives ticks the monotonic reading that times in a bubble do not have, and step
	// is by how much the wall clock was set meanwhile; whole seconds.
	real bool
	step time.Duration
}

func drive(t *testing.T, m tea.Model) *driver {
	d := &driver{t: t, m: m.(*Model), msgs: make(chan tea.Msg)}
	t.Cleanup(func() { time.Sleep(time.Hour) }) // let the last timers fire: a bubble may not leak
	d.run(m.Init())
	d.size(80, 24)
	return d
}

func (d *driver) size(w, h int) { d.send(tea.WindowSizeMsg{Width: w, Height: h}) }

// send delivers msg and all that follows from it.
func (d *driver) send(msg tea.Msg) {
	d.update(msg)
	d.settle()
}

// press sends keys by name, such as "enter" or "ctrl+c".
func (d *driver) press(keys ...string) {
	for _, k := range keys {
		d.send(keyPress(k))
	}
}

// text types s.
func (d *driver) text(s string) {
	for _, r := range s {
		if r == ' ' {
			d.send(tea.KeyPressMsg{Code: tea.KeySpace, Text: " "})
			continue
		}
		d.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
}

// settle delivers messages until only the clock can produce more.
func (d *driver) settle() {
	for {
		synctest.Wait()
		select {
		case msg := <-d.msgs:
			d.update(msg)
		default:
			return
		}
	}
}

func (d *driver) update(msg tea.Msg) {
	switch reflect.TypeOf(msg).Name() {
	case "setClipboardMsg", "RawMsg", "QuitMsg", "SuspendMsg":
		d.sent = append(d.sent, msg)
	}
	if tick, ok := msg.(tickMsg); ok && d.real {
		msg = tickMsg(realTime(time.Time(tick), d.step))
	}
	next, cmd := d.m.Update(msg)
	d.m = next.(*Model)
	d.run(cmd)
}

// run starts cmd, as the program does.
func (d *driver) run(cmd tea.Cmd) {
	if cmd != nil {
		go func() { d.deliver(cmd()) }()
	}
}

// deliver hands msg to the model, or runs the commands that it holds.
func (d *driver) deliver(msg tea.Msg) {
	switch cmds := reflect.ValueOf(msg); {
	case msg == nil:
	case cmds.Type() == reflect.TypeFor[tea.BatchMsg]():
		for _, cmd := range msg.(tea.BatchMsg) {
			d.run(cmd)
		}
	case cmds.Type().ConvertibleTo(reflect.TypeFor[[]tea.Cmd]()): // tea.Sequence
		for i := range cmds.Len() {
			d.deliver(cmds.Index(i).Interface().(tea.Cmd)())
		}
	default:
		select {
		case d.msgs <- msg:
		case <-d.t.Context().Done():
		}
	}
}

// screen is what the window shows, without colours.
func (d *driver) screen() string { return ansi.Strip(d.m.View().Content) }

// see fails the test unless the screen shows all texts.
func (d *driver) see(texts ...string) {
	d.t.Helper()
	screen := d.screen()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			d.t.Errorf("the screen does not show %q:\n%s", text, screen)
		}
	}
}

// hide fails the test when the screen shows one of the texts.
func (d *driver) hide(texts ...string) {
	d.t.Helper()
	screen := d.screen()
	for _, text := range texts {
		if strings.Contains(screen, text) {
			d.t.Errorf("the screen shows %q:\n%s", text, screen)
		}
	}
}

// golden compares the screen, in both sizes, with testdata/TEST/name-WxH.golden.
// Each mask is replaced by stars: what is random.
func (d *driver) golden(name string, masks ...string) {
	d.t.Helper()
	for _, size := range []struct {
		w, h int
		name string
	}{{40, 10, "40x10"}, {80, 24, "80x24"}} {
		d.update(tea.WindowSizeMsg{Width: size.w, Height: size.h})
		text := d.screen()
		d.fits(name, text, size.w, size.h)
		for _, mask := range masks {
			text = strings.ReplaceAll(text, mask, strings.Repeat("*", len(mask)))
		}
		golden.RequireEqual(named{d.t, d.t.Name() + "/" + name + "-" + size.name}, strings.ReplaceAll(text+"\n", " \n", "\n"))
	}
}

// fits fails the test when a screen is larger than its window.
func (d *driver) fits(name, text string, w, h int) {
	d.t.Helper()
	lines := strings.Split(text, "\n")
	if len(lines) > h {
		d.t.Errorf("%s has %d lines in a window of %d:\n%s", name, len(lines), h, text)
	}
	for _, l := range lines {
		if got := ansi.StringWidth(l); got > w {
			d.t.Errorf("%s has a line of %d cells in a window of %d: %q", name, got, w, l)
		}
	}
}

// named gives one test several golden files: T.Run is not allowed in a bubble.
type named struct {
	testing.TB
	name string
}

func (n named) Name() string { return n.name }

var keyCodes = map[string]rune{
	"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab,
	"up": tea.KeyUp, "down": tea.KeyDown, "left": tea.KeyLeft, "right": tea.KeyRight,
	"backspace": tea.KeyBackspace, "f1": tea.KeyF1, "f2": tea.KeyF2, "f3": tea.KeyF3, "f4": tea.KeyF4,
}

func keyPress(name string) tea.KeyPressMsg {
	switch code, ok := keyCodes[name]; {
	case ok:
		return tea.KeyPressMsg{Code: code}
	case name == "shift+tab":
		return tea.KeyPressMsg{Code: tea.KeyTab, Mod: tea.ModShift}
	case name == "space":
		return tea.KeyPressMsg{Code: tea.KeySpace, Text: " "}
	case len(name) == len("ctrl+x") && name[:5] == "ctrl+":
		return tea.KeyPressMsg{Code: rune(name[5]), Mod: tea.ModCtrl}
	}
	r, _ := utf8.DecodeRuneInString(name)
	return tea.KeyPressMsg{Code: r, Text: name}
}

// wait lets time pass.
func (d *driver) wait(dur time.Duration) {
	end := time.After(dur)
	for {
		select {
		case msg := <-d.msgs:
			d.update(msg)
		case <-end:
			d.settle()
			return
		}
	}
}

// paste sends text as a bracketed paste.
func (d *driver) paste(text string) { d.send(tea.PasteMsg{Content: text}) }
