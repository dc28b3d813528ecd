package keycloak

import (
	"crypto/ed25519"
	"encoding/base64"
	"testing"

	"nod/approve"
	"nod/vault"
)

// vectorDevice has the key whose seed is 00 01 02 … 1f.
func vectorDevice() approve.Device {
	seed := make([]byte, ed25519.SeedSize)
	for i := range seed {
		seed[i] = byte(i)
	}
	return approve.Device{
		Device: vault.Device{Memory: map[string]string{memoryKey: "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="}},
		Secret: &testSecret{raw: seed},
	}
}

// TestSignatureVectors: the signatures were made with openssl (pkeyutl -rawin).
func TestSignatureVectors(t *testing.T) {
	const id, created = "b2c1f0de-1111-4222-8333-444455556666", 1764180000123
	for _, test := range []struct{ text, wantText, signature string }{
		{
			pollText(created), "created:1764180000123",
			"jlB2jLwZkZpFT4BNubxN1S5sDRU/UO3FS8e6H5PxsuH83dG9+kpZEIFP24nfuL+B2ciK3anwoUed7HLVZAD9Cw==",
		},
		{
			answerText(created, "Qw3rTy0Aa9Zz", true), "created:1764180000123,secret:Qw3rTy0Aa9Zz,granted:true",
			"QmDjjCyWv3jDyr1LEb2B6UUuAV0FpZe8Q79UhQPiPlNUkstu99qNTms2SlQLSwpM3jH7HeCveTxfwCGyTlmdBw==",
		},
		{
			answerText(created, "Qw3rTy0Aa9Zz", false), "created:1764180000123,secret:Qw3rTy0Aa9Zz,granted:false",
			"R/zlOhDqPBP3dDITFUh2oAI5OoJgQNyCG5VJI1dJVD+k7kfw5YImwpUqppGQExDI1sGDYunl0x2lbQ7SEezrCA==",
		},
	} {
		if test.text != test.wantText {
			t.Errorf("text %q, want %q", test.text, test.wantText)
		}
		signature, err := appSign(vectorDevice(), test.text)
		if got := base64.StdEncoding.EncodeToString(signature); err != nil || got != test.signature {
			t.Errorf("%s: signature %s, %v", test.text, got, err)
		}
	}
	signature := []byte{0xfb, 0xff}
	if got := pollHeader(id, created, signature); got != "keyId:"+id+",created:1764180000123,signature:+/8=" {
		t.Errorf("header %s", got)
	}
	if got := answerHeader(id, created, true, signature); got != "keyId:"+id+",created:1764180000123,granted:true,signature:+/8=" {
		t.Errorf("header %s", got)
	}
}

// TestSignOwnKey: another key than the one that was paired signs nothing.
func TestSignOwnKey(t *testing.T) {
	for name, change := range map[string]func(*approve.Device){
		"another key":    func(d *approve.Device) { d.Secret.(*testSecret).raw[0]++ },
		"no key":         func(d *approve.Device) { d.Secret.(*testSecret).raw = nil },
		"half a key":     func(d *approve.Device) { d.Secret.(*testSecret).raw = d.Secret.(*testSecret).raw[:16] },
		"no secret":      func(d *approve.Device) { d.Secret = nil },
		"no public key":  func(d *approve.Device) { d.Memory = nil },
		"odd public key": func(d *approve.Device) { d.Memory[memoryKey] = "AAAA" },
	} {
		d := vectorDevice()
		change(&d)
		if signature, err := appSign(d, "created:1"); err == nil {
			t.Errorf("%s: signed %x", name, signature)
		}
	}
}
