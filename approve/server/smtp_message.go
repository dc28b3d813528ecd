package server

// What a mail looks like on its way.

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"

	"nod/approve/server/store"
)

// errAddress says that a mail can not go anywhere.
var errAddress = errors.New("the recipient is not an e-mail address")

// message writes m with its headers, and names the addresses of its envelope.
// The Message-ID stays the same over all tries, so that a copy is known as one.
func (c SMTP) message(m store.Mail) (text []byte, from, to string, err error) {
	sender, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, "", "", fmt.Errorf("from: %w", err)
	}
	recipient, err := mail.ParseAddress(m.To)
	if err != nil || strings.ContainsAny(m.To, "\r\n") {
		return nil, "", "", errAddress
	}
	_, domain, _ := strings.Cut(sender.Address, "@")
	var b bytes.Buffer
	for _, header := range [][2]string{
		{"From", sender.String()},
		{"To", (&mail.Address{Address: recipient.Address}).String()},
		{"Subject", mime.QEncoding.Encode("utf-8", oneLine(m.Subject))},
		{"Date", time.UnixMilli(m.At).UTC().Format(time.RFC1123Z)},
		{"Message-ID", fmt.Sprintf("<%d.%d.nod@%s>", m.At, m.ID, domain)},
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
		{"Auto-Submitted", "auto-generated"},
	} {
		fmt.Fprintf(&b, "%s: %s\r\n", header[0], header[1])
	}
	b.WriteString("\r\n")
	w := quotedprintable.NewWriter(&b)
	body := strings.ReplaceAll(strings.TrimRight(m.Body, "\n"), "\r\n", "\n") + "\n"
	if _, err := w.Write([]byte(strings.ReplaceAll(body, "\n", "\r\n"))); err != nil {
		return nil, "", "", err
	}
	return b.Bytes(), sender.Address, recipient.Address, w.Close()
}

// oneLine keeps line breaks and control characters out of a header.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
}
