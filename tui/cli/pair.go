package cli

// This file: `nod pair` makes this vault a device of an account at a server.

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"nod/approve"
	"nod/vault"
)

// pairLimit is how long a person may take to confirm the device at the site.
const pairLimit = 10 * time.Minute

type pairOptions struct {
	server, name, qr  string
	noWait, simulated bool
	linkOptions
}

func (a *app) pairCommand() *cobra.Command {
	var o pairOptions
	cmd := &cobra.Command{
		Use:   "pair [CODE|LINK|-]",
		Short: "make this vault a device of your account at a site",
		Long: `Pair with a site: with the registration code that it shows (and --server), with
its nod://pair link, or with a picture of its QR code (--qr). nod shows four words;
the site shows the same ones. Say yes there, and nod prints the id of the pairing.

Links of privacyIDEA, eduMFA, Keycloak and tiqr servers are known by themselves. nod
shows what such a link says before it sends anything; --yes agrees to it unseen.

A smartphone container of privacyIDEA (pia://container/...) is registered only with
--container: the server renews the secret of each of its tokens that nod does not
list, and the same token stops working elsewhere. See nod servers sync --help.`,
		Example: `  nod pair 482913 --server https://nod.example.org
  nod pair --qr screen
  nod pair 'otpauth://pipush/...'
  nod pair - --yes --ca-file company.pem < link.txt
  nod pair 'pia://container/...' --container`,
		Args: maxArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return a.runPair(cmd.Context(), args, o) },
	}
	pairFlags(cmd, &o)
	return cmd
}

func pairFlags(cmd *cobra.Command, o *pairOptions) {
	f := cmd.Flags()
	f.StringVar(&o.server, "server", "", "`address` of the site, with a registration code ($NOD_SERVER)")
	f.StringVar(&o.name, "name", "", "this device's `name` at the site (the machine's name)")
	f.StringVar(&o.qr, "qr", "", "`place` of the pairing QR code: a picture, -, clipboard, screen, region, camera")
	f.BoolVar(&o.noWait, "no-wait", false, "do not wait until the device is confirmed at the site")
	f.BoolVar(&o.yes, "yes", false, "agree to what the link says, without being asked")
	f.StringVar(&o.caFile, "ca-file", "", "believe only the certificates of this `file` (PEM) to be the server's, for this pairing")
	f.BoolVar(&o.unchecked, "no-tls-check", false, "check no certificate; requests of this pairing can only be ignored")
	f.BoolVar(&o.loopback, "loopback", false, "allow a server of another maker on this machine, over http too")
	f.StringVar(&o.clientID, "client-id", "", "client `id` of the realm (Keycloak push-mfa)")
	f.StringVar(&o.clientSecret, "client-secret-file", "", "`file` with the client secret of the realm")
	f.BoolVar(&o.container, "container", false, "register a smartphone container (privacyIDEA): a set of tokens that the server renews")
	f.StringVar(&o.passphrase, "container-passphrase-file", "", "`file` with the passphrase that a container's link asks for, such as /dev/fd/3")
	f.BoolVar(&o.simulated, "simulated", false, "mark the device as simulated")
	_ = f.MarkHidden("simulated")
}

var registrationCode = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[0-9]{6}$`) })

func (a *app) runPair(ctx context.Context, args []string, o pairOptions) error {
	offer, err := a.offer(ctx, args, o)
	if err != nil {
		return err
	}
	limit := pairLimit
	if o.noWait {
		limit = defaultLimit
	}
	return a.withRequests(ctx, limit, func(ctx context.Context, _ keeper, in inbox) error {
		if offer.Link != "" {
			preview, err := a.preview(offer.Link)
			if err != nil && classify(err, time.Time{}).Exit == exitOther {
				return &usageError{err: err, hint: "copy the whole link, or take the registration code"}
			}
			if err != nil {
				return err
			}
			if err := a.agree(ctx, preview, o.linkOptions, &offer); err != nil {
				return err
			}
		}
		d, err := in.Pair(ctx, offer)
		if err != nil {
			return pairHint(err, offer)
		}
		if d.State == vault.DevicePending {
			a.say("%s for %s at %s\nwords: %s\nCompare them with the site's and say yes there.", d.App, d.Account, d.Server, strings.Join(d.Words, " "))
			if !o.noWait {
				if d, err = in.Await(ctx, d.ID); err != nil {
					return err
				}
				a.say("paired as %s", d.Name)
			}
		}
		return a.answer(struct {
			Schema int `json:"schema"`
			deviceJSON
		}{schema, deviceShape(d)}, "%s\n", d.ID)
	})
}

// offer reads what the person brings to pair.
func (a *app) offer(ctx context.Context, args []string, o pairOptions) (approve.Offer, error) {
	offer := approve.Offer{
		DeviceName: firstOf(o.name, hostName()), Platform: runtime.GOOS + " terminal", Simulated: o.simulated,
	}
	text, err := a.offerText(ctx, args, o)
	if err != nil {
		return offer, err
	}
	text = strings.TrimSpace(text)
	if code := strings.ReplaceAll(text, " ", ""); registrationCode().MatchString(code) {
		offer.Code, offer.Server = code, firstOf(o.server, a.env.Getenv("NOD_SERVER"))
		if offer.Server == "" {
			return offer, &usageError{err: errors.New("a registration code is nothing without its site"), hint: "add --server https://..."}
		}
		return offer, o.ownServer()
	}
	if !strings.Contains(text, "://") {
		return offer, usagef("that is neither a 6-digit registration code nor a link")
	}
	offer.Link = text
	return offer, nil
}

func (a *app) offerText(ctx context.Context, args []string, o pairOptions) (string, error) {
	switch {
	case o.qr != "" && len(args) > 0:
		return "", usagef("give a code, a link or --qr, not two of them")
	case o.qr != "":
		found, err := a.sightAll(ctx, []string{o.qr})
		if err != nil {
			return "", err
		}
		for _, s := range found {
			if a.isPairing(s.text) {
				return s.text, nil
			}
		}
		if len(found) > 0 {
			return "", fmt.Errorf("the picture's QR code: %w", approve.ErrNotMine)
		}
		return "", errNoQR
	case len(args) == 1 && args[0] == "-":
		return a.readInput("a pairing link")
	case len(args) == 1:
		return args[0], nil
	}
	text, err := a.ask(ctx, "Registration code or link: ")
	if errors.Is(err, errNoTerminal) {
		return "", &usageError{err: errors.New("nothing to pair with"), hint: "nod pair CODE --server ADDRESS, or nod pair --qr FILE"}
	}
	return text, err
}

func hostName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "terminal"
	}
	short, _, _ := strings.Cut(name, ".")
	return short
}
