package memory

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"unsafe"
)

// envRole makes the test binary, started again, do what it says instead of
// running tests.
const envRole = "NOD_MEMORY_TEST_ROLE"

func TestMain(m *testing.M) {
	role := os.Getenv(envRole)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := play(role); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// play does a role; those of one system are in its own file.
func play(role string) error {
	locked, reason := Locked()
	switch role {
	case "before", "after":
		if !locked {
			return errors.New(reason)
		}
		at := unsafe.Pointer(unsafe.SliceData(shared.region))
		if role == "before" {
			at = unsafe.Add(at, -1)
		} else {
			at = unsafe.Add(at, arenaSize)
		}
		fmt.Println("reading")
		fmt.Println(*(*byte)(at))
		return nil
	}
	return playSystem(role)
}

// process returns the test binary in a role.
func process(t *testing.T, role string) *exec.Cmd {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), envRole+"="+role, "GORACE=atexit_sleep_ms=0")
	return cmd
}

// fresh returns an arena that nobody else uses; it is never unmapped.
func fresh(t *testing.T) *arena {
	t.Helper()
	a := &arena{}
	a.open()
	if a.region == nil {
		t.Skipf("no arena here: %v", a.state)
	}
	return a
}

func TestBuffersAreApart(t *testing.T) {
	a := fresh(t)
	var all []*Buffer
	for i, n := range []int{1, 32, 64, 65, 200, 0, 4096} {
		b := a.take(n)
		if len(b.Bytes()) != n || cap(b.Bytes()) != n {
			t.Errorf("%d bytes asked: %d of %d", n, len(b.Bytes()), cap(b.Bytes()))
		}
		for j := range b.data {
			b.data[j] = byte(i + 1)
		}
		all = append(all, b)
	}
	for i, b := range all {
		if want := bytes.Repeat([]byte{byte(i + 1)}, len(b.data)); !bytes.Equal(b.Bytes(), want) {
			t.Errorf("buffer %d was written by another: %x", i, b.Bytes())
		}
	}
	for _, b := range all {
		b.Free()
	}
	if want := (&arena{}).taken; a.taken != want {
		t.Error("units stay taken after Free")
	}
}

func TestFreeWipes(t *testing.T) {
	for _, b := range []*Buffer{fresh(t).take(40), (&arena{opened: true}).take(40)} {
		copy(b.Bytes(), "forty bytes of a key that must be wiped!")
		under := b.Bytes()
		b.Free()
		if !bytes.Equal(under, make([]byte, 40)) {
			t.Errorf("after Free: %q", under)
		}
		if b.Bytes() != nil {
			t.Error("bytes can be used after Free")
		}
	}
}

// TestDoubleFree frees a buffer again when its place has a new owner.
func TestDoubleFree(t *testing.T) {
	a := fresh(t)
	first := a.take(32)
	first.Free()
	second := a.take(32)
	copy(second.Bytes(), "second")
	first.Free()
	if !bytes.HasPrefix(second.Bytes(), []byte("second")) || a.take(32).first == second.first {
		t.Error("the second Free took the place from its new owner")
	}
	var none *Buffer
	none.Free()
	if none.Bytes() != nil || none.Clone().Bytes() == nil {
		t.Error("a nil Buffer is not empty")
	}
}

func TestMoveAndClone(t *testing.T) {
	secret := []byte("moved")
	b := Move(secret)
	defer b.Free()
	c := b.Clone()
	defer c.Free()
	if string(b.Bytes()) != "moved" || string(c.Bytes()) != "moved" || string(secret) != "\x00\x00\x00\x00\x00" {
		t.Errorf("moved %q, cloned %q, left %q", b.Bytes(), c.Bytes(), secret)
	}
	b.Free()
	if string(c.Bytes()) != "moved" {
		t.Error("the clone went with the original")
	}
	if len(b.Clone().Bytes()) != 0 {
		t.Error("what was freed can be cloned")
	}
}

func TestFullArenaFallsBackToTheHeap(t *testing.T) {
	a := fresh(t)
	var all []*Buffer
	for range arenaSize / unit {
		all = append(all, a.take(unit))
	}
	for i, b := range all {
		if b.first != i {
			t.Fatalf("buffer %d is at unit %d", i, b.first)
		}
	}
	over := a.take(32)
	if over.first != -1 || len(over.Bytes()) != 32 {
		t.Errorf("from a full arena: unit %d, %d bytes", over.first, len(over.Bytes()))
	}
	over.Free()
	all[7].Free()
	all[9].Free()
	if b := a.take(2 * unit); b.first != -1 {
		t.Errorf("two units found at %d, in one of them", b.first)
	}
	if b := a.take(unit); b.first != 7 {
		t.Errorf("the first free unit is 7, given out: %d", b.first)
	}
	if b := a.take(arenaSize + 1); b.first != -1 || len(b.Bytes()) != arenaSize+1 {
		t.Errorf("more than there is: unit %d, %d bytes", b.first, len(b.Bytes()))
	}
}

func TestNoArena(t *testing.T) {
	a := &arena{opened: true, state: errors.New("refused")}
	b := a.take(32)
	copy(b.Bytes(), "key")
	if b.first != -1 || string(b.Bytes()[:3]) != "key" {
		t.Errorf("without an arena: unit %d, %q", b.first, b.Bytes())
	}
	b.Free()
}

// TestConcurrentUse has many goroutines take, fill, check and free.
func TestConcurrentUse(t *testing.T) {
	a := fresh(t)
	var all sync.WaitGroup
	for g := range 16 {
		all.Go(func() {
			for i := range 300 {
				b := a.take(1 + (g*37+i*13)%500)
				for j := range b.Bytes() {
					if b.Bytes()[j] != 0 {
						t.Error("a new buffer is not zero")
						return
					}
					b.Bytes()[j] = byte(g + 1)
				}
				for _, v := range b.Bytes() {
					if v != byte(g+1) {
						t.Error("another goroutine wrote here")
						return
					}
				}
				b.Free()
			}
		})
	}
	all.Wait()
	if want := (&arena{}).taken; a.taken != want {
		t.Error("units stay taken")
	}
}

func TestBufferNeverPrints(t *testing.T) {
	b := Move([]byte("hidden"))
	defer b.Free()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d", "%q"} {
		if got := fmt.Sprintf(verb, b); got != "memory [redacted]" {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}

// TestGuardPages reads one byte past each end of the arena, in a process each.
func TestGuardPages(t *testing.T) {
	if locked, reason := Locked(); !locked {
		t.Skip(reason)
	}
	for _, role := range []string{"before", "after"} {
		out, err := process(t, role).CombinedOutput()
		if err == nil || !strings.HasPrefix(string(out), "reading") || !strings.Contains(string(out), "fault") {
			t.Errorf("reading %s the arena: %v, want a fault\n%s", role, err, out)
		}
	}
}

func TestDo(t *testing.T) {
	ran := false
	Do(func() { ran = true })
	if !ran {
		t.Error("Do did not run its function")
	}
	defer func() {
		if recover() != "passed on" {
			t.Error("Do does not pass a panic on")
		}
	}()
	Do(func() { panic("passed on") })
}
