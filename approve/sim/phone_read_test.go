package sim

import (
	"strings"
	"testing"
)

func FuzzReadPhone(f *testing.F) {
	key := strings.Repeat("A", 43)
	f.Add(`{"version":1,"server":"http://127.0.0.1:8420","device_id":"d-1","name":"phone","server_key":"` + key +
		`","transport_seed":"` + key + `","approval_seed":"` + key + `"}`)
	f.Add(`{"version":1}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := readPhone([]byte(text))
		if err != nil {
			return
		}
		if p.Name() == "" || p.ID() == "" || len(strings.Fields(p.Words())) != 4 {
			t.Errorf("%q is a phone %q %q %q", text, p.Name(), p.ID(), p.Words())
		}
	})
}
