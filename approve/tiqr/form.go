package tiqr

// This file sends forms, which hold secrets and answers, and wipes them.

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"sync"

	"nod/approve"
)

// common are the fields that both forms have. No notification can be sent to nod.
func common(operation string) url.Values {
	return url.Values{
		"language": {"en"}, "notificationType": {""}, "notificationAddress": {""},
		"version": {version}, "operation": {operation},
	}
}

// post sends a form to an address of a pairing. The text is wiped once it was sent.
func post(ctx context.Context, client *http.Client, to *url.URL, text []byte) (approve.Answer, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), &form{text: text})
	if err != nil {
		clear(text)
		return approve.Answer{}, errors.New("the server's address can not be used")
	}
	r.ContentLength = int64(len(text))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("X-TIQR-Protocol-Version", version)
	return approve.Call(client, r, answerTime, maxReply)
}

// form is the body of a request. The transport may still read it when the answer is
// there, and closes it when it does not: only then it can be wiped.
type form struct {
	mu   sync.Mutex
	text []byte // nil once it was closed
	sent int
}

// Read implements io.Reader.
func (f *form) Read(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.sent >= len(f.text) {
		return 0, io.EOF
	}
	n := copy(p, f.text[f.sent:])
	f.sent += n
	return n, nil
}

// Close wipes the text.
func (f *form) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.text)
	f.text = nil
	return nil
}
