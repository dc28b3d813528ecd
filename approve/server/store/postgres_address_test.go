package store

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// No error and nothing shown has a part of the password, however the address is
// written. Nothing listens at the address.
func TestPasswordIsNotShown(t *testing.T) {
	const place = "127.0.0.1:1/nod"
	for name, where := range map[string]string{
		"plain":               "postgres://ana:sesame@" + place,
		"escaped":             "postgres://ana:sesa%40me@" + place,
		"at":                  "postgres://ana:sesa@me@" + place,
		"slash":               "postgres://ana:sesa/me@" + place,
		"slash after number":  "postgres://ana:12/sesame@" + place,
		"question mark":       "postgres://ana:12?sesame@" + place,
		"hash":                "postgres://ana:12#sesame@" + place,
		"percent":             "postgres://ana:sesa%zzme@" + place,
		"colon":               "postgres://ana:sesa:me@" + place,
		"space":               "postgres://ana:sesa me@" + place,
		"bad port":            "postgres://ana:sesame@127.0.0.1:port/nod",
		"bad setting":         "postgres://ana:sesame@" + place + "?sslmode=sesame",
		"missing certificate": "postgres://ana:sesame@" + place + "?sslmode=verify-full&sslrootcert=/none/sesame",
		"as a setting":        "postgres://" + place + "?user=ana&password=sesame",
		"as a bad setting":    "postgres://" + place + "?user=ana&password=sesame&connect_timeout=x",
		"other scheme":        "PostgreSQL://ana:sesame@" + place,
		"no host":             "postgres://ana:sesame@:1/nod",
		"opaque":              "postgres:ana:sesame",
		"mysql":               "mysql://ana:sesame@" + place,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // there is no need to connect and to wait
			s, err := Open(ctx, where, nil)
			if err == nil {
				s.Close()
				t.Fatal("it opened")
			}
			for _, shown := range []string{err.Error(), Shown(where)} {
				for _, part := range []string{"sesa", "me@"} {
					if name != "mysql" && strings.Contains(shown, part) {
						t.Errorf("%q shows %q", shown, part)
					}
				}
			}
			if strings.Contains(err.Error(), "sesa") {
				t.Errorf("error = %v", err)
			}
		})
	}
}

func TestRefusedConnectionShowsNoPassword(t *testing.T) {
	config, err := parseAddress("postgres://ana:sesame@127.0.0.1:1/nod")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err == nil {
		conn.Close(t.Context())
		t.Fatal("something listens at port 1")
	}
	if strings.Contains(err.Error(), "sesame") || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("error = %v", err)
	}
}

func TestShown(t *testing.T) {
	for where, want := range map[string]string{
		"/var/lib/nod/server.db":                               "/var/lib/nod/server.db",
		"postgres://ana:sesame@db.demo.test:5432/nod":          "postgres://ana@db.demo.test:5432/nod",
		"postgresql://ana@db.demo.test/nod?sslmode=require":    "postgres://ana@db.demo.test/nod",
		"postgres:///nod?host=/run/postgresql&password=sesame": "postgres:///nod",
		"postgres://ana:se/sa@db.demo.test/nod":                "postgres://...",
	} {
		if got := Shown(where); got != want {
			t.Errorf("%s is shown as %s, want %s", where, got, want)
		}
	}
}

// What is not given is filled in, and what is given stays.
func TestAddressSettings(t *testing.T) {
	config, err := parseAddress("postgres://ana@db.demo.test/nod")
	if err != nil {
		t.Fatal(err)
	}
	if config.ConnectTimeout == 0 || config.RuntimeParams["application_name"] != "nod" {
		t.Errorf("settings = %v, %v", config.ConnectTimeout, config.RuntimeParams)
	}
	config, err = parseAddress("postgres://ana@db.demo.test/nod?application_name=other&connect_timeout=3")
	if err != nil {
		t.Fatal(err)
	}
	if config.ConnectTimeout.Seconds() != 3 || config.RuntimeParams["application_name"] != "other" {
		t.Errorf("settings = %v, %v", config.ConnectTimeout, config.RuntimeParams)
	}
}
