package store

// The address of a PostgreSQL database, which may hold a password.

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// errAddress names no part of the address: any could be a piece of a password.
var errAddress = errors.New("the address of the database can not be read: write postgres://name:password@host:port/database, with %40 for an @ in the password and so on")

func isPostgres(where string) bool {
	scheme, _, found := strings.Cut(where, ":")
	return found && (strings.EqualFold(scheme, "postgres") || strings.EqualFold(scheme, "postgresql"))
}

// Shown is the place of a store as others may see it: an address without
// password and settings.
func Shown(where string) string {
	if !isPostgres(where) {
		return where
	}
	u, err := readAddress(where)
	if err != nil {
		return "postgres://..."
	}
	shown := url.URL{Scheme: "postgres", Host: u.Host, Path: u.Path}
	if name := u.User.Username(); name != "" {
		shown.User = url.User(name)
	}
	return shown.String()
}

// readAddress refuses an address whose parts are not certain: a / or ? in a
// password would make the rest of it a part that is shown.
func readAddress(where string) (*url.URL, error) {
	u, err := url.Parse(where)
	if err != nil || !strings.Contains(where, "://") || u.Fragment != "" || strings.Contains(u.EscapedPath(), "@") || strings.Contains(u.RawQuery, "@") {
		return nil, errAddress
	}
	return u, nil
}

func parseAddress(where string) (*pgx.ConnConfig, error) {
	u, err := readAddress(where)
	if err != nil {
		return nil, err
	}
	u.Scheme = "postgres" // pgx takes it in lower case alone
	text := u.String()
	config, err := pgx.ParseConfig(text)
	if err != nil {
		return nil, fmt.Errorf("the address of the database: %s", withoutSecrets(err.Error(), text, u))
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	// A network that is gone says nothing: ask, and give up after half a minute.
	dialer := net.Dialer{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 4}}
	config.DialFunc = dialer.DialContext
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "nod"
	}
	return config, nil
}

// withoutSecrets takes the address and what is secret in it out of a message.
func withoutSecrets(message, address string, u *url.URL) string {
	if _, cause, found := strings.Cut(message, "`: "); found {
		message = cause
	}
	secrets := []string{address}
	if password, set := u.User.Password(); set {
		_, raw, _ := strings.Cut(u.User.String(), ":")
		secrets = append(secrets, password, raw)
	}
	for key, values := range u.Query() {
		if strings.Contains(strings.ToLower(key), "password") {
			secrets = append(secrets, values...)
		}
	}
	for _, secret := range secrets {
		if secret != "" {
			message = strings.ReplaceAll(message, secret, "...")
		}
	}
	return message
}
