package tui

// This file looks for what was typed in the memory of the program.

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// TestLockForgetsWhatWasTyped types PINs that are in no file and no program, as
// a program types them: all at once.
func TestLockForgetsWhatWasTyped(t *testing.T) {
	for _, test := range []struct{ name, before, after string }{
		{"typed", "", ""},
		{"after an arrow key", "\x1b[C", ""},
		{"pasted", pasteBegin, pasteEnd},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := fixtureDir(t)
			w := openWindow(t, dir, "")
			pin := make([]byte, 12)
			rand.Read(pin)
			for i := range pin {
				pin[i] = '0' + pin[i]%10
			}
			w.see(`PIN  \[`)
			pid := process(t, dir).Pid
			w.write(test.before + string(pin) + test.after + "\r")
			w.see("Wrong PIN")
			w.write(testPIN + "\r")
			w.see("SALTO KS")
			if inMemory(t, pid, []byte("SALTO KS")) == 0 {
				t.Fatal("what is on the screen is not found in memory: this test shows nothing")
			}
			w.write("L")
			w.see("locked")
			found := -1
			for range 1200 {
				if found = inMemory(t, pid, pin); found == 0 {
					break
				}
				time.Sleep(50 * time.Millisecond) // another process erases it
			}
			if found != 0 {
				t.Errorf("%d copies of the PIN are in memory after the lock", found)
			}
			w.write(testPIN + "\r") // keys still arrive
			w.see("SALTO KS")
			w.write("\x03")
			w.wait()
		})
	}
}

// inMemory counts how often a process has text in its memory.
func inMemory(t *testing.T, pid int, text []byte) (n int) {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Fatal(err)
	}
	defer memory.Close()
	for line := range strings.Lines(string(maps)) {
		var from, to uint64
		var mode string
		if _, err := fmt.Sscanf(line, "%x-%x %s", &from, &to, &mode); err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(mode, "rw") {
			continue
		}
		area := make([]byte, to-from)
		read, _ := memory.ReadAt(area, int64(from)) // it may have gone meanwhile
		n += bytes.Count(area[:read], text)
	}
	return n
}
