package cli

// This file: `nod server demo` runs the reference server with sample people.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"nod/approve/server"
)

func (a *app) serverCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "server", Short: "the reference server: try it, run it, look after it", Args: noArgs, RunE: parent,
		Long: `The reference server has five sample sites, signs people in with a second factor and
asks paired devices. Try it with nod server demo; for real use nod server init and
nod server run. The other commands look after its data, also while it runs.`,
	}
	cmd.AddGroup(&cobra.Group{ID: groupRun, Title: "Running it:"}, &cobra.Group{ID: groupCompany, Title: "The company's settings:"},
		&cobra.Group{ID: groupStore, Title: "What it keeps:"})
	grouped(cmd, groupRun, a.serverDemoCommand(), a.serverInitCommand(), a.serverRunCommand(), a.serverUnitCommand())
	grouped(cmd, groupCompany, a.serverUserCommand(), a.serverAppCommand(), a.serverPolicyCommand(),
		a.serverAuditCommand(), a.serverOutboxCommand(), a.serverResetCommand())
	grouped(cmd, groupStore, a.serverDoctorCommand(), a.serverBackupCommand(), a.serverCopyCommand(), a.serverMigrateCommand())
	return cmd
}

const (
	groupRun     = "run"
	groupCompany = "company"
	groupStore   = "store"
)

func (a *app) serverDemoCommand() *cobra.Command {
	var listen, data string
	demo := &cobra.Command{
		Use:   "demo",
		Short: "run the reference server with sample people, on this machine only",
		Long: `Run the reference server on loopback, with sample people, an outbox for the mails
it sends and a clock that can be moved (/dev pages). It prints its address once it
answers, and runs until it is interrupted. Without --data it forgets everything then.`,
		Example: `  nod server demo
  nod server demo --listen 127.0.0.1:0 --json     any free port, for scripts`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runServerDemo(cmd.Context(), listen, data) },
	}
	demo.Flags().StringVar(&listen, "listen", defaultListen, "loopback `address` and port (0: any free port)")
	demo.Flags().StringVar(&data, "data", "", "keep the data in this `directory`")
	return demo
}

func (a *app) runServerDemo(ctx context.Context, listen, data string) error {
	if data == "" {
		dir, err := os.MkdirTemp("", "nod-demo-server-")
		if err != nil {
			return fmt.Errorf("make a folder for the demo: %w", err)
		}
		defer os.RemoveAll(dir)
		data = dir
	}
	site, err := startSite(ctx, listen, data)
	if err != nil {
		return err
	}
	defer site.stop() // again, where it has not been stopped
	if err := a.printSite(site, data); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return site.stop()
	case err := <-site.failed:
		return fmt.Errorf("serve: %w", err)
	}
}

// printSite tells where the server is and who can sign in.
func (a *app) printSite(s *site, data string) error {
	people := server.People()
	if a.flags.json {
		type person struct {
			Email    string `json:"email"`
			Password string `json:"password"`
			Admin    bool   `json:"admin"`
		}
		var shapes []person
		for _, p := range people {
			shapes = append(shapes, person{p.Email, p.Password, p.Admin})
		}
		return a.printJSON(struct {
			Schema int      `json:"schema"`
			Portal string   `json:"portal"`
			Data   string   `json:"data"`
			Sites  []string `json:"sites"`
			People []person `json:"people"`
		}{schema, s.origin, data, server.Sites(), shapes})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "nod server %s  demo mode, data in %s, dev pages ON (loopback only)\n", version(), data)
	left := []string{"portal     " + s.origin, "outbox     " + s.origin + "/dev/outbox", "sites      " + strings.Join(server.Sites(), "  ")}
	for i := range max(len(left), len(people)) {
		line, who := "", ""
		if i < len(left) {
			line = left[i]
		}
		if i < len(people) {
			who = people[i].Email + " / " + people[i].Password
			if people[i].Admin {
				who += " (administrator)"
			}
		}
		fmt.Fprintf(&b, "%-50s %s\n", line, who)
	}
	b.WriteString("next       in another terminal:  nod         then use registration code from Security\n")
	return a.print("%s", b.String())
}

// startSite starts a demo server at a loopback address.
func startSite(ctx context.Context, listen, data string) (*site, error) {
	if err := onLoopback(listen); err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return nil, noListener(err)
	}
	origin := "http://" + listener.Addr().String()
	s, err := newSite(ctx, server.Config{Data: data, Origin: origin, Demo: true})
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	s.serve(listener, nil)
	return s, nil
}

func noListener(err error) error {
	return &statusError{
		exit: exitOther, name: "no_listener", text: "start the server: " + err.Error(),
		hint: "another server may run there: --listen 127.0.0.1:0 takes a free port",
	}
}

// onLoopback refuses an address that other machines could reach: a demo's
// passwords are known to everyone.
func onLoopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return &usageError{err: fmt.Errorf("--listen %q: %w", listen, err), hint: "write it as 127.0.0.1:8420"}
	}
	address, err := netip.ParseAddr(host)
	if err != nil || !address.IsLoopback() {
		return &usageError{err: fmt.Errorf("--listen %q is not on loopback", listen), hint: "the demo's passwords are public: use 127.0.0.1 or ::1"}
	}
	return nil
}
