package vault

// This file is the process whose memory scanner_linux_test.go looks through. It
// does step by step what it is told over a pipe. What it is given it wipes
// itself: whatever is found is the vault's.

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"
	"unsafe"

	"nod/vault/otp"
)

// roleScanned is the role of the process.
const roleScanned = "scanned"

func init() { moreRoles[roleScanned] = scanned }

// inbox is where a step is read to, always the same bytes.
type inbox struct{ buf, rest []byte }

// next reads a step: its name and its fields.
func (in *inbox) next() (string, error) {
	var size [4]byte
	if _, err := io.ReadFull(os.Stdin, size[:]); err != nil {
		return "", err
	}
	in.rest = in.buf[:binary.BigEndian.Uint32(size[:])]
	if _, err := io.ReadFull(os.Stdin, in.rest); err != nil {
		return "", err
	}
	return string(in.field()), nil
}

// field takes the next field. It is wiped after the step.
func (in *inbox) field() []byte {
	n := binary.BigEndian.Uint16(in.rest)
	f := in.rest[2:][:n:n]
	in.rest = in.rest[2+n:]
	return f
}

// text is field as a string of the same bytes.
func (in *inbox) text() string {
	f := in.field()
	return unsafe.String(unsafe.SliceData(f), len(f))
}

// scanned does steps until there are no more.
func scanned(p Place) error {
	s := &subject{place: p, in: &inbox{buf: make([]byte, 4<<10)}}
	steps := map[string]func() error{
		"create": s.create, "add": s.add, "pair": s.pair, "codes": s.codes, "approve": s.approve, "reveal": s.reveal,
		"slot": s.addSlot, "change": s.change, "session": s.setSession, "rest": s.restNow, "wake": s.wake,
		"open": s.open, "wrong": s.wrong, "close": s.close, "keep": s.keep,
	}
	for {
		step, err := s.in.next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		done := make(chan error)
		go func() { done <- steps[step]() }() // on a stack that is given back
		err = <-done
		clear(s.in.buf)
		if err != nil {
			return fmt.Errorf("%s: %w", step, err)
		}
		runtime.GC() // erases what is not used any more
		runtime.GC() // and what the first still found in a sync.Pool
		if _, err := os.Stdout.Write([]byte{'\n'}); err != nil {
			return err
		}
	}
}

// subject does the steps.
type subject struct {
	in    *inbox
	place Place
	v     *Vault
	rest  *Resting
	kept  []byte
}

func (s *subject) create() error {
	o := Options{PIN: s.in.field(), Passphrase: s.in.field(), Cost: scannedCost}
	v, code, err := Create(s.place, o)
	if err != nil {
		return err
	}
	s.v = v
	_, err = os.Stdout.Write(unsafe.Slice(unsafe.StringData(code), len(code)))
	return err
}

func (s *subject) add() error {
	for len(s.in.rest) > 0 {
		k := keyOf(otp.Type(s.in.field()))
		k.Secret, k.PIN = s.in.field(), s.in.text()
		if _, err := s.v.Add(false, NewAccount{Key: k, Source: "typed"}); err != nil {
			return err
		}
	}
	_, err := s.v.Edit(s.v.Accounts()[0].ID, func(a *Account) { a.Note = "edited" })
	return err
}

// keyOf returns a key of a type, without secrets.
func keyOf(t otp.Type) otp.Key {
	k := otp.Key{Type: t, Issuer: "Demo", Name: "ana " + string(t), Algorithm: otp.SHA1, Digits: 6, Period: 30}
	switch t {
	case otp.HOTP:
		k.Period = 0
	case otp.Steam:
		k.Digits = 5
	case otp.MOTP:
		k.Algorithm, k.Period = otp.MD5, 10
	case otp.Yandex:
		k.Algorithm, k.Digits = otp.SHA256, 8
	}
	return k
}

func (s *subject) pair() error {
	k := NewKeys()
	for _, signer := range []Signer{k.Transport(), k.Approval()} {
		if _, err := signer.Sign([]byte("pairing")); err != nil {
			return err
		}
	}
	_, err := s.v.AddDevice(Device{Driver: "native", Server: "https://demo.test", Account: "ana@demo.test", Name: "laptop"}, k)
	return err
}

func (s *subject) codes() error {
	for _, a := range s.v.Accounts() {
		if _, err := s.v.Code(a.ID, time.Now()); err != nil {
			return err
		}
		if err := s.v.MarkUsed(a.ID, "copied", time.Now()); err != nil {
			return err
		}
	}
	return nil
}

func (s *subject) approve() error {
	id := s.v.Devices()[0].ID
	transport, err := s.v.Transport(id)
	if err != nil {
		return err
	}
	if _, err := transport.Sign([]byte("poll")); err != nil {
		return err
	}
	k, err := s.v.Approve(id, PIN(s.in.field()))
	if err != nil {
		return err
	}
	defer k.Close()
	_, err = k.Sign([]byte("accept"))
	return err
}

func (s *subject) reveal() error {
	pin := s.in.field()
	for _, a := range s.v.Accounts() {
		k, err := s.v.Reveal(a.ID, PIN(pin))
		if err != nil {
			return err
		}
		clear(k.Secret)
	}
	return nil
}

func (s *subject) addSlot() error {
	_, err := s.v.AddSlot(PIN(s.in.field()), PINOf("ben", s.in.field()), "")
	return err
}

func (s *subject) change() error {
	_, err := s.v.Change(PIN(s.in.field()), PIN(s.in.field()))
	return err
}

func (s *subject) setSession() error {
	return s.v.SetSessionPIN(Passphrase(s.in.field()), PIN(s.in.field()))
}

func (s *subject) restNow() error {
	s.rest, s.v = s.v.Rest(), nil
	if s.rest == nil {
		return errors.New("it does not rest")
	}
	return nil
}

func (s *subject) wake() (err error) {
	s.v, err = s.rest.Open(PIN(s.in.field()))
	s.rest = nil
	return err
}

// open opens the vault in every way, one after the other.
func (s *subject) open() error {
	for _, c := range []Credential{PIN(s.in.field()), PINOf("ben", s.in.field()), Passphrase(s.in.field()), RecoveryCode(s.in.field())} {
		v, err := Open(s.place, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Kind(), err)
		}
		if _, err := v.CheckCopies(); err != nil {
			return err
		}
		v.Close()
	}
	if _, err := s.v.Refresh(); err != nil {
		return err
	}
	_, err := Inspect(s.place)
	return err
}

func (s *subject) wrong() error {
	_, err := Open(s.place, PIN(s.in.field()))
	if _, ok := errors.AsType[*PINError](err); !ok {
		return fmt.Errorf("a wrong PIN: %w", err)
	}
	return nil
}

func (s *subject) close() error {
	s.v.Close()
	s.v = nil
	return nil
}

// keep does what a vault must not do.
func (s *subject) keep() error {
	s.kept = bytes.Clone(s.in.field())
	return nil
}
