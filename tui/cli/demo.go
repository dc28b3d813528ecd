package cli

// This file: `nod demo` shows everything at once: a server, a vault, a pairing
// and sign-ins that arrive. All of it lives in one temporary folder and in this
// process, and is gone afterwards. The simulated people are in demopeople.go.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"nod/approve"
	"nod/tui"
	"nod/vault"
	"nod/vault/otp"
)

// demoPIN opens the demo's vault; the demo says so on screen.
const demoPIN = "4071"

func (a *app) demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "try nod: a server, a vault with sample accounts and sign-ins that arrive",
		Args:  noArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.runDemo(cmd.Context()) },
	}
	a.screenFlags(cmd)
	return cmd
}

func (a *app) runDemo(ctx context.Context) error {
	if err := a.needScreen(); err != nil {
		return err
	}
	return a.demo(ctx, a.fullScreen)
}

// demo sets everything up, shows it on screen and removes it again.
func (a *app) demo(ctx context.Context, screen func(context.Context, tui.Config) error) (err error) {
	dir, err := os.MkdirTemp("", "nod-demo-")
	if err != nil {
		return fmt.Errorf("make a folder for the demo: %w", err)
	}
	// Deferred, so that an error, a signal (which ends ctx) and a panic all pass here.
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	a.say("nod demo: starting a server and making a vault...")

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	site, err := startSite(ctx, "127.0.0.1:0", filepath.Join(dir, "server"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, site.stop()) }()
	v, err := a.demoVault(ctx, dir, site)
	if err != nil {
		return err
	}
	defer v.Close()

	notes := make(chan string, 8)
	c, err := a.surroundings(ctx, tui.Config{
		Place: v.Place(), Drivers: a.drivers(), Vault: v, Cost: vault.FloorCost, Server: site.origin, Notes: notes,
	})
	if err != nil {
		return err
	}
	signIns := make(chan error, 1)
	go func() { signIns <- a.signIns(ctx, cancel, site, notes) }()
	err = screen(ctx, c)
	cancel()
	return errors.Join(err, <-signIns) // before the server stops
}

// signIns plays the browser until ctx ends. A panic in it ends the demo as an
// error, so that what was made is removed.
func (a *app) signIns(ctx context.Context, cancel context.CancelFunc, s *site, notes chan<- string) (err error) {
	defer func() {
		if what := recover(); what != nil {
			err = fmt.Errorf("simulated browser: %v", what)
			cancel()
		}
	}()
	(&visitor{site: s, notes: notes, http: a.env.HTTP}).keepSigningIn(ctx)
	return nil
}

// demoVault makes a vault with sample accounts that is paired with the server.
func (a *app) demoVault(ctx context.Context, dir string, s *site) (*vault.Vault, error) {
	place := vault.Place{File: filepath.Join(dir, "vault", "vault.nod"), State: filepath.Join(dir, "state")}
	v, _, err := vault.Create(place, vault.Options{PIN: []byte(demoPIN), Cost: vault.FloorCost})
	if err != nil {
		return nil, err
	}
	if _, err := v.Add(false, sampleAccounts()...); err != nil {
		v.Close()
		return nil, err
	}
	if err := a.demoPair(ctx, v, s); err != nil {
		v.Close()
		return nil, fmt.Errorf("pair with the demo's server: %w", err)
	}
	return v, nil
}

// demoPair pairs as ana, whose part at the site the demo plays, too.
func (a *app) demoPair(ctx context.Context, v *vault.Vault, s *site) error {
	ctx, cancel := context.WithTimeout(ctx, defaultLimit)
	defer cancel()
	in := approve.NewInbox(v, a.drivers()...)
	code, err := s.demo.RegistrationCode(ctx, demoEmail)
	if err != nil {
		return err
	}
	d, err := in.Pair(ctx, approve.Offer{Server: s.origin, Code: code, DeviceName: "demo terminal", Platform: "demo"})
	if err != nil {
		return err
	}
	if err := s.demo.Confirm(ctx, demoEmail, d.RemoteID); err != nil {
		return err
	}
	_, err = in.Await(ctx, d.ID)
	return err
}

// sampleAccounts have made-up keys. One runs for 60 s, one counts (HOTP).
func sampleAccounts() []vault.NewAccount {
	totp := func(issuer, name, secret string, period int) vault.NewAccount {
		return vault.NewAccount{Source: "demo", Key: otp.Key{
			Type: otp.TOTP, Issuer: issuer, Name: name, Secret: []byte(secret), Algorithm: otp.SHA1, Digits: 6, Period: period,
		}}
	}
	router := totp("Router", "admin", "demo router admin 12", 0)
	router.Key.Type, router.Key.Counter = otp.HOTP, 14
	return []vault.NewAccount{
		totp("HelpDesk", "ana@demo.test", "demo helpdesk ana 01", 60),
		totp("1Global", "ana@demo.test", "demo oneglobal ana 3", 30),
		totp("Code hosting", "ana-ops", "demo hosting ana 444", 30),
		totp("VPN jump", "shared: noc", "demo vpn jump noc 55", 30),
		router,
	}
}

// pause waits, and tells whether ctx is still good.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
