package store_test

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"nod/approve/server/store"
	"nod/approve/server/store/storetest"
)

func TestHears(t *testing.T) {
	storetest.Each(t, func(t *testing.T, open func() *store.Store) {
		if err := open().Hears(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A pooler that gives each transaction another connection keeps announcements
// to itself.
func TestHearsNothing(t *testing.T) {
	s := storetest.Open(t, deafPooler(t, storetest.Postgres(t)))
	if err := s.Hears(t.Context()); err == nil || !strings.Contains(err.Error(), "pooler") {
		t.Errorf("error = %v, want one that names the pooler", err)
	}
}

// deafPooler returns an address of the same database where no announcement
// arrives.
func deafPooler(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(u.Query().Get("host"), ".s.PGSQL.5432")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go pool(client, socket)
		}
	}()
	return "postgres://postgres@" + listener.Addr().String() + u.Path + "?sslmode=disable"
}

// pool carries messages between a client and the server, but announcements.
func pool(client net.Conn, socket string) {
	defer client.Close()
	server, err := net.Dial("unix", socket)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		defer server.Close()
		io.Copy(server, client)
	}()
	for {
		head := make([]byte, 5) // a letter and the length of what follows it
		if _, err := io.ReadFull(server, head); err != nil {
			return
		}
		body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
		if _, err := io.ReadFull(server, body); err != nil {
			return
		}
		if head[0] == 'A' {
			continue
		}
		if _, err := client.Write(append(head, body...)); err != nil {
			return
		}
	}
}
