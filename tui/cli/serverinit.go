package cli

// This file: `nod server init` makes what a server needs, and the first
// administrator's link.

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"nod/approve/protocol"
	"nod/approve/server"
)

type serverInitOptions struct {
	serverPlace
	serverConfig
	admin, name string
	storeFile   string
	newLink     bool
}

func (a *app) serverInitCommand() *cobra.Command {
	var o serverInitOptions
	cmd := &cobra.Command{
		Use:   "init",
		Short: "set up a server: its configuration, keys, store and first administrator",
		Long: `Make a server's directory with its configuration (server.toml), its key and its
store, and print the one-time link by which the first administrator chooses a
password. The link works once, within 24 hours, as soon as nod server run answers.
Without --origin the server is for this machine alone, at http://127.0.0.1:8420.`,
		Example: `  nod server init --origin https://nod.example.org --admin ana@example.org --name Ana \
      --tls-cert /etc/ssl/nod.pem --tls-key /etc/ssl/nod.key --listen :443
  nod server init --origin https://nod.example.org --admin ana@example.org --trusted-proxy 127.0.0.1
  nod server init --new-link              the link was lost before anyone used it`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runServerInit(cmd.Context(), o) },
	}
	o.register(cmd)
	f := cmd.Flags()
	f.StringVar(&o.Origin, "origin", "", "the `address` that people use: https://nod.example.org")
	f.StringVar(&o.admin, "admin", "", "`e-mail` address of the first administrator")
	f.StringVar(&o.name, "name", "Administrator", "`name` of the first administrator")
	f.StringVar(&o.Listen, "listen", "", "`address` and port to listen at (that of the origin on this machine, else "+defaultListen+")")
	f.StringVar(&o.TLS.Cert, "tls-cert", "", "`file` of the certificate, with those that vouch for it")
	f.StringVar(&o.TLS.Key, "tls-key", "", "`file` of the certificate's key")
	f.StringArrayVar(&o.TrustedProxies, "trusted-proxy", nil, "`address` or network of a proxy in front; again for more")
	f.StringVar(&o.Store, "store", "", "`address` of a PostgreSQL database, without a password: postgres://nod@host/nod")
	f.StringVar(&o.storeFile, "store-file", "", "read the address of the PostgreSQL database from `file`")
	f.StringVar(&o.KeyFile, "key-file", "", "keep the server's key in this `file`, outside the data directory")
	f.BoolVar(&o.newLink, "new-link", false, "the server is set up: make another first link")
	return cmd
}

func (a *app) runServerInit(ctx context.Context, o serverInitOptions) (err error) {
	if o.serverPlace, err = o.serverPlace.find(a); err != nil {
		return err
	}
	if o.newLink {
		return a.newFirstLink(ctx, o)
	}
	if err := o.fill(); err != nil {
		return err
	}
	for _, name := range []string{o.config, filepath.Join(o.data, "server.db")} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return &statusError{
				exit: exitConflict, name: "exists", text: name + " exists: a server is set up here already",
				hint: "start it with nod server run; nod server init --new-link makes another first link; --data names another directory",
			}
		}
	}
	made := madeFiles{}
	defer func() {
		if err != nil {
			made.remove()
		}
	}()
	link, err := o.make(ctx, a, &made)
	if err != nil {
		return err
	}
	return a.printInit(o, link)
}

// fill checks the options and puts the defaults in.
func (o *serverInitOptions) fill() error {
	o.file = o.config
	if err := o.readStore(); err != nil {
		return err
	}
	for _, name := range []*string{&o.TLS.Cert, &o.TLS.Key, &o.KeyFile} {
		if *name == "" {
			continue
		}
		abs, err := filepath.Abs(*name)
		if err != nil {
			return err
		}
		*name = abs
	}
	local := o.Origin == ""
	if local {
		o.Origin = "http://" + firstOf(o.Listen, defaultListen)
	}
	origin, err := protocol.Origin(o.Origin)
	if err != nil {
		return &usageError{err: fmt.Errorf("--origin %q: %w", o.Origin, err), hint: "an origin looks like https://nod.example.org"}
	}
	o.Origin = origin
	if host, plain := strings.CutPrefix(origin, "http://"); plain && o.Listen == "" {
		if o.Listen = host; !strings.Contains(host, ":") {
			o.Listen += ":80"
		}
	}
	o.Listen = firstOf(o.Listen, defaultListen)
	if o.admin == "" && !strings.HasPrefix(origin, "http://") {
		return &usageError{err: errors.New("--admin is missing"), hint: "give the first administrator's e-mail address: --admin ana@example.org --name Ana"}
	}
	o.admin = firstOf(o.admin, "admin@localhost")
	if err := o.check(); err != nil {
		return &usageError{err: err}
	}
	return nil
}

