package tui

// This file: adding from the clipboard, the screen, the camera and by pasting.

import (
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"nod/scan"
)

// The parts of one export of Google Authenticator: M / m, N / n.
const (
	partOne = "otpauth-migration://offline?data=ChwKDkhlbGxvLVdvcmxkITEyEgFtGgFNIAEoATACEAIYAiAA"
	partTwo = "otpauth-migration://offline?data=ChwKDldvcmxkLUhlbGxvITM0EgFuGgFOIAEoATACEAIYAiAB"
)

// fakeDesk gives each source's next result; a source without one is absent.
type fakeDesk struct {
	next map[scan.Source][]scan.Result
	err  map[scan.Source]error
	hang bool // until the context ends

	// mu guards next: the menu asks what is there while a source may already be read.
	mu sync.Mutex
}

func (f *fakeDesk) Check(_ context.Context, s scan.Source) error {
	if err := f.err[s]; err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next[s] == nil {
		return &scan.AbsentError{Kind: s}
	}
	return nil
}

func (f *fakeDesk) Scan(ctx context.Context, s scan.Source) (scan.Result, error) {
	if f.hang {
		<-ctx.Done()
		return scan.Result{}, ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.next[s]
	if len(all) == 0 {
		return scan.Result{}, scan.ErrEmpty
	}
	f.next[s] = all[1:]
	return all[0], nil
}

func holding(texts ...string) scan.Result {
	r := scan.Result{Format: "png", Width: 1280, Height: 800}
	for _, text := range texts {
		r.Codes = append(r.Codes, scan.Code{Text: text})
	}
	return r
}

func TestAddSources(t *testing.T) {
	desk := &fakeDesk{
		next: map[scan.Source][]scan.Result{
			scan.Clipboard: {holding(newLink)},
			scan.Screen:    {holding(newLink, "https://helpdesk.demo.test/faq", "nod://pair?v=1&srv=x&t=y", sameLink)},
			scan.Camera:    {{}},
		},
		err: map[scan.Source]error{scan.Region: &scan.MissingError{
			Kind: scan.Region, Tools: []string{"grim with slurp"}, Packages: []string{"slurp"}, Install: "sudo apt install slurp",
		}},
	}
	inBubble(t, Config{Desk: desk}, func(d *driver, _ *fakeServer) {
		d.press("a")
		d.golden("menu")
		everySize(d, "menu with sources")
		d.size(80, 24)
		d.press("S")
		d.see("Nod needs grim with slurp for the region. Install slurp: sudo apt install")
		d.press("v")
		d.see("The camera saw no QR code.")

		d.press("s")
		d.golden("preview-screen")
		everySize(d, "preview of a screen")
		d.size(80, 24)
		d.press("tab") // the pairing link
		d.see("Enter pair")
		d.press("enter")
		d.see("Pair with a server")
		d.press("esc")
		d.see("found 4 QR codes", "Wiki")
		d.press("tab", "right") // the account that is there already
		d.see("replace")
		d.press("enter")
		d.see("Added 2 accounts", "10 accounts")

		d.press("a", "c")
		d.see("Clipboard", "have it", "already")
		d.press("enter")
		d.see("All of it is there already")
	})
}

func TestAddStops(t *testing.T) {
	desk := &fakeDesk{next: map[scan.Source][]scan.Result{scan.Screen: {holding(newLink)}}, hang: true}
	inBubble(t, Config{Desk: desk}, func(d *driver, _ *fakeServer) {
		d.press("a", "s")
		d.wait(time.Second)
		d.see("Looking at the screen", "Esc stop")
		d.press("j", "enter", "s")
		d.see("Looking at the screen")
		d.press("esc")
		d.see("Add an account", "Stopped.")
		d.hide("Looking")

		d.press("s")
		d.wait(time.Second)
		d.wait(5 * time.Minute) // it locks meanwhile
		d.see("PIN")
		d.hide("Looking")
	})
}

func TestAddParts(t *testing.T) {
	desk := &fakeDesk{next: map[scan.Source][]scan.Result{scan.Clipboard: {holding(partOne), holding(partOne), holding(partTwo), {}}}}
	inBubble(t, Config{Desk: desk}, func(d *driver, _ *fakeServer) {
		d.press("a", "c")
		d.golden("one-of-two")
		everySize(d, "a part is missing")
		d.size(80, 24)
		d.press("enter") // scan the next part: the same one is still there
		d.see("That holds nothing new. Show part 2 of 2.")
		d.press("enter")
		d.see("[x] 1", "[x] 2", "found 2 QR codes")
		d.hide("Scan the next part")
		d.press("enter")
		d.see("Added 2 accounts", "11 accounts")
	})
	desk.next[scan.Clipboard] = []scan.Result{holding(newLink)}
	inBubble(t, Config{Desk: desk}, func(d *driver, _ *fakeServer) {
		d.update(keyPress("a")) // faster than the look at what is installed
		d.update(keyPress("c"))
		d.settle()
		d.see("Clipboard", "Wiki")
	})
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.press("a")
		d.paste(partOne)
		d.see("Part 1 of 2 read. Show part 2.")
		d.press("enter")
		d.see("The next part")
		d.press("esc")
		d.see("Scan the next part")
		d.press("enter")
		d.paste(partTwo)
		d.see("[x] 1", "[x] 2")
		d.press("esc", "esc")
		d.see("9 accounts")

		d.press("a")
		d.paste(partTwo)
		d.press("tab", "enter") // saving what is there is possible
		d.see("Part 1 of the export is missing; add it later.", "10 accounts")
	})
}

