package protect

// This file asks an ssh-agent for the signature that opens a slot.

import (
	"bytes"
	"crypto/rsa"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"slices"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"nod/vault/internal/waits"
)

// How long an agent may take. It may ask the person before it signs (ssh-add -c).
var (
	agentLimit = 3 * time.Second
	signLimit  = 60 * time.Second
)

// minRSA is the least length of an RSA key in bits.
const minRSA = 2048

// Why an agent is not used without AllowForwarded.
var (
	// ErrForwarded says that the agent is that of another machine.
	ErrForwarded = errors.New("the ssh-agent is forwarded from another machine: every machine that you forward it to " +
		"can ask it for this key; use --allow-forwarded to use it all the same")
	// ErrUntold says that it may be, which can not be found out.
	ErrUntold = errors.New("this is a session over SSH, and the ssh-agent can not be told from one that another machine " +
		"forwards here; if you have started it on this machine, use --allow-forwarded")
)

// SSHKey is a key that an ssh-agent holds and that can open a slot.
type SSHKey struct {
	Blob    []byte // the public key in SSH wire form (RFC 4253 section 6.6, RFC 8709)
	Type    string // "ssh-ed25519", "ssh-rsa"
	Comment string
	Print   string // SHA256:... fingerprint
}

// SSHAgent is the agent behind a socket. A signature opens a slot only when
// the same key makes the same signature of the same message each time. ed25519
// (RFC 8032) and RSA with PKCS #1 v1.5 (RFC 8017) do so. ecdsa and dsa mix
// random numbers in, sk keys count their signatures, and a certificate is
// renewed: they are neither listed nor used.
//
// A forwarded agent is refused, with ErrForwarded: whoever is root where it is
// forwarded to can ask it for the signature. See forwarding for how it is known.
// In a Remote session an agent of which that can not be told is refused, too, with
// ErrUntold.
type SSHAgent struct {
	Socket         string // usually $SSH_AUTH_SOCK; "" is none
	AllowForwarded bool   // also use an agent that another machine forwards here
	Remote         bool   // this is a session over SSH: $SSH_CONNECTION is set
}

// Keys lists the keys that can open a slot: ed25519, and RSA of 2048 bits or
// more. Errors: ErrAbsent (wrapped) when there is no agent, or one that shows
// no key at all; ErrForwarded and ErrUntold; and others. It takes 3 seconds at most.
func (a SSHAgent) Keys() ([]SSHKey, error) {
	c, err := a.dial()
	if err != nil {
		return nil, fmt.Errorf("list keys of ssh-agent: %w", err)
	}
	defer c.conn.Close()
	keys, err := c.keys()
	if err != nil {
		return nil, fmt.Errorf("list keys of ssh-agent: %w", err)
	}
	return keys, nil
}

// Sign returns the signature of message by the key blob, for the caller to
// wipe: 64 bytes of ed25519, or as many as the RSA modulus has. What is signed
// is the structure of the file sshagent_sshsig.go. Errors: ErrAbsent (wrapped)
// when there is no agent, or none with that key; ErrForwarded and ErrUntold; and
// others. It waits 60 seconds for the answer of a person.
func (a SSHAgent) Sign(blob, message []byte) ([]byte, error) {
	sig, err := a.sign(blob, message)
	if err != nil {
		return nil, fmt.Errorf("sign with ssh-agent: %w", err)
	}
	return sig, nil
}

// SignTwice is Sign for a slot that is about to be made: it signs twice and
// refuses a key that does not make the same signature again. An agent that
// asks before it signs asks twice.
func (a SSHAgent) SignTwice(blob, message []byte) ([]byte, error) {
	first, err := a.Sign(blob, message)
	if err != nil {
		return nil, err
	}
	second, err := a.Sign(blob, message)
	defer clear(second)
	if err == nil && !bytes.Equal(first, second) {
		err = errors.New("sign with ssh-agent: the two signatures differ, so this key can not open a vault: take another")
	}
	if err != nil {
		clear(first)
		return nil, err
	}
	return first, nil
}

func (a SSHAgent) sign(blob, message []byte) ([]byte, error) {
	pub, err := slotKey(blob)
	if err != nil {
		return nil, err
	}
	c, err := a.dial()
	if err != nil {
		return nil, err
	}
	defer c.conn.Close()
	keys, err := c.keys()
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(keys, func(k SSHKey) bool { return bytes.Equal(k.Blob, blob) }) {
		return nil, fmt.Errorf("the agent does not hold the key %s, add it with ssh-add: %w",
			ssh.FingerprintSHA256(pub), ErrAbsent)
	}
	return c.sign(pub, message)
}

