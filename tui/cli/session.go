package cli

// This file: opening the vault, its inbox, and the time limit of a command.

import (
	"context"
	"errors"
	"fmt"
	"time"

	"nod/approve"
	"nod/approve/keycloak"
	"nod/approve/native"
	"nod/approve/privacyidea"
	"nod/approve/privacyidea/container"
	"nod/approve/tiqr"
	"nod/vault"
)

// defaultLimit is how long a command that asks a server may take.
const defaultLimit = 30 * time.Second

// find returns the place of the vault, which must be there and whole. It comes
// before all questions, so that nobody types answers in vain.
func (a *app) find() (vault.Place, error) {
	place, err := a.place()
	if err != nil {
		return place, err
	}
	s, err := vault.Inspect(place)
	a.warnRecords(s)
	if kind, _ := a.secretKind(); err == nil && kind == vault.SlotPIN {
		err = a.whosePIN(s)
	}
	return place, err
}

// warnRecords warns once of records that are damaged.
func (a *app) warnRecords(s vault.Summary) {
	if a.recordsTold {
		return
	}
	a.recordsTold, a.given = true, s.Given
	for _, text := range damagedRecords(s) {
		a.warn("%s", text)
	}
}

// damagedRecords says what is lost with records of this machine that do not
// verify. The next nod that opens the vault, or hands out a code, makes them anew.
func damagedRecords(s vault.Summary) (texts []string) {
	if s.Newest == vault.RecordDamaged {
		texts = append(texts, "this machine's record of the newest vault is damaged: an older file would not have been noticed")
	}
	if s.Tries == vault.RecordDamaged {
		texts = append(texts, "this machine's record of wrong PINs is damaged: their count starts again")
	}
	if s.Given == vault.RecordDamaged {
		texts = append(texts, "this machine's record of the codes handed out is damaged: the present codes may have been, so none is fresh")
	}
	return texts
}

// open unlocks the vault. The caller closes it.
func (a *app) open(ctx context.Context) (*vault.Vault, error) {
	place, err := a.find()
	if err != nil {
		return nil, err
	}
	c, err := a.credential(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Wipe()
	v, err := vault.Open(place, c)
	return v, openHint(place, err)
}

// openHint says of an older file in the vault's place how to go on.
func openHint(place vault.Place, err error) error {
	if errors.Is(err, vault.ErrRollback) {
		return &hinted{err, "if it was put back on purpose, take it as the newest: nod vault restore " + place.File +
			"; nod vault restore lists the older copies"}
	}
	return err
}

// withVault runs do with the vault, opened by the secret of the person for this command
// alone. Commands take withKeeper or withRequests instead, by which the agent serves
// them, unless they give secrets out, change what opens the vault, or need the person's
// secret for themselves. These keep asking, on purpose:
//
//   - nod show --secret, --qr and --qr-file: they hand out the key of an account
//   - nod servers sync: the server's answer holds new keys, and the person may have to
//     decide on each; with --dry-run nothing is sent, and the agent serves it
//   - nod pin change, nod vault protect, rekey, recover, slots add and remove: they make
//     new keys, which takes the secret of a slot
//   - nod vault drill and restore: they open another file than the agent's
//
// nod accept asks for the PIN each time, too, and hands it to the agent.
func (a *app) withVault(ctx context.Context, do func(*vault.Vault) error) error {
	v, err := a.open(ctx)
	if err != nil {
		return err
	}
	defer v.Close()
	return do(v)
}

// withInbox runs do with the inbox of the unlocked vault and a context that
// ends at the time limit.
func (a *app) withInbox(ctx context.Context, limit time.Duration, do func(context.Context, *vault.Vault, *approve.Inbox) error) error {
	return a.withVault(ctx, func(v *vault.Vault) error {
		ctx, cancel := a.limited(ctx, limit)
		defer cancel()
		return do(ctx, v, approve.NewInbox(v, a.drivers()...))
	})
}

// drivers are the server protocols that nod speaks.
func (a *app) drivers() []approve.Driver {
	bits := privacyidea.KeyBits(a.env.KeyBits)
	return []approve.Driver{
		native.New(a.env.HTTP), privacyidea.New(a.env.HTTP, bits), privacyidea.NewEduMFA(a.env.HTTP, bits),
		keycloak.NewApp(a.env.HTTP), keycloak.NewPush(a.env.HTTP), tiqr.New(a.env.HTTP), container.New(a.env.HTTP),
	}
}

// limited puts the time limit usual on ctx, unless --timeout has set another or
// usual is zero. A limit that the person did not set counts as a server that does
// not answer.
func (a *app) limited(ctx context.Context, usual time.Duration) (context.Context, context.CancelFunc) {
	if a.flags.timeout > 0 || usual <= 0 {
		return context.WithCancel(ctx) // begin has seen to --timeout
	}
	ctx, cancel := context.WithTimeoutCause(ctx, usual, fmt.Errorf("%w: no answer within %s", approve.ErrUnreachable, usual))
	a.limit = ctx
	return ctx, cancel
}
