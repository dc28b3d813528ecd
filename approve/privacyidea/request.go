package privacyidea

// This file makes a verified challenge into a request that may be shown.

import (
	"net/netip"
	"strings"
	"time"

	"nod/approve"
)

// usualTitle is the title of a server that was given none.
const usualTitle = "privacyIDEA"

// request is c, first seen at first.
func request(d approve.Device, c challenge, first time.Time) approve.Request {
	r := approve.Request{
		ID: c.nonce, Device: d.ID, Server: d.Server,
		App: approve.Text(c.title), Account: d.Account, Action: "sign in",
		Message: approve.LongText(c.question), IP: addressIn(c.question),
		AskedAt: first, ExpiresAt: first.Add(life),
		Choices: c.choices, State: approve.Waiting, Challenge: c.raw,
	}
	if d.App != "" && (r.App == "" || r.App == usualTitle) {
		r.App = d.App
	}
	if !answerable(d) {
		r.Acts = []approve.Act{approve.Ignore}
		r.Warnings = append(r.Warnings, "The certificate of this server is not checked, so an answer could be read and changed on its way. It can only be ignored here.")
	}
	if c.choices == nil && d.Memory[memoryPresence] != "" {
		r.Warnings = append(r.Warnings, "Earlier requests asked for what the sign-in page shows. This one does not.")
	}
	if !c.capabilities && d.Memory[memoryCapabilities] != "" {
		r.Warnings = append(r.Warnings, "The server no longer says that it takes the reason of a refusal, so none is sent.")
	}
	if d.Memory[memoryLock] == "biometric" {
		r.Warnings = append(r.Warnings, "The server asks for a fingerprint or a face; nod asks for its PIN.")
	}
	return r
}

// answerable tells whether an answer to d's server is safe on its way.
func answerable(d approve.Device) bool { return !approve.TrustOf(d.Device).Unchecked }

// addressIn returns the one network address in a question, or "" when there is none
// or more than one.
func addressIn(question string) string {
	found := ""
	for _, word := range strings.FieldsFunc(question, func(r rune) bool {
		return !strings.ContainsRune("0123456789abcdefABCDEF.:", r)
	}) {
		word = strings.Trim(word, ".")
		address, err := netip.ParseAddr(word)
		if err != nil {
			address, err = netip.ParseAddr(strings.TrimRight(word, ":"))
		}
		if err != nil || address.IsUnspecified() {
			continue
		}
		if found != "" && found != address.String() {
			return ""
		}
		found = address.String()
	}
	return found
}