func TestAddPasted(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		path := picture(t, d.m.config.Home, newLink)
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{
			"a path":           "'" + path + "'\n",
			"a data address":   "data:image/png;base64," + base64.StdEncoding.EncodeToString(data),
			"a drawn code":     drawn(t, newLink),
			"a broken link":    newLink[:60] + "\n" + newLink[60:],
			"an address":       "file://" + path,
			"a path from home": "~/setup.png",
		} {
			for _, keys := range [][]string{{"a"}, {"a", "u"}, {"a", "i"}} {
				d.press(keys...)
				d.paste(text)
				if at := d.screen(); len(keys) > 1 && !strings.Contains(at, "Code now") {
					d.press("enter")
				}
				if !strings.Contains(d.screen(), "Code now") {
					t.Errorf("%s after %v leads to\n%s", name, keys, d.screen())
				}
				for range 3 {
					d.press("esc")
				}
			}
		}
		d.press("a")
		d.paste("nothing of this\nis a code\n")
		d.see("No QR code was found.")
		d.paste("data:image/png;base64,AAAA")
		d.see("That file is no picture")
	})
}

// drawn draws a code with two characters a module, as a terminal shows it.
func drawn(t *testing.T, text string) string {
	t.Helper()
	bits, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, 0, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("$ qrencode -t ASCII\r\n")
	for y := range bits.GetHeight() {
		for x := range bits.GetWidth() {
			if bits.Get(x, y) {
				b.WriteString("##")
			} else {
				b.WriteString("  ")
			}
		}
		b.WriteString("\r\n")
	}
	return b.String()
}

func TestAddFolder(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		dir := filepath.Join(d.m.config.Home, "codes")
		for i, text := range []string{newLink, sameLink} {
			sub := filepath.Join(dir, string(rune('a'+i)))
			if err := os.MkdirAll(sub, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(picture(t, sub, text), filepath.Join(dir, string(rune('a'+i))+".png")); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "c.png"), []byte("\x89PNG\r\n\x1a\ncut off"), 0o600); err != nil {
			t.Fatal(err)
		}
		d.press("a", "i")
		d.text("~/codes")
		d.press("enter")
		d.golden("preview")
		everySize(d, "preview of a folder")
		d.size(80, 24)
		d.press("shift+tab", "shift+tab", "space")
		d.see("[x] delete these 2 pictures after saving")
		d.press("shift+tab", "right", "right")
		d.see("(•) skip it")
		d.press("left", "enter")
		d.see("Added 2 accounts", "10 accounts")
		for name, there := range map[string]bool{"a.png": false, "b.png": false, "c.png": true} {
			if _, err := os.Stat(filepath.Join(dir, name)); errors.Is(err, os.ErrNotExist) == there {
				t.Errorf("%s: %v, want it there: %v", name, err, there)
			}
		}
	})
}

func TestAddKnown(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.press("a")
		d.send(tea.PasteMsg{Content: newLink})
		d.press("enter")
		d.see("10 accounts")
		d.press("a")
		d.send(tea.PasteMsg{Content: newLink})
		d.golden("known")
		d.press("shift+tab", "enter")
		d.see("All of it is there already, with the same keys.")
		d.press("tab", "space", "enter") // and yet
		d.see("11 accounts")
	})
}
