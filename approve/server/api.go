package server

// What all calls of the device API share: signatures, bodies, errors.

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"nod/approve/protocol"
	"nod/approve/server/store"
)

// maxCalls is how many signed calls a device may make in a minute.
const maxCalls = 600

// apiError is an error that a device is told.
type apiError struct {
	status int
	told
}

type told = protocol.Error // under a name that leaves Error free for the method

func (e *apiError) Error() string { return e.Message }

func refuse(status int, code, message string) *apiError {
	return &apiError{status, told{Code: code, Message: message}}
}

// tooMany is 429 with the time to wait.
func tooMany(code, message string, wait time.Duration) *apiError {
	e := refuse(http.StatusTooManyRequests, code, message)
	e.RetryAfter = max(1, int((wait+time.Second-1)/time.Second))
	return e
}

// api turns a function of the device API into a handler: its answer is sent as
// JSON with status, its error as protocol.ErrorAnswer.
func (s *Server) api(status int, answer func(r *http.Request, body []byte) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, protocol.MaxBody))
		if err != nil {
			s.writeError(w, refuse(http.StatusBadRequest, protocol.CodeBadRequest, "the message is too long or was cut off"))
			return
		}
		result, err := answer(r, body)
		switch {
		case err != nil:
			s.writeError(w, err)
		case result == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			writeJSON(w, status, result)
		}
	})
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // an error here is a caller that has gone
}

func (s *Server) writeError(w http.ResponseWriter, err error) {
	var e *apiError
	if !errors.As(err, &e) {
		if !errors.Is(err, context.Canceled) {
			s.config.Log("error: %v", err)
		}
		e = refuse(http.StatusInternalServerError, protocol.CodeInternal, "the server failed; try again")
	}
	answer := protocol.ErrorAnswer{Error: e.told}
	answer.Error.ServerTime = s.now()
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(e.RetryAfter))
	}
	if e.Code == codeUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	writeJSON(w, e.status, answer)
}

// decode reads a JSON message.
func decode(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return refuse(http.StatusBadRequest, protocol.CodeBadRequest, "the message is not the JSON expected here")
	}
	return nil
}

// remoteIP is the address that r came from. Headers of proxies are not looked at.
func remoteIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

// verify checks the signature of r and takes its nonce.
func (s *Server) verify(r *http.Request, body []byte, lookup func(string) (ed25519.PublicKey, error)) error {
	verified, err := protocol.VerifyRequest(r, body, s.config.Origin+r.RequestURI, lookup, s.now())
	var bad *protocol.SignatureError
	switch {
	case errors.As(err, &bad) && bad.Skew:
		return refuse(http.StatusBadRequest, protocol.CodeClockSkew, "the clocks are too far apart")
	case errors.As(err, &bad), errors.Is(err, store.ErrNone):
		return refuse(http.StatusUnauthorized, protocol.CodeBadSignature, "the signature is not right")
	case err != nil:
		return err
	}
	now := s.millis()
	if err := s.clearNonces(r.Context(), now); err != nil {
		return err
	}
	// Each statement is right by itself: calls that come at the same moment may
	// pass the limit by their number.
	return s.store.Record(r.Context(), func(tx *store.Tx) error {
		calls, err := tx.NonceCount(verified.KeyID, now-time.Minute.Milliseconds())
		if err != nil {
			return err
		}
		if calls >= maxCalls {
			return tooMany(protocol.CodeSlowDown, "too many calls from this device", 10*time.Second)
		}
		fresh, err := tx.UseNonce(verified.KeyID, verified.Nonce, now)
		if err != nil {
			return err
		}
		if !fresh {
			return refuse(http.StatusUnauthorized, protocol.CodeReplayed, "this message was seen before")
		}
		return tx.SeeDevice(verified.KeyID, now)
	})
}

// clearNonces forgets, once a minute, the nonces of messages that are too old to
// be taken.
func (s *Server) clearNonces(ctx context.Context, now int64) error {
	last := s.cleared.Load()
	if now-last < time.Minute.Milliseconds() && now >= last || !s.cleared.CompareAndSwap(last, now) {
		return nil
	}
	return s.store.Update(ctx, func(tx *store.Tx) error {
		return tx.PruneNonces(now - 2*(2*protocol.MaxSignatureAge).Milliseconds())
	})
}

// device returns the device that signed r, whatever its state. Those of closed
// accounts are refused.
func (s *Server) device(r *http.Request, body []byte) (store.Device, error) {
	var d store.Device
	var closed error
	err := s.verify(r, body, func(keyID string) (ed25519.PublicKey, error) {
		err := s.store.View(r.Context(), func(tx *store.Tx) (err error) {
			if d, err = tx.DeviceByKey(keyID); err == nil {
				closed = accountOpen(tx, d)
			}
			return err
		})
		return d.Transport, err
	})
	if err == nil {
		err = closed
	}
	return d, err
}

// accountOpen refuses a device whose person's account is closed.
func accountOpen(tx *store.Tx, d store.Device) error {
	user, err := tx.User(d.UserID)
	if err == nil && user.ClosedAt != 0 {
		err = refuse(http.StatusForbidden, protocol.CodeAccountClosed, "this account is closed; contact support")
	}
	return err
}

// activeDevice returns the device that signed r, if it may answer requests.
func (s *Server) activeDevice(r *http.Request, body []byte) (store.Device, error) {
	d, err := s.device(r, body)
	if err != nil {
		return d, err
	}
	return d, s.allowed(d, store.DeviceActive)
}

// allowed refuses a device that is in none of the states.
func (s *Server) allowed(d store.Device, states ...string) error {
	state := s.deviceState(d)
	for _, ok := range states {
		if state == ok {
			return nil
		}
	}
	switch state {
	case store.DevicePending:
		return refuse(http.StatusForbidden, protocol.CodeDevicePending, "this device is not confirmed at the site yet")
	case store.DeviceRefused:
		return refuse(http.StatusForbidden, protocol.CodePairingRefused, "the pairing was refused at the site")
	case store.DeviceRemoved:
		return refuse(http.StatusForbidden, protocol.CodeDeviceRevoked, "this device was removed")
	}
	return fmt.Errorf("device is in state %q", state)
}
