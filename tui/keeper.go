package tui

// keeper.go works on the vault that nod's agent keeps unlocked: it says what a session
// needs of a vault, opens and leaves the agent's, and has the effects of that. How its
// codes come is in fetching.go, and how a locked program notices what becomes of the
// agent in noticing.go.

import (
	"context"
	"errors"
	"time"

	tea "charm.land/bubbletea/v2"

	"nod/approve"
	"nod/vault"
	"nod/vault/memory"
	"nod/vault/otp"
)

// Vault is what a session does with an unlocked vault without a further secret:
// *vault.Vault, or the agent's. Accounts, Devices, History, Shift, Existing and Code
// answer at once from memory.
type Vault interface {
	Place() vault.Place
	Accounts() []vault.Account
	Devices() []vault.Device
	History() []vault.Event
	Shift() time.Duration
	Existing(k otp.Key) *vault.DuplicateError
	Code(id string, now time.Time) (vault.Code, error)
	Differences(now time.Time) []vault.Difference
	Refresh() (changed bool, err error)
	Give(id string, now time.Time, g vault.Giving) (vault.Code, error)
	MarkUsed(id, how string, now time.Time) error
	Add(keepBoth bool, accounts ...vault.NewAccount) ([]vault.Account, error)
	Replace(id string, n vault.NewAccount) (vault.Account, error)
	Edit(id string, change func(*vault.Account)) (vault.Account, error)
	Remove(id string) error
	Verify(c vault.Credential) error
	SetSessionPIN(c, pin vault.Credential) error
	Close()
}

// Inbox is what a session does with login requests: *approve.Inbox, or the agent's.
type Inbox interface {
	Watch(ctx context.Context) <-chan approve.Event
	Check()
	Relax(relaxed bool)
	Answer(ctx context.Context, id string, d approve.Decision, c vault.Credential) (approve.Outcome, error)
	Scan(ctx context.Context, link string) (approve.Request, error)
	Pair(ctx context.Context, o approve.Offer) (vault.Device, error)
	Await(ctx context.Context, device string) (vault.Device, error)
	Pause(ctx context.Context, device string, length time.Duration) (approve.Pause, error)
	Resume(ctx context.Context, device string) (approve.Pause, error)
	Status(ctx context.Context, device string) (approve.Status, error)
	Rename(ctx context.Context, device, name string) error
	Unpair(ctx context.Context, device string, force bool) error
}

// Kept is the vault of an agent. Its Code knows what Prepare has fetched; its Watch ends
// when the agent locks, goes, or is unlocked once more.
type Kept interface {
	Vault
	Inbox() Inbox
	Lacking(ids []string, now time.Time) []string // whose codes are to be fetched; at once
	Prepare(ids []string, now time.Time) error    // fetches codes
	Touch() error                                 // tells that somebody uses it
	Pinned() bool                                 // the agent has a session PIN, as far as Refresh knows
	Since() time.Time                             // of the agent's last unlocking, as far as Refresh knows
	// GiveConfirmed is Give for an account that is marked to be confirmed, with c.
	GiveConfirmed(c vault.Credential, id string, now time.Time, g vault.Giving) (vault.Code, error)
}

// KeeperState is how nod's agent stands.
type KeeperState struct {
	Runs  bool
	Open  bool       // it is unlocked
	Since time.Time  // of the last unlocking
	Why   string     // its vault is shut, such as "has locked (idle)"; "" when open
	PIN   vault.Slot // its session PIN: with how many tries are left, none when there is none, and when the next is taken
}

// Keeper reaches nod's agent. Its methods wait for it, but not for long.
type Keeper interface {
	// Open returns the agent's vault when it is unlocked. Errors: ErrNoKeeper,
	// vault.ErrLocked.
	Open(ctx context.Context) (Kept, error)
	// Unlock unlocks the agent and returns its vault. Errors: ErrNoKeeper, those of
	// vault.Open.
	Unlock(ctx context.Context, c vault.Credential) (Kept, error)
	// Lock locks it. Error: ErrNoKeeper.
	Lock(ctx context.Context) error
	// State tells how the agent stands.
	State(ctx context.Context) KeeperState
	// Gone tells whether an error of the vault, or of its inbox, says that it is shut.
	Gone(err error) bool
}

// ErrNoKeeper says that no agent can be used: who wants a vault opens it.
var ErrNoKeeper = errors.New("no agent can be used")

// startMsg is what the program begins with where an agent may run.
type startMsg struct {
	kept Kept // nil: nothing is unlocked
	inspectedMsg
}

func lookForKeeper(ctx context.Context, k Keeper, p vault.Place) tea.Cmd {
	return func() tea.Msg {
		kept, err := k.Open(ctx)
		if err != nil {
			kept = nil
		}
		return startMsg{kept, inspect(ctx, k, p)().(inspectedMsg)}
	}
}

