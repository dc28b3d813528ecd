package protect

// This file talks to a TPM behind a unix socket: the TPM of a virtual machine or
// a program such as swtpm. It serves one connection after the other.

import (
	"encoding/binary"
	"io"
	"net"
	"time"

	"nod/vault/internal/waits"
)

// socketWire is a connection to a virtual TPM.
type socketWire struct {
	net.Conn
	wait time.Duration
}

func dialSocket(path string) (wire, error) {
	conn, err := net.DialTimeout("unix", path, waits.For(openWait))
	if err != nil {
		return nil, err
	}
	return &socketWire{Conn: conn}, nil
}

func (w *socketWire) patience(d time.Duration) { w.wait = d }

// Send writes the command and reads the answer, whose header tells its length.
func (w *socketWire) Send(command []byte) ([]byte, error) {
	if err := w.SetDeadline(time.Now().Add(w.wait)); err != nil {
		return nil, err
	}
	if _, err := w.Write(command); err != nil {
		return nil, err
	}
	answer := make([]byte, answerMax)
	if _, err := io.ReadFull(w, answer[:headerLen]); err != nil {
		return nil, err
	}
	length := binary.BigEndian.Uint32(answer[2:])
	if length < headerLen || length > answerMax {
		return nil, errNotTPM2
	}
	_, err := io.ReadFull(w, answer[headerLen:length])
	return answer[:length], err
}
