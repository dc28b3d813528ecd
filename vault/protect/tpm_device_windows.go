package protect

// This file talks to the TPM through the TPM Base Services of Windows.

import (
	"errors"
	"os"
	"time"

	"github.com/google/go-tpm/tpm2/transport"
	"github.com/google/go-tpm/tpm2/transport/windowstpm"
	"github.com/google/go-tpm/tpmutil/tbs"
)

// baseServices is the name of the TPM of Windows in Chip.Device.
const baseServices = "tbs"

// commandBlocked is TPM_E_COMMAND_BLOCKED of winerror.h: an administrator or
// Windows itself does not let this command through.
const commandBlocked = tbs.Error(0x80280400)

// serviceWire is a context of the TPM Base Services.
type serviceWire struct{ transport.TPMCloser }

// Send gives a blocked command the answer of a TPM that does not know it.
func (w serviceWire) Send(command []byte) ([]byte, error) {
	answer, err := w.TPMCloser.Send(command)
	if errors.Is(err, commandBlocked) {
		return []byte{0x80, 0x01, 0, 0, 0, headerLen, 0, 0, 0x01, 0x43}, nil // TPM_RC_COMMAND_CODE
	}
	return answer, err
}

// patience does nothing: the services stop commands that take too long themselves.
func (serviceWire) patience(time.Duration) {}

// openWire opens the TPM Base Services, or a unix socket.
func openWire(name string) (wire, error) {
	if name != baseServices {
		return dialSocket(name)
	}
	tpm, err := windowstpm.Open()
	switch {
	case errors.Is(err, tbs.ErrTPMNotFound):
		return nil, os.ErrNotExist
	case errors.Is(err, windowstpm.ErrNotTPM20):
		return nil, errNotTPM2
	case err != nil:
		return nil, err
	}
	return serviceWire{tpm}, nil
}

func groupOf(string) int { return -1 }
