package protect

// This file tests against agents that sign wrongly, in another form or never.

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"errors"
	"math/big"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// restlessKey signs in more than one way: see restless.
var restlessKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))

// fakeAgent is an agent whose signatures pass through change.
type fakeAgent struct {
	agent.ExtendedAgent
	change func(key ssh.PublicKey, data []byte, sig *ssh.Signature) *ssh.Signature
	extra  []*agent.Key // listed too
}

func (f *fakeAgent) List() ([]*agent.Key, error) {
	keys, err := f.ExtendedAgent.List()
	return append(keys, f.extra...), err
}

func (f *fakeAgent) SignWithFlags(key ssh.PublicKey, data []byte, flags agent.SignatureFlags) (*ssh.Signature, error) {
	sig, err := f.ExtendedAgent.SignWithFlags(key, data, flags)
	if f.change != nil && err == nil {
		sig = f.change(key, data, sig)
	}
	return sig, err
}

// serveAgent serves f with these private keys until the test ends.
func (f *fakeAgent) serve(t *testing.T, keys ...any) SSHAgent {
	t.Helper()
	limitAgent(t, time.Minute, time.Minute)
	f.ExtendedAgent = agent.NewKeyring().(agent.ExtendedAgent)
	for _, key := range keys {
		if err := f.Add(agent.AddedKey{PrivateKey: key}); err != nil {
			t.Fatal(err)
		}
	}
	a := SSHAgent{Socket: filepath.Join(t.TempDir(), "agent")}
	l, err := net.Listen("unix", a.Socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = agent.ServeAgent(f, conn) // ends with EOF
			}()
		}
	}()
	return a
}

// sign returns a good signature of data, whatever f does to signatures.
func (f *fakeAgent) sign(t *testing.T, key ssh.PublicKey, data []byte) *ssh.Signature {
	var flags agent.SignatureFlags
	if key.Type() == ssh.KeyAlgoRSA {
		flags = agent.SignatureFlagRsaSha512
	}
	sig, err := f.ExtendedAgent.SignWithFlags(key, data, flags)
	if err != nil {
		t.Error(err)
		return &ssh.Signature{}
	}
	return sig
}

// blobOf returns the public key of key in wire form.
func blobOf(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	pub, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return pub.Marshal()
}

// restless returns a signature of data by key (RFC 8032 section 5.1.6) with a
// random r, where a good signer derives r from the message: another one each
// time, and each is valid. Key generation gives r and its point.
func restless(key ed25519.PrivateKey, data []byte) []byte {
	order, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	number := func(littleEndian []byte) *big.Int {
		b := slices.Clone(littleEndian)
		slices.Reverse(b)
		return new(big.Int).SetBytes(b)
	}
	scalar := func(key ed25519.PrivateKey) *big.Int {
		h := sha512.Sum512(key.Seed())
		h[0], h[31] = h[0]&248, h[31]&127|64
		return number(h[:32])
	}
	point, once, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	h := sha512.Sum512(slices.Concat(point, key.Public().(ed25519.PublicKey), data))
	s := new(big.Int).Mul(number(h[:]), scalar(key))
	s.Add(s, scalar(once)).Mod(s, order)
	end := s.FillBytes(make([]byte, 32))
	slices.Reverse(end)
	return append(slices.Clone(point), end...)
}

func TestKeyThatSignsInMoreThanOneWay(t *testing.T) {
	f := &fakeAgent{change: func(_ ssh.PublicKey, data []byte, sig *ssh.Signature) *ssh.Signature {
		return &ssh.Signature{Format: sig.Format, Blob: restless(restlessKey, data)}
	}}
	a := f.serve(t, restlessKey)
	blob := blobOf(t, restlessKey)
	if sig, err := a.Sign(blob, []byte("m")); err != nil || len(sig) != 64 {
		t.Fatalf("one signature: %v", err)
	}
	if sig, err := a.SignTwice(blob, []byte("m")); err == nil || !strings.Contains(err.Error(), "differ") || sig != nil {
		t.Errorf("two signatures: %x, %v", sig, err)
	}
}

