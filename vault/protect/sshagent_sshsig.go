package protect

// This file makes the structure that an ssh-agent signs: that of OpenSSH's
// PROTOCOL.sshsig, as ssh-keygen -Y makes it. Its magic and namespace keep the
// signature apart from those of logins and of all other protocols: a server
// that is logged in to never gets one of these.

import (
	"crypto/sha512"

	"golang.org/x/crypto/ssh"
)

// sshsigNamespace is the namespace of signatures that open slots.
const sshsigNamespace = "keyslot@nod"

// sshsigData returns "SSHSIG" and, as strings with their length in front, the
// namespace, a reserved empty string, "sha512" and SHA-512(message).
func sshsigData(message []byte) []byte {
	digest := sha512.Sum512(message)
	return ssh.Marshal(struct {
		Magic                     [6]byte
		Namespace, Reserved, Hash string
		Digest                    []byte
	}{[6]byte([]byte("SSHSIG")), sshsigNamespace, "", "sha512", digest[:]})
}
