package protect

// This file opens the way to a TPM, makes sure that a TPM 2.0 answers there, and
// repeats commands that the TPM asks to repeat.

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"

	"nod/vault/internal/waits"
)

// openWait is for a TPM that is busy with another program. A variable for the tests.
var openWait = 3 * time.Second

const (
	commandWait = 60 * time.Second // for one command; the kernel gives up sooner
	retryWait   = 10 * time.Second // for a TPM that says "again"
	answerMax   = 4096             // longest answer of a TPM in bytes
	headerLen   = 10               // tag, length, code; TPM 2.0 Part 1, "Command/Response Structure"
)

// errBusy is the answer of a TPM that serves somebody else.
var errBusy = errors.New("the TPM is busy with another program: try again in a moment")

// wire carries one command and its answer.
type wire interface {
	transport.TPMCloser
	// patience sets how long Send may take; a wire that can not be stopped ignores it.
	patience(time.Duration)
}

// link is an open way to a TPM 2.0.
type link struct {
	wire
	broken error // why nothing can be sent any more
}

// openLink opens device. It takes about openWait at most.
func openLink(device string) (*link, error) {
	if device == "" {
		return nil, fmt.Errorf("open TPM: %w", ErrAbsent)
	}
	end := time.Now().Add(waits.For(openWait))
	for {
		l, err := tryLink(device, time.Until(end))
		again := errors.Is(err, syscall.EBUSY) || errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.ECONNRESET) ||
			errors.Is(err, syscall.EPIPE)
		switch {
		case err == nil:
			return l, nil
		case errors.Is(err, os.ErrDeadlineExceeded), again && time.Until(end) <= 0:
			return nil, fmt.Errorf("open TPM %s: %w", device, errBusy)
		case !again:
			return nil, openError(device, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// tryLink opens device once and asks what answers there.
func tryLink(device string, patience time.Duration) (*link, error) {
	w, err := openWire(device)
	if err != nil {
		return nil, err
	}
	w.patience(max(patience, time.Millisecond))
	l := &link{wire: w}
	if err := l.isTPM2(); err != nil {
		w.Close()
		return nil, err
	}
	w.patience(commandWait)
	return l, nil
}

// openError says what a person can do when device does not open.
func openError(device string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENXIO), errors.Is(err, syscall.ENODEV):
		return fmt.Errorf("open TPM %s: %w", device, ErrAbsent)
	case errors.Is(err, fs.ErrPermission):
		group, who := "tss", "$USER"
		if u, err := user.Current(); err == nil {
			who = u.Username
		}
		if gid := groupOf(device); gid > 0 {
			if g, err := user.LookupGroupId(strconv.Itoa(gid)); err == nil {
				group = g.Name
			}
		}
		return fmt.Errorf("open TPM %s: you may not use it: run \"sudo usermod -aG %s %s\" and log in again: %w",
			device, group, who, fs.ErrPermission)
	case errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("open TPM %s: nothing answers there: start the virtual TPM: %w", device, err)
	}
	return fmt.Errorf("open TPM %s: %w", device, err)
}

// isTPM2 asks for the family of what is at the other end.
func (l *link) isTPM2() error {
	props, err := l.properties(tpm2.TPMPTFamilyIndicator, 1)
	var code tpm2.TPMRC
	if errors.As(err, &code) {
		return fmt.Errorf("the TPM does not answer as it should: %w", code)
	}
	if err != nil {
		return err
	}
	if props[tpm2.TPMPTFamilyIndicator] != 0x322E3000 { // "2.0"; TPM 2.0 Part 2, 6.13
		return errNotTPM2
	}
	return nil
}

// errNotTPM2 is what openLink says of a TPM 1.2 and of other devices.
var errNotTPM2 = errors.New("this is no TPM 2.0")

// Send sends a command until the TPM does not ask for it again, and returns the answer.
func (l *link) Send(command []byte) ([]byte, error) {
	end := time.Now().Add(retryWait)
	for wait := time.Millisecond; l.broken == nil; wait *= 2 {
		answer, err := l.wire.Send(command)
		if err == nil {
			err = checkAnswer(answer)
		}
		if err != nil {
			l.broken = fmt.Errorf("talk to the TPM: %w", err)
			break
		}
		switch tpm2.TPMRC(binary.BigEndian.Uint32(answer[6:])) {
		case tpm2.TPMRCRetry, tpm2.TPMRCYielded, tpm2.TPMRCTesting, tpm2.TPMRCNVRate:
			if time.Now().Before(end) {
				time.Sleep(wait)
				continue
			}
		}
		return answer, nil
	}
	return nil, l.broken
}

// checkAnswer looks whether an answer has the form of a TPM 2.0: tag 8001 or 8002
// and its own length. A TPM 1.2 answers with the tag 00C4.
func checkAnswer(answer []byte) error {
	if len(answer) < headerLen || answer[0] != 0x80 || answer[1] != 1 && answer[1] != 2 ||
		binary.BigEndian.Uint32(answer[2:]) != uint32(len(answer)) {
		return errNotTPM2
	}
	return nil
}

// properties returns the TPM's properties from first on.
func (l *link) properties(first tpm2.TPMPT, count uint32) (map[tpm2.TPMPT]uint32, error) {
	rsp, err := tpm2.GetCapability{
		Capability: tpm2.TPMCapTPMProperties, Property: uint32(first), PropertyCount: count,
	}.Execute(l)
	if err != nil {
		return nil, err
	}
	list, err := rsp.CapabilityData.Data.TPMProperties()
	if err != nil {
		return nil, err
	}
	props := map[tpm2.TPMPT]uint32{}
	for _, p := range list.TPMProperty {
		props[p.Property] = p.Value
	}
	return props, nil
}
