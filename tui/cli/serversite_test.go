package cli

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"nod/approve/server"
)

// A server that is asked to stop answers what it has begun to read, and refuses
// what comes then.
func TestStopLetsAnswersFinish(t *testing.T) {
	s, err := startSite(t.Context(), "127.0.0.1:0", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s.patience = time.Hour // what it answers has all the time it takes
	address := strings.TrimPrefix(s.origin, "http://")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const body = `{"email":"ana@demo.test"}`
	fmt.Fprintf(conn, "POST /v1/email/start HTTP/1.1\r\nHost: %s\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", address, len(body))
	read := bufio.NewReader(conn)
	if line, err := read.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100") {
		t.Fatalf("the server says %q, %v, want that it reads the body", line, err)
	}
	if _, err := read.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	for open := true; open; { // until nobody listens any more
		probe, err := net.Dial("tcp", address)
		if open = err == nil; open {
			probe.Close()
		}
	}
	io.WriteString(conn, body)
	answer, err := http.ReadResponse(read, nil)
	if err != nil {
		t.Fatalf("the answer under way was cut: %v", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		t.Errorf("the answer under way is %s, want one of success: the store is open until it is given", answer.Status)
	}
	conn.Close()
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
}

// A server that never listened stops as well, and once is enough.
func TestStopTwice(t *testing.T) {
	s, err := newSite(t.Context(), server.Config{Data: t.TempDir(), Origin: "http://127.0.0.1:8420", Demo: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if err := s.stop(); err != nil {
		t.Errorf("a second stop: %v", err)
	}
}
