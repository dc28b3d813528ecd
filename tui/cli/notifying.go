package cli

// This file: telling of login requests past the screen, for the commands.

import (
	"context"
	"io"
	"sync"
	"time"

	"nod/approve"
	"nod/tui/notify"
)

// notifier reads how login requests are to be told.
func (a *app) notifier(ctx context.Context) (*notify.Notifier, error) {
	n, err := notify.New(ctx, a.env.Getenv)
	if err != nil {
		return nil, &usageError{err: err, hint: "nod help environment lists the ways; nod doctor notify tries them"}
	}
	return n, nil
}

// teller tells of each request once while a command watches.
type teller struct {
	app  *app
	ctx  context.Context
	n    *notify.Notifier
	told map[string]notify.Event // by device and request, those that still wait
	wg   sync.WaitGroup
	once sync.Once // a warning: the next failures are the same
}

// newTeller returns a teller; the caller ends it.
func (a *app) newTeller(ctx context.Context) (*teller, error) {
	n, err := a.notifier(ctx)
	if err != nil {
		return nil, err
	}
	return &teller{app: a, ctx: ctx, n: n, told: map[string]notify.Event{}}, nil
}

// see takes a request as it is now.
func (t *teller) see(r approve.Request, now time.Time) {
	key := r.Device + "/" + r.ID
	e, told := t.told[key]
	switch {
	case r.State == approve.Waiting && !told:
		e = notify.Of(r.ID, r.App, r.Account, r.Server, r.IP, r.Place, r.ExpiresAt.Sub(now))
		t.told[key] = e
		t.write(t.n.Sequence(e))
		t.do(func() error { return t.n.Send(t.ctx, e) })
	case r.State != approve.Waiting && told:
		delete(t.told, key)
		t.write(t.n.EndSequence(e))
		t.do(func() error { return t.n.End(t.ctx, e) })
	}
}

// do runs what may take a while beside the watching.
func (t *teller) do(work func() error) {
	t.wg.Go(func() {
		if err := work(); err != nil && t.ctx.Err() == nil {
			t.once.Do(func() { t.app.warn("%v", err) })
		}
	})
}

// write sends a sequence to the person's terminal, if there is one: standard output
// is for data.
func (t *teller) write(sequence string) {
	if sequence == "" || t.app.env.Terminal == nil {
		return
	}
	if term, err := t.app.env.Terminal(); err == nil {
		_, _ = io.WriteString(term.Out, sequence) // a bell that does not ring
		term.Close()
	}
}

// end waits for what is under way, which ends with the command.
func (t *teller) end() {
	t.wg.Wait()
	t.n.Close()
}
