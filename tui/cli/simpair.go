package cli

// This file: `nod sim pair` is a person in the browser who switches 2-step
// verification on, asks for registration codes and says yes to the devices.

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"nod/approve/sim"
)

func (a *app) simPairCommand() *cobra.Command {
	var b browser
	var names []string
	var refuse bool
	cmd := &cobra.Command{
		Use:   "pair",
		Short: "ask for registration codes at the site, and confirm the devices that use them",
		Long: `Play the site's part of nod pair: sign in, choose the companion app under Security,
print the registration code and the pairing link, and say yes to the device that uses
one of them, if it has the given name. A further --name adds a further device.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runSimPair(cmd.Context(), b, names, refuse) },
	}
	b.register(cmd)
	cmd.Flags().StringVar(&b.app, "app", "rms", "the `site`")
	cmd.Flags().StringArrayVar(&names, "name", []string{hostName()}, "`name` that the device must have (again for further devices)")
	cmd.Flags().BoolVar(&refuse, "refuse", false, "say no to the device")
	return cmd
}

func (a *app) runSimPair(ctx context.Context, b browser, names []string, refuse bool) error {
	password, err := b.password(a)
	if err != nil {
		return err
	}
	ctx, cancel := a.limited(ctx, pairLimit)
	defer cancel()
	portal := &sim.Portal{Server: b.address(a), App: b.app, User: b.user, Password: password}
	if err := portal.SignIn(ctx); err != nil {
		return err
	}
	ask, answer := portal.EnableCompanion, portal.ConfirmDevice
	if refuse {
		answer = portal.RefuseDevice
	}
	for _, name := range names {
		if err := a.simPairOne(ctx, name, ask, answer); err != nil {
			return err
		}
		ask = portal.AddDevice
	}
	return nil
}

func (a *app) simPairOne(ctx context.Context, name string,
	ask func(context.Context) (link, code string, err error),
	answer func(context.Context, string) (words string, err error),
) error {
	type step struct {
		Schema int    `json:"schema"`
		Step   string `json:"step"`
		Name   string `json:"name"`
		Code   string `json:"code,omitempty"`
		Link   string `json:"link,omitempty"`
		Words  string `json:"words,omitempty"`
	}
	link, code, err := ask(ctx)
	if err != nil {
		return err
	}
	if err := a.answer(step{schema, "code", name, code, link, ""}, "code: %s\nlink: %s\n", code, link); err != nil {
		return err
	}
	words, err := answer(ctx, name)
	if words != "" {
		err = errors.Join(err, a.answer(step{schema, "answered", name, "", "", words}, "words: %s\n", printable(words)))
	}
	return err
}
