package agent

// This file is the agent's inbox as a program uses it that shows the vault all the time.

import (
	"context"

	"nod/approve"
	"nod/vault"
)

// Inbox is that of the agent. What it changes shows in p afterwards.
func (p *Program) Inbox() ProgramInbox { return ProgramInbox{p.Client.Inbox(), p} }

// ProgramInbox is an Inbox for a program.
type ProgramInbox struct {
	Inbox
	p *Program
}

// Watch is Inbox.Watch. It ends when the agent locks or goes, or when somebody unlocks
// it once more.
func (in ProgramInbox) Watch(ctx context.Context) <-chan approve.Event {
	out := make(chan approve.Event, 1)
	events := in.Inbox.Watch(ctx)
	go func() {
		defer close(out)
		for ev := range events {
			_, _ = in.p.Refresh() // what fails is told by the next
			select {              // a slow receiver gets the newest only
			case <-out:
			default:
			}
			out <- ev
		}
	}()
	return out
}

// Answer is Inbox.Answer.
func (in ProgramInbox) Answer(ctx context.Context, id string, d approve.Decision, c vault.Credential) (approve.Outcome, error) {
	return tried(in.p, func() (approve.Outcome, error) { return in.Inbox.Answer(ctx, id, d, c) })
}

// Check is Inbox.Check. Errors are told by the next call that has one.
func (in ProgramInbox) Check() { _, _ = look[nothing](in.c, opCheck, nothing{}) }

// Relax does nothing: the agent asks often while somebody watches.
func (in ProgramInbox) Relax(bool) {}

// Pair is Inbox.Pair.
func (in ProgramInbox) Pair(ctx context.Context, o approve.Offer) (vault.Device, error) {
	return changed(in.p, func() (vault.Device, error) { return in.Inbox.Pair(ctx, o) })
}

// Await is Inbox.Await. A pairing that is refused is gone afterwards.
func (in ProgramInbox) Await(ctx context.Context, device string) (vault.Device, error) {
	d, err := in.Inbox.Await(ctx, device)
	if ctx.Err() == nil {
		_, _ = in.p.Refresh()
	}
	return d, err
}

// Rename is Inbox.Rename.
func (in ProgramInbox) Rename(ctx context.Context, device, name string) error {
	_, err := changed(in.p, func() (nothing, error) { return nothing{}, in.Inbox.Rename(ctx, device, name) })
	return err
}

// Unpair is Inbox.Unpair.
func (in ProgramInbox) Unpair(ctx context.Context, device string, force bool) error {
	_, err := changed(in.p, func() (nothing, error) { return nothing{}, in.Inbox.Unpair(ctx, device, force) })
	return err
}
