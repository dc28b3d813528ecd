package cli

// This file: `nod server demo` runs the reference server with sample people.

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"nod/approve/server"
)

func (a *app) serverCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "server", Short: "the reference server", Args: noArgs, RunE: parent}
	var listen, data string
	demo := &cobra.Command{
		Use:   "demo",
		Short: "run the reference server with sample people, on this machine only",
		Long: `Run the reference server on loopback, with sample people, an outbox for the mails
it sends and a clock that can be moved (/dev pages). It prints its address once it
answers, and runs until it is interrupted. Without --data it forgets everything then.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runServerDemo(cmd.Context(), listen, data) },
	}
	demo.Flags().StringVar(&listen, "listen", "127.0.0.1:8420", "loopback `address` and port (0: any free port)")
	demo.Flags().StringVar(&data, "data", "", "keep the data in this `directory`")
	cmd.AddCommand(demo)
	return cmd
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
	defer site.stop()
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
			People []person `json:"people"`
		}{schema, s.origin, data, shapes})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "nod server %s  demo mode, data in %s, dev pages ON (loopback only)\n", version(), data)
	left := []string{"portal     " + s.origin, "outbox     " + s.origin + "/dev/outbox", "sites      rms"}
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

// site is a demo server in this process.
type site struct {
	origin string
	demo   *server.Server
	http   *http.Server
	failed chan error // of serving
}

// startSite starts a demo server at a loopback address.
func startSite(ctx context.Context, listen, data string) (*site, error) {
	if err := onLoopback(listen); err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return nil, &statusError{
			exit: exitOther, name: "no_listener", text: "start the server: " + err.Error(),
			hint: "another server may run there: --listen 127.0.0.1:0 takes a free port",
		}
	}
	s := &site{origin: "http://" + listener.Addr().String(), failed: make(chan error, 1)}
	s.demo, err = server.New(ctx, server.Config{Data: data, Origin: s.origin, Demo: true})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the server: %w", err), listener.Close())
	}
	s.http = &http.Server{Handler: s.demo, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.failed <- err
		}
	}()
	return s, nil
}

// stop ends the long polls, lets answers under way finish and closes the store.
func (s *site) stop() error {
	if s.http == nil {
		return nil
	}
	closed := s.demo.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close()
	}
	s.http = nil
	return errors.Join(closed, err)
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
