package agent

// This file is the form of what goes over the socket.
//
// A message is its length, four bytes, most significant first, and that many bytes of
// JSON. A client sends calls one after the other; a call says how many bytes of a
// secret follow it, which are no part of the JSON, so that they lie in one place that
// can be wiped. The agent answers each call with one message, opWatch with one after
// each change until the client closes the connection. opRun is answered, behind
// the length, not with JSON but with nothing, which means that the client has to run the
// command itself, or with '+', the number of bytes for standard output, four bytes, those
// bytes, and what goes to standard error. Version 1.

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

const (
	version     = 1
	maxCall     = 16 << 20 // bytes; to add 10,000 accounts takes 4 MB
	maxReply    = 64 << 20 // a list of 10,000 accounts takes 3 MB
	maxSecret   = 4096     // a PIN or passphrase
	maxOffer    = 64 << 10 // what a pairing begins with: a QR code holds 4 kB
	maxKeys     = 16 << 20 // the secrets of keys, 20 to 64 bytes each
	lengthBytes = 4
	firstBytes  = 64 << 10 // of a message or secret that memory is set aside for before any has come
)

// mostSecret is how many bytes the secret of a call may have.
func mostSecret(op string) int {
	switch op {
	case opExisting, opAdd, opReplace:
		return maxKeys
	case opPair:
		return maxOffer
	case opSessionPIN:
		return 2 * maxSecret
	}
	return maxSecret
}

// call is what a client sends.
type call struct {
	Version int
	Op      string
	Args    json.RawMessage `json:",omitempty"`
	Secret  int             `json:",omitempty"` // bytes of a secret that follow
}

// reply is what the agent answers.
type reply struct {
	Result json.RawMessage `json:",omitempty"`
	Error  *errorWire      `json:",omitempty"`
}

func writeMessage(w io.Writer, message any, secret []byte) error {
	text, err := json.Marshal(message)
	if err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	frame := make([]byte, lengthBytes, lengthBytes+len(text)+len(secret))
	binary.BigEndian.PutUint32(frame, uint32(len(text)))
	frame = append(append(frame, text...), secret...)
	defer clear(frame)
	if _, err := w.Write(frame); err != nil {
		return fmt.Errorf("write message: %w", err)
	}
	return nil
}

func readMessage(r io.Reader, most int, message any) error {
	var length [lengthBytes]byte
	if _, err := io.ReadFull(r, length[:]); err != nil {
		return fmt.Errorf("read message: %w", err)
	}
	n := binary.BigEndian.Uint32(length[:])
	if n > uint32(most) {
		return errors.New("read message: it is too long")
	}
	text, err := readBytes(r, int(n))
	if err != nil {
		return fmt.Errorf("read message: %w", err)
	}
	if err := json.Unmarshal(text, message); err != nil {
		return fmt.Errorf("read message: %w", err)
	}
	return nil
}

// readSecret reads the n bytes of a secret, of at most so many, for the caller to wipe;
// nil for none.
func readSecret(r io.Reader, n, most int) ([]byte, error) {
	if n == 0 {
		return nil, nil
	}
	if n < 0 || n > most {
		return nil, errors.New("read secret: it is too long")
	}
	secret, err := readBytes(r, n)
	if err != nil {
		return nil, fmt.Errorf("read secret: %w", err)
	}
	return secret, nil
}

// readBytes reads n bytes. The memory grows with what has come: a length alone, which
// anybody can write, takes none. What it grows out of is wiped.
func readBytes(r io.Reader, n int) ([]byte, error) {
	got := make([]byte, 0, min(n, firstBytes))
	for len(got) < n {
		if len(got) == cap(got) {
			grown := make([]byte, len(got), min(n, 2*len(got)))
			copy(grown, got)
			clear(got)
			got = grown
		}
		more, err := io.ReadFull(r, got[len(got):cap(got)])
		got = got[:len(got)+more]
		if err != nil {
			clear(got)
			return nil, err
		}
	}
	return got, nil
}
