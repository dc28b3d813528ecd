package protect

// This file tests device files. A pseudo-terminal is one that can be waited for,
// as the kernel's TPM is; a real TPM answers behind it.

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/term"
)

func TestTPMDeviceFile(t *testing.T) {
	p := startTPM(t)
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	if _, err := term.MakeRaw(int(slave.Fd())); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			command, err := message(master)
			if err != nil {
				return
			}
			tpm := p.dial()
			tpm.Write(command)
			answer, err := message(tpm)
			if err != nil {
				t.Error(err)
			}
			tpm.Close()
			master.Write(answer)
		}
	}()
	c, id := Chip{Device: slave.Name()}, slotID(1)
	if err := c.Ready(); err != nil {
		t.Fatal(err)
	}
	secret, blob := seal(t, c, id, rightAuth)
	opens(t, c, id, blob, secret)
	wrong(t, c, id, blob, tries-1)
	if err := c.Forget(id); err != nil {
		t.Error(err)
	}
	if list := p.loaded(); len(list) != 0 {
		t.Errorf("left in the TPM: %v", list)
	}
}

func TestTPMDeviceFilesThatAreNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, device := range []string{file, fifo, t.TempDir(), "/dev/null", "/dev/zero"} {
		for call, err := range all(Chip{Device: device}) {
			if !errors.Is(err, errNotTPM2) || errors.Is(err, ErrAbsent) {
				t.Errorf("%s of %s: %v, want %v", call, device, err, errNotTPM2)
			}
		}
	}
}

func TestTPMDeviceThatNeverAnswers(t *testing.T) {
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	if err := (Chip{Device: slave.Name()}).Ready(); err == nil || errors.Is(err, ErrAbsent) {
		t.Errorf("ready: %v", err)
	}
}

func TestTPMWithAFullQueue(t *testing.T) {
	dir, err := os.MkdirTemp("", "nod-tpm")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	address := &syscall.SockaddrUnix{Name: filepath.Join(dir, "tpm")}
	listener, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(listener)
	if err := errors.Join(syscall.Bind(listener, address), syscall.Listen(listener, 0)); err != nil {
		t.Fatal(err)
	}
	for err == nil { // until nobody else can queue
		var conn net.Conn
		if conn, err = net.Dial("unix", address.Name); err == nil {
			defer conn.Close()
		}
	}
	if err := (Chip{Device: address.Name}).Ready(); !errors.Is(err, errBusy) {
		t.Errorf("ready: %v, want %v", err, errBusy)
	}
}

// TestTPMNotAllowed opens the TPM as a user who may not, on a thread that ends
// with the user.
func TestTPMNotAllowed(t *testing.T) {
	if os.Getuid() != 0 {
		missing(t, "only root can become another user")
	}
	p := startTPM(t)
	if err := os.Chmod(p.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer master.Close()
	defer slave.Close()
	const tty = 5 // a group that is not root's
	for device, mode := range map[string]fs.FileMode{p.socket: 0o600, slave.Name(): 0o660} {
		if err := errors.Join(os.Chown(device, 0, tty), os.Chmod(device, mode)); err != nil {
			t.Fatal(err)
		}
		done := make(chan map[string]error)
		go func() {
			runtime.LockOSThread() // and never unlocked: the thread ends here
			if err := syscall.Setfsuid(65534); err != nil {
				t.Error(err)
			}
			done <- all(Chip{Device: device})
		}()
		for call, err := range <-done {
			if !errors.Is(err, fs.ErrPermission) || errors.Is(err, ErrAbsent) || !strings.Contains(err.Error(), "sudo usermod -aG t") ||
				!strings.Contains(err.Error(), "log in again") {
				t.Errorf("%s of %s: %v", call, device, err)
			}
		}
	}
}