// started begins with the agent's vault, or goes on to unlocking.
func (m *Model) started(msg startMsg) tea.Cmd {
	if msg.kept == nil || msg.err != nil {
		cmd, _ := m.updateResult(msg.inspectedMsg)
		return tea.Batch(cmd, m.screen.update(m, msg.inspectedMsg), closeKept(msg.kept))
	}
	m.summary, m.keeper = msg.summary, msg.keeper
	return m.beginKept(msg.kept)
}

func (m *Model) beginKept(kept Kept) tea.Cmd { return m.begin(kept, kept.Inbox(), kept) }

// unlockKeeper unlocks the agent, or opens the vault where there is none. hold keeps what
// was typed as in openVault.
func unlockKeeper(ctx context.Context, k Keeper, p vault.Place, c vault.Credential, hold bool) tea.Cmd {
	return func() tea.Msg {
		kept, err := k.Unlock(ctx, c)
		if errors.Is(err, ErrNoKeeper) {
			return openVault(p, c, hold)()
		}
		msg := attempt(nil, c, hold && err == nil || errors.Is(err, vault.ErrRollback), err)
		if err == nil {
			msg.agents = kept
		}
		return msg
	}
}

// unlockPinned unlocks the agent with its session PIN, which nothing else takes.
func unlockPinned(ctx context.Context, k Keeper, c vault.Credential) tea.Cmd {
	return func() tea.Msg {
		kept, err := k.Unlock(ctx, c)
		if errors.Is(err, ErrNoKeeper) {
			err = vault.ErrNoSlot
		}
		msg := attempt(nil, c, false, err)
		msg.session = true
		if err == nil {
			msg.agents = kept
		}
		return msg
	}
}

// keeperLockedMsg tells whether the agent was locked.
type keeperLockedMsg struct{ err error }

func lockKeeper(ctx context.Context, k Keeper) tea.Cmd {
	return func() tea.Msg { return keeperLockedMsg{k.Lock(ctx)} }
}

func (m *Model) keeperLocked(msg keeperLockedMsg) {
	switch {
	case msg.err == nil:
		m.tell(noticeInfo, "Locked, and nod's agent, too.")
	case !errors.Is(msg.err, ErrNoKeeper):
		m.tell(noticeDanger, "nod's agent could not be locked: "+explain(m.now, msg.err))
	}
}

// closeKept ends what the program has with the agent, which stays as it is.
func closeKept(kept Kept) tea.Cmd {
	if kept == nil {
		return nil
	}
	return func() tea.Msg {
		kept.Close()
		return nil
	}
}

// watchEndedMsg tells that no more events come.
type watchEndedMsg struct{}

// whyMsg says why the agent's vault is shut; "" when it is open.
type whyMsg struct{ why string }

func askWhy(ctx context.Context, k Keeper) tea.Cmd {
	return func() tea.Msg { return whyMsg{k.State(ctx).Why} }
}

// watchEnded asks the agent why it tells nothing any more.
func (m *Model) watchEnded() tea.Cmd {
	if m.session.kept == nil || m.session.ctx.Err() != nil {
		return nil
	}
	if !m.session.watched {
		return m.gone()
	}
	return m.do(askWhy(m.session.ctx, m.config.Keeper))
}

// gone locks because the agent's vault is shut, and asks why.
func (m *Model) gone() tea.Cmd {
	cmd := m.leave(false)
	m.tell(noticeWarn, "nod's agent has locked. Unlock again.")
	return tea.Batch(cmd, m.do(askWhy(m.ctx, m.config.Keeper)))
}

// toldWhy locks when the agent's vault is shut, and says why. When somebody has just
// unlocked it once more the session goes on.
func (m *Model) toldWhy(msg whyMsg) tea.Cmd {
	if msg.why == "" {
		if m.session.kept == nil {
			return nil
		}
		m.session.watched = false
		again := m.do(watch(m.session.ctx, m.session.inbox, m.config.Rules))
		return tea.Batch(again, m.do(refresh(m.session.vault))) // what unlocked it may have ended the session PIN
	}
	cmd := m.leave(false)
	m.tell(noticeWarn, "nod's agent "+clean(msg.why)+". Unlock again.")
	return cmd
}

// fresh has the agent's vault show what was done to it otherwise than by its own calls.
func fresh(v Vault) {
	if kept, ok := v.(Kept); ok {
		_, _ = kept.Refresh() // what fails is told by the next
	}
}

// opening runs do with v, or for an agent's vault, which gives no secret out, with one
// that c opens for this alone.
func opening(v Vault, c vault.Credential, do func(*vault.Vault) error) error {
	if own, ok := v.(*vault.Vault); ok {
		return do(own)
	}
	own, err := vault.Open(v.Place(), c)
	if err != nil {
		return err
	}
	defer func() {
		own.Close()
		memory.Forget()
	}()
	if err := do(own); err != nil {
		return err
	}
	fresh(v)
	return nil
}
