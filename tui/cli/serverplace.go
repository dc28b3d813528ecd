package cli

// This file: which server a command is about, opening it, and what its errors
// mean to the person.

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/spf13/cobra"

	"nod/approve/server"
)

// serverPlace says where a server's data and configuration are.
type serverPlace struct{ data, config string }

func (p *serverPlace) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.data, "data", "", "`directory` of the server ($NOD_SERVER_DATA; nod/server in $XDG_DATA_HOME)")
	cmd.Flags().StringVar(&p.config, "config", "", "configuration `file` (server.toml in the directory)")
}

// find makes the paths of p absolute and fills in what was not given.
func (p serverPlace) find(a *app) (serverPlace, error) {
	p.data = firstOf(p.data, a.env.Getenv("NOD_SERVER_DATA"))
	if p.data == "" {
		home := a.dataDir()
		if home == "" {
			return p, &usageError{err: errNoHome, hint: "set HOME or name the directory with --data"}
		}
		p.data = filepath.Join(home, "server")
	}
	var err error
	if p.data, err = filepath.Abs(p.data); err != nil {
		return p, err
	}
	p.config, err = filepath.Abs(firstOf(p.config, filepath.Join(p.data, configName)))
	return p, err
}

// read returns the configuration and what it means for the server.
func (p serverPlace) read(a *app) (serverPlace, serverConfig, server.Config, error) {
	p, err := p.find(a)
	if err != nil {
		return p, serverConfig{}, server.Config{}, err
	}
	c, err := readServerConfig(p.config)
	if err != nil {
		return p, c, server.Config{}, err
	}
	s, err := c.settings(p.data, a.env.Getenv("CREDENTIALS_DIRECTORY"))
	s.Now = a.env.Now
	return p, c, s, err
}

// withServer runs do with the server's store open. The server may run meanwhile.
func (a *app) withServer(ctx context.Context, p serverPlace, do func(context.Context, *server.Server) error) error {
	_, _, settings, err := p.read(a)
	if err != nil {
		return err
	}
	s, err := server.New(ctx, settings)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx, 0)
	defer cancel()
	return errors.Join(reasoned(do(ctx, s)), s.Close())
}

// reasoned gives an error of the server the exit status of its reason.
func reasoned(err error) error {
	if err == nil {
		return nil
	}
	switch server.ReasonOf(err) {
	case server.Missing:
		return &statusError{exit: exitNotFound, name: "not_found", text: err.Error(), hint: "nod server user list, nod server app list and nod server policy show tell what there is"}
	case server.Wrong:
		return &usageError{err: err}
	case server.Conflict:
		return &statusError{exit: exitConflict, name: "conflict", text: err.Error()}
	}
	return err
}
