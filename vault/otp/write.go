package otp

// This file: setup links out.

import (
	"encoding/hex"
	"net/url"
	"strconv"
	"strings"
)

// URI returns k as a setup link, secret and PIN included: otpauth://, or
// motp:// for mOTP. ParseURI gives k back when k is valid, the link is within
// 4096 bytes, and the names are clean (no control characters, no spaces around).
func (k Key) URI() string {
	var b strings.Builder
	switch k.Type {
	case MOTP:
		b.WriteString("motp://" + k.label() + "?secret=" + hex.EncodeToString(k.Secret))
		// Other apps read only issuer:name here, so the parameter comes in
		// only where a colon in the issuer makes that ambiguous.
		if strings.Contains(k.Issuer, ":") {
			b.WriteString("&issuer=" + escape(k.Issuer))
		}
		if k.PIN != "" {
			b.WriteString("&pin=" + escape(k.PIN))
		}
		return b.String()
	case Yandex:
		b.WriteString("otpauth://yaotp/")
	default:
		b.WriteString("otpauth://" + string(k.Type) + "/")
	}
	b.WriteString(k.label() + "?secret=" + EncodeSecret(k.Secret))
	if k.Issuer != "" {
		b.WriteString("&issuer=" + escape(k.Issuer))
	}
	b.WriteString("&algorithm=" + string(k.Algorithm) + "&digits=" + strconv.Itoa(k.Digits))
	if k.Type == HOTP {
		b.WriteString("&counter=" + strconv.FormatUint(k.Counter, 10))
	} else {
		b.WriteString("&period=" + strconv.Itoa(k.Period))
	}
	if k.Type == Yandex && k.PIN != "" { // the app that writes such links uses Base32
		b.WriteString("&pin=" + EncodeSecret([]byte(k.PIN)))
	}
	return b.String()
}

// label is issuer:name. Without an issuer a name that holds a colon gets one in
// front, or its first part would be read as the issuer.
func (k Key) label() string {
	if k.Issuer == "" && !strings.Contains(k.Name, ":") {
		return escape(k.Name)
	}
	return escape(k.Issuer) + ":" + escape(k.Name)
}

// escape writes spaces as %20: some apps show a + as it is. An @ stays, for
// the reader's sake.
func escape(s string) string {
	return strings.NewReplacer("+", "%20", "%40", "@").Replace(url.QueryEscape(s))
}