func TestWrongSignatures(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	var f fakeAgent
	a := f.serve(t, restlessKey, rsaKey, other)
	for name, change := range map[string]func(ssh.PublicKey, []byte, *ssh.Signature) *ssh.Signature{
		"of other data": func(key ssh.PublicKey, data []byte, _ *ssh.Signature) *ssh.Signature {
			return f.sign(t, key, data[1:])
		},
		"of another hash": func(key ssh.PublicKey, data []byte, sig *ssh.Signature) *ssh.Signature {
			if key.Type() == ssh.KeyAlgoRSA {
				sig, _ = f.ExtendedAgent.SignWithFlags(key, data, agent.SignatureFlagRsaSha256)
				return sig
			}
			return &ssh.Signature{Format: "rsa-sha2-512", Blob: sig.Blob}
		},
		"of another key": func(_ ssh.PublicKey, data []byte, _ *ssh.Signature) *ssh.Signature {
			pub, _ := ssh.NewPublicKey(&other.PublicKey)
			return f.sign(t, pub, data)
		},
		"and more": func(_ ssh.PublicKey, _ []byte, sig *ssh.Signature) *ssh.Signature {
			return &ssh.Signature{Format: sig.Format, Blob: sig.Blob, Rest: []byte("more")}
		},
		"too long": func(_ ssh.PublicKey, _ []byte, sig *ssh.Signature) *ssh.Signature {
			return &ssh.Signature{Format: sig.Format, Blob: append([]byte{0}, sig.Blob...)}
		},
		"empty": func(_ ssh.PublicKey, _ []byte, sig *ssh.Signature) *ssh.Signature {
			return &ssh.Signature{Format: sig.Format}
		},
	} {
		f.change = change
		for _, key := range []crypto.Signer{restlessKey, rsaKey} {
			if sig, err := a.Sign(blobOf(t, key), []byte("m")); err == nil || sig != nil {
				t.Errorf("%s, %T: %x, %v", name, key, sig, err)
			}
		}
	}
	f.change = nil
	if _, err := a.Sign(blobOf(t, rsaKey), []byte("m")); err != nil {
		t.Errorf("a right signature: %v", err)
	}
}

func TestShortRSASignatureIsTheSameKey(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	var f fakeAgent
	a := f.serve(t, key)
	var want, message []byte
	for i := 0; want == nil || want[0] != 0; i++ { // one signature of 256 begins so
		message = big.NewInt(int64(i)).Bytes()
		digest := sha512.Sum512(sshsigData(message))
		if want, err = rsa.SignPKCS1v15(nil, key, crypto.SHA512, digest[:]); err != nil {
			t.Fatal(err)
		}
	}
	for _, cut := range []string{"", "\x00"} {
		f.change = func(_ ssh.PublicKey, _ []byte, sig *ssh.Signature) *ssh.Signature {
			return &ssh.Signature{Format: sig.Format, Blob: bytes.TrimLeft(sig.Blob, cut)}
		}
		if got, err := a.Sign(blobOf(t, key), message); err != nil || !bytes.Equal(got, want) {
			t.Errorf("zeros cut: %q: got %x, %v, want %x", cut, got, err, want)
		}
	}
}

func TestOddKeysAreLeftOut(t *testing.T) {
	odd := &agent.Key{Format: "new", Blob: ssh.Marshal(struct{ Type, Rest string }{"new@demo.test", "x"})}
	sk := &agent.Key{Format: "sk", Blob: ssh.Marshal(struct {
		Type string
		Key  []byte
		App  string
	}{"sk-ssh-ed25519@openssh.com", restlessKey.Public().(ed25519.PublicKey), "ssh:"})}
	if _, err := ssh.ParsePublicKey(sk.Blob); err != nil {
		t.Fatal(err)
	}
	f := &fakeAgent{extra: []*agent.Key{odd, sk}}
	a := f.serve(t, restlessKey)
	keys, err := a.Keys()
	if err != nil || len(keys) != 1 || keys[0].Type != "ssh-ed25519" {
		t.Errorf("%v, %v", keys, err)
	}
	for _, key := range []*agent.Key{odd, sk} {
		if _, err := a.Sign(key.Blob, nil); err == nil || errors.Is(err, ErrAbsent) {
			t.Errorf("%s signs: %v", key.Format, err)
		}
	}
}

func TestSilentAgent(t *testing.T) {
	wait := make(chan bool)
	defer close(wait)
	f := &fakeAgent{change: func(_ ssh.PublicKey, _ []byte, sig *ssh.Signature) *ssh.Signature {
		<-wait
		return sig
	}}
	a := f.serve(t, restlessKey)
	limitAgent(t, time.Minute, 20*time.Millisecond)
	if _, err := a.Sign(blobOf(t, restlessKey), nil); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("sign: %v", err)
	}
	limitAgent(t, 20*time.Millisecond, time.Minute)
	mute := SSHAgent{Socket: filepath.Join(t.TempDir(), "mute")}
	l, err := net.Listen("unix", mute.Socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close() // nobody accepts, but connections succeed
	if _, err := mute.Keys(); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Errorf("keys: %v", err)
	}
}