// slotKey parses the public key blob and refuses keys that can not open a slot.
func slotKey(blob []byte) (ssh.PublicKey, error) {
	pub, err := ssh.ParsePublicKey(blob)
	if err != nil {
		return nil, fmt.Errorf("parse public key: %w", err)
	}
	switch pub.Type() {
	case ssh.KeyAlgoED25519:
		return pub, nil
	case ssh.KeyAlgoRSA:
		if modulus(pub).BitLen() >= minRSA {
			return pub, nil
		}
		return nil, fmt.Errorf("an RSA key must have %d bits or more", minRSA)
	}
	return nil, fmt.Errorf("a key of type %s can not open a vault: take an ed25519 or RSA key", pub.Type())
}

// agentConn is a connection to an agent that is not forwarded, or may be.
type agentConn struct {
	conn     net.Conn
	client   agent.ExtendedAgent
	deadline time.Time
}

// dial connects to the agent. The caller closes conn.
func (a SSHAgent) dial() (*agentConn, error) {
	if a.Socket == "" {
		return nil, fmt.Errorf("no agent runs in this session (SSH_AUTH_SOCK is not set): %w", ErrAbsent)
	}
	conn, err := net.DialTimeout("unix", a.Socket, waits.For(agentLimit))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return nil, fmt.Errorf("no agent listens at %s: %w", a.Socket, ErrAbsent)
	}
	if err != nil {
		return nil, err
	}
	if !a.AllowForwarded {
		if err := forwarding(peerOf(conn), a.Socket, a.Remote); err != nil {
			conn.Close()
			return nil, err
		}
	}
	c := &agentConn{conn: conn, client: agent.NewClient(conn)}
	return c, c.within(waits.For(agentLimit))
}

// within gives the agent d from now on.
func (c *agentConn) within(d time.Duration) error {
	c.deadline = time.Now().Add(d)
	return c.conn.SetDeadline(c.deadline)
}

// failed says what err means: the client hides that the time is up.
func (c *agentConn) failed(err error) error {
	if !time.Now().Before(c.deadline) {
		return errors.New("the agent does not answer: look for a question of it, or start it anew")
	}
	return err
}

// keys lists the keys that can open a slot.
func (c *agentConn) keys() ([]SSHKey, error) {
	all, err := c.client.List()
	if err != nil {
		return nil, c.failed(err)
	}
	if len(all) == 0 { // which a locked agent also says
		return nil, fmt.Errorf("the agent is locked or empty, unlock it with ssh-add -X or add a key with ssh-add: %w", ErrAbsent)
	}
	var keys []SSHKey
	for _, k := range all {
		if pub, err := slotKey(k.Blob); err == nil {
			keys = append(keys, SSHKey{k.Blob, pub.Type(), k.Comment, ssh.FingerprintSHA256(pub)})
		}
	}
	return keys, nil
}

// sign asks for the signature of message and checks it.
func (c *agentConn) sign(pub ssh.PublicKey, message []byte) ([]byte, error) {
	format, flags, size := ssh.KeyAlgoED25519, agent.SignatureFlags(0), 64
	if pub.Type() == ssh.KeyAlgoRSA {
		format, flags, size = ssh.KeyAlgoRSASHA512, agent.SignatureFlagRsaSha512, (modulus(pub).BitLen()+7)/8
	}
	if err := c.within(signLimit); err != nil {
		return nil, err
	}
	data := sshsigData(message)
	sig, err := c.client.SignWithFlags(pub, data, flags)
	if err != nil {
		return nil, c.failed(fmt.Errorf("%w (was its question answered with no?)", err))
	}
	defer clear(sig.Blob)
	if sig.Format != format || len(sig.Rest) != 0 || len(sig.Blob) > size || pub.Verify(data, sig) != nil {
		return nil, fmt.Errorf("the agent's signature is not one of type %s by this key", format)
	}
	// Some agents leave out zeros in front of RSA signatures.
	full := make([]byte, size)
	copy(full[size-len(sig.Blob):], sig.Blob)
	return full, nil
}

// modulus returns the modulus of an RSA key.
func modulus(pub ssh.PublicKey) *big.Int {
	return pub.(ssh.CryptoPublicKey).CryptoPublicKey().(*rsa.PublicKey).N
}
