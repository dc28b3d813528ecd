package protect

// This file tests what is said when no TPM 2.0 answers, and that nothing waits
// for ever.

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-tpm/tpm2"
)

// all returns the errors of each call of c.
func all(c Chip) map[string]error {
	_, _, sealErr := c.Seal(slotID(1), []byte(rightAuth))
	_, openErr := c.Open(slotID(1), sample().marshal(), []byte(rightAuth))
	return map[string]error{"ready": c.Ready(), "seal": sealErr, "open": openErr, "forget": c.Forget(slotID(1))}
}

func TestTPMMissing(t *testing.T) {
	for _, device := range []string{"", filepath.Join(t.TempDir(), "tpmrm0")} {
		for call, err := range all(Chip{Device: device}) {
			if !errors.Is(err, ErrAbsent) {
				t.Errorf("%s %q: %v, want %v", call, device, err, ErrAbsent)
			}
		}
	}
}

func TestTPMThatIsNone(t *testing.T) {
	dir, err := os.MkdirTemp("", "nod-tpm")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	for name, answer := range map[string]string{
		"TPM 1.2":    "\x00\xC4\x00\x00\x00\x0A\x00\x00\x00\x1E",
		"no message": "HTTP/1.1 400 Bad Request\r\n\r\n",
		"wrong size": "\x80\x01\x00\x00\x10\x01\x00\x00\x00\x00",
		"too short":  "\x80\x01\x00\x00\x00\x09\x00\x00\x00\x00",
		"other family": "\x80\x01\x00\x00\x00\x1B\x00\x00\x00\x00" + // GetCapability
			"\x00\x00\x00\x00\x06\x00\x00\x00\x01\x00\x00\x01\x00\x31\x2E\x32\x00",
		"no property": "\x80\x01\x00\x00\x00\x13\x00\x00\x00\x00\x00\x00\x00\x00\x06\x00\x00\x00\x00",
	} {
		socket := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		answerWith(t, socket, answer)
		for call, err := range all(Chip{Device: socket}) {
			if !errors.Is(err, errNotTPM2) || errors.Is(err, ErrAbsent) {
				t.Errorf("%s of %s: %v, want %v", call, name, err, errNotTPM2)
			}
		}
	}
}

// answerWith answers each message to a socket with the same.
func answerWith(t *testing.T, socket, answer string) {
	t.Helper()
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			if _, err := message(conn); err == nil {
				conn.Write([]byte(answer))
			}
			conn.Close()
		}
	}()
}

func TestTPMThatReportsAFailure(t *testing.T) {
	p := startTPM(t)
	c := Chip{Device: p.between(func([]byte, func([]byte) []byte) []byte { return answerCode(tpm2.TPMRCFailure) })}
	for call, err := range all(c) {
		if !errors.Is(err, tpm2.TPMRCFailure) || errors.Is(err, ErrAbsent) {
			t.Errorf("%s: %v, want %v", call, err, tpm2.TPMRCFailure)
		}
	}
}

func TestTPMNobodyListens(t *testing.T) {
	p := startTPM(t)
	p.end(os.Kill)
	listener, err := net.Listen("unix", p.socket)
	if err != nil {
		t.Fatal(err)
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	listener.Close()
	for call, err := range all(Chip{Device: p.socket}) {
		if err == nil || errors.Is(err, ErrAbsent) || !strings.Contains(err.Error(), "start the virtual TPM") {
			t.Errorf("%s: %v", call, err)
		}
	}
}

func TestTPMBusy(t *testing.T) {
	p := startTPM(t)
	p.raw(func(*link) { // serves this one and nobody else
		openWait = 300 * time.Millisecond
		if err := (Chip{Device: p.socket}).Ready(); !errors.Is(err, errBusy) {
			t.Errorf("ready: %v, want %v", err, errBusy)
		}
		openWait = time.Minute
	})
	if err := (Chip{Device: p.socket}).Ready(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestTPMThatAsksAgain(t *testing.T) {
	p := startTPM(t)
	var asked atomic.Int64
	codes := []tpm2.TPMRC{tpm2.TPMRCRetry, tpm2.TPMRCYielded, tpm2.TPMRCTesting, tpm2.TPMRCNVRate}
	c := Chip{Device: p.between(func(command []byte, pass func([]byte) []byte) []byte {
		if n := asked.Add(1); n%3 != 0 {
			return answerCode(codes[n%4])
		}
		return pass(command)
	})}
	secret, blob := seal(t, c, slotID(1), rightAuth)
	opens(t, c, slotID(1), blob, secret)
	wrong(t, c, slotID(1), blob, tries-1)
	wrong(t, c, slotID(1), blob, tries-2)
}
