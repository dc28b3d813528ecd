package cli

// This file: the configuration file that `nod server init` writes.

import (
	"fmt"
	"strconv"
	"strings"
)

// configText is the file for c, with a comment for each setting.
func configText(c serverConfig) string {
	set := func(name, value, example string) string {
		if value == "" {
			return "# " + name + " = " + strconv.Quote(example)
		}
		return name + " = " + strconv.Quote(value)
	}
	list := func(name string, values []string, example string) string {
		if len(values) == 0 {
			return "# " + name + " = [" + strconv.Quote(example) + "]"
		}
		quoted := make([]string, len(values))
		for i, v := range values {
			quoted[i] = strconv.Quote(v)
		}
		return name + " = [" + strings.Join(quoted, ", ") + "]"
	}
	table := "[tls]"
	if c.TLS.Cert == "" {
		table = "# [tls]"
	}
	return fmt.Sprintf(configForm,
		set("origin", c.Origin, ""), set("listen", c.Listen, ""),
		list("trusted_proxies", c.TrustedProxies, "127.0.0.1"), set("proxy_header", c.ProxyHeader, "X-Forwarded-For"),
		list("metrics_from", c.MetricsFrom, "10.0.0.5"),
		set("store", c.Store, "postgres://nod:PASSWORD@db.example.org/nod?sslmode=verify-full"),
		set("key_file", c.KeyFile, "/etc/nod/server.key"),
		table, set("cert", c.TLS.Cert, "/etc/ssl/certs/nod.pem"), set("key", c.TLS.Key, "/etc/ssl/private/nod.key"))
}

const configForm = `# The configuration of a nod server. It may hold passwords: keep it to the
# server's user. Paths are relative to this file. The server reads it at its
# start; after a change: systemctl restart nod-server.

# The address that people and devices use. It is part of every pairing: devices
# have to pair again when it changes.
%s

# Where the server listens.
%s

# The proxies in front of the server, as addresses or networks: only what they
# say of where a request came from counts. One that does TLS has to be here.
%s
# The header in which they say it, X-Forwarded-For or Forwarded. It has to be one
# that the proxy writes itself: another could come from anyone.
%s

# Who may read /metrics besides this machine.
%s

# Where people, devices and the audit log are kept: a SQLite file in the data
# directory, unless this names a PostgreSQL database. Its encoding has to be UTF8,
# and a PgBouncer in between has to be in session mode. nod server copy moves there.
%s

# The server's key. Whoever has it can act as the server and read the secrets in
# its store. Without it the store is worth nothing: back it up, apart from it.
# systemd's credential nod-server.key comes first.
%s

# The certificate and its key. They are read again when they change.
%s
%s
%s

# The mail server. Without one, mails stay in the outbox: nod server outbox list.
# [mail]
# host = "mail.example.org"
# port = 587                      # 465 with tls = "implicit"
# tls = "starttls"                # or "implicit"; "none" only on this machine
# from = "nod <nod@example.org>"
# user = "nod"
# password_file = "mail.password" # one line, for its owner alone
# ca_file = "mail-ca.pem"         # if no public authority vouches for the host

# The gateway for text messages, as the HTTP request that sends one. {{.To}} and
# {{.Text}} are the number and the text; json and urlquery write them safely.
# Without one, text messages stay in the outbox.
# [sms]
# url = "https://gateway.example.org/messages"
# method = "POST"
# headers = { Authorization = "Bearer TOKEN", Content-Type = "application/json" }
# body = '{"to": {{json .To}}, "text": {{json .Text}}}'
# expect = 201                    # any 2xx when it is left out
`
