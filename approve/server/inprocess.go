package server

// An HTTP client that calls the handler in this process, without a network.

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"sync"
)

// Client returns an HTTP client that calls the handler in this process. The
// host of a URL is not looked at. Bodies stream, and ending a request's context
// or closing its body ends the call.
func (s *Server) Client() *http.Client {
	return &http.Client{Transport: inProcess{s}}
}

type inProcess struct{ handler http.Handler }

// RoundTrip runs the handler in a goroutine and returns with its header.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	in := r.Clone(ctx)
	if in.Body == nil {
		in.Body = http.NoBody
	}
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	in.RequestURI = r.URL.RequestURI()
	in.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	in.RemoteAddr = "127.0.0.1:1"
	reader, writer := io.Pipe()
	w := &pipeResponse{header: http.Header{}, body: writer, ready: make(chan struct{})}
	go func() {
		defer in.Body.Close()
		defer func() {
			if p := recover(); p != nil {
				writer.CloseWithError(fmt.Errorf("handler panicked: %v", p))
				w.WriteHeader(http.StatusInternalServerError)
			}
		}()
		t.handler.ServeHTTP(w, in)
		w.WriteHeader(http.StatusOK) // no effect after the first
		writer.Close()
	}()
	select {
	case <-w.ready:
	case <-ctx.Done():
	}
	// Looked at again: a handler that stops because its caller has gone seems to answer.
	if err := ctx.Err(); err != nil {
		cancel()
		reader.CloseWithError(err)
		return nil, err
	}
	// Whoever holds the response can end the call: by its context or by closing.
	// A handler that writes to someone who has gone must not wait for ever.
	stop := context.AfterFunc(ctx, func() { writer.CloseWithError(ctx.Err()) })
	body := &responseBody{PipeReader: reader, ctx: r.Context(), end: func() { stop(); cancel() }}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)), StatusCode: w.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: body, ContentLength: -1, Request: r,
	}, nil
}

// responseBody ends the call when it is closed.
type responseBody struct {
	*io.PipeReader
	ctx context.Context // of the request
	end func()
}

// Read tells a caller whose context has ended so: the handler may have stopped
// in the middle because of it, which must not look like the end.
func (b *responseBody) Read(p []byte) (int, error) {
	n, err := b.PipeReader.Read(p)
	if err != nil && b.ctx.Err() != nil {
		err = b.ctx.Err()
	}
	return n, err
}

func (b *responseBody) Close() error {
	b.end()
	return b.PipeReader.Close()
}

// pipeResponse is the handler's side.
type pipeResponse struct {
	header http.Header
	body   *io.PipeWriter
	once   sync.Once
	ready  chan struct{} // closed when status and sent are set
	status int
	sent   http.Header
}

func (w *pipeResponse) Header() http.Header { return w.header }

func (w *pipeResponse) WriteHeader(status int) {
	w.once.Do(func() {
		w.status, w.sent = status, maps.Clone(w.header)
		close(w.ready)
	})
}

func (w *pipeResponse) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(p)
}

// Flush has nothing to do: a pipe holds nothing back.
func (w *pipeResponse) Flush() { w.WriteHeader(http.StatusOK) }