// readStore reads the address of the store. Arguments are seen by everyone on
// this machine, so it must not hold a password there.
func (o *serverInitOptions) readStore() (err error) {
	if o.storeFile == "" {
		return withoutPassword("--store", o.Store)
	}
	if o.Store != "" {
		return usagef("--store and --store-file say the same")
	}
	o.Store, err = readPassword(o.storeFile)
	return err
}

// withoutPassword refuses an address that holds a password.
func withoutPassword(flag, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return usagef("%s is not an address like postgres://nod@host/nod", flag)
	}
	if _, found := u.User.Password(); found || u.Query().Has("password") || u.Query().Has("sslpassword") {
		return &usageError{
			err:  fmt.Errorf("%s holds a password, which everyone on this machine can see", flag),
			hint: "leave it out and name a file of passwords in $PGPASSFILE, or put the address into a file",
		}
	}
	return nil
}

// madeFiles are what a failed init takes back.
type madeFiles []string

func (m madeFiles) remove() {
	for i := len(m) - 1; i >= 0; i-- {
		_ = os.Remove(m[i]) // a directory only when it is empty
	}
}

// make writes the configuration and the key, opens the store and makes the
// first administrator.
func (o serverInitOptions) make(ctx context.Context, a *app, made *madeFiles) (string, error) {
	if _, err := os.Stat(o.data); errors.Is(err, fs.ErrNotExist) {
		*made = append(*made, o.data)
	}
	for _, dir := range []string{o.data, filepath.Dir(o.config), filepath.Dir(o.keyFile())} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", fmt.Errorf("set up server: %w", err)
		}
	}
	if err := writeNew(o.config, configText(o.serverConfig)); err != nil {
		return "", fmt.Errorf("set up server: %w", err)
	}
	*made = append(*made, o.config)
	if err := server.MakeKey(o.keyFile()); err != nil {
		return "", fmt.Errorf("set up server: %w", err)
	}
	*made = append(*made, o.keyFile())
	_, _, settings, err := o.serverPlace.read(a)
	if err != nil {
		return "", err
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		*made = append(*made, filepath.Join(o.data, "server.db"+suffix))
	}
	s, err := server.New(ctx, settings)
	if err != nil {
		return "", err
	}
	link, err := s.Begin(ctx, o.admin, o.name)
	return link, errors.Join(reasoned(err), s.Close())
}

// newFirstLink makes another link for the first administrator.
func (a *app) newFirstLink(ctx context.Context, o serverInitOptions) error {
	return a.withServer(ctx, o.serverPlace, func(ctx context.Context, s *server.Server) error {
		link, err := s.BeginAgain(ctx, o.admin, o.name)
		if server.ReasonOf(err) == server.Conflict {
			return &statusError{exit: exitConflict, name: "conflict", text: err.Error(), hint: "nod server user invite --lost E-MAIL gives a person a link to choose another password"}
		}
		if err != nil {
			return err
		}
		return a.answer(struct {
			Schema int    `json:"schema"`
			Link   string `json:"link"`
		}{schema, link}, "%s\n", link)
	})
}

func (a *app) printInit(o serverInitOptions, link string) error {
	next := "nod server run"
	if o.data != filepath.Join(a.dataDir(), "server") {
		next += " --data " + o.data
	}
	if strings.HasPrefix(o.Origin, "https") && o.TLS.Cert == "" && len(o.TrustedProxies) == 0 {
		a.say("%s names neither a certificate nor a trusted proxy yet: the server will not start without one", o.config)
	}
	a.say("back up %s, apart from the data: without it nothing in the store can be used", o.keyFile())
	return a.answer(struct {
		Schema int    `json:"schema"`
		Data   string `json:"data"`
		Config string `json:"config"`
		Key    string `json:"key"`
		Origin string `json:"origin"`
		Admin  string `json:"admin"`
		Link   string `json:"link"`
	}{schema, o.data, o.config, o.keyFile(), o.Origin, o.admin, link},
		"config  %s\nkey     %s\nadmin   %s\nlink    %s  (once, within 24 hours)\nnext    %s\n", o.config, o.keyFile(), o.admin, link, next)
}
