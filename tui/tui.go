// Package tui is nod's full-screen program: one model, one file a screen.
//
// Update and the views do no input or output, never sleep and never read the
// clock: effects are the plain functions of commands.go, and the time comes with
// the tick messages. A screen asks the vault and the inbox; it knows no file
// format, no protocol and no secret.
package tui

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"nod/approve"
	"nod/tui/clipboard"
	"nod/tui/notify"
	"nod/vault"
	"nod/vault/protect"
)

// Config says what the program works on.
type Config struct {
	Place     vault.Place
	Drivers   []approve.Driver
	Vault     *vault.Vault  // already unlocked, or nil; the program closes it
	Cost      vault.Cost    // of a guess, for a vault made at first run; zero measures this machine
	Server    string        // suggested when none is known yet
	IdleLock  time.Duration // lock after this long without a key; 0 means 5 minutes
	Desk      Desk          // reads QR codes of clipboard, screen and camera; nil has none
	Clipboard Clipboard     // nil leaves the terminal's own (OSC 52)
	Clearing  clipboard.Clearing
	Notifier  *notify.Notifier // tells of new requests past the screen; nil rings the bell. The program closes it
	ASCII     bool             // draw with ASCII characters only
	Rules     string           // file of the rules that ignore or deny requests; "": none
	Notes     <-chan string    // lines to show, such as what a simulated browser shows; may be nil
	Home      string           // home directory, to show paths with ~
	Keeper    Keeper           // nod's agent, whose vault is used where it runs; nil: never. Not with Vault
	Agent     protect.SSHAgent // may unlock a vault that has an ssh key; without a socket it does not
}

const (
	idleLock    = 5 * time.Minute
	lastMoments = 5 * time.Second // of a code: the next one shows
	minCopyLeft = 3 * time.Second // with less left the next code is copied
	grace       = 400 * time.Millisecond
	fading      = 3 * time.Second // an ended request stays in its row
	refreshEach = 5               // ticks between looks at what other processes saved
	relaxAfter  = time.Minute     // without a key: servers that have to be asked are asked less often
	landing     = 5 * time.Second // after unlocking, a waiting request comes up by itself as a list
)

// Run shows the program until the person quits or ctx ends.
func Run(ctx context.Context, c Config, opts ...tea.ProgramOption) error {
	m := newModel(ctx, c)
	p := m.program(m, opts...)
	defer m.passStops(p)()
	return m.run(p)
}

// program shows top, which is m or, in tests, stands before it.
func (m *Model) program(top tea.Model, opts ...tea.ProgramOption) *tea.Program {
	return tea.NewProgram(catching{top}, append([]tea.ProgramOption{withKeyboard()}, opts...)...)
}

// run runs p and clears away what m holds. The library restores the terminal,
// also after a panic. The end of m's context quits p as a person would: given the
// context (tea.WithContext), the library closes what its reader still reads from.
func (m *Model) run(p *tea.Program) error {
	defer context.AfterFunc(m.ctx, p.Quit)()
	_, err := p.Run()
	m.end()
	if errors.Is(err, tea.ErrInterrupted) {
		return nil
	}
	return err
}

// New returns the program's model, for tests.
func New(ctx context.Context, c Config) tea.Model { return newModel(ctx, c) }

// Model is the whole program.
type Model struct {
	ctx    context.Context
	config Config

	styles        styles
	glyphs        glyphs
	dark          bool
	profile       colorprofile.Profile
	width, height int

	now   time.Time     // of the last tick, with its monotonic reading: what it measures does not jump
	held  time.Duration // of the wall clock's steps, what codes do not follow yet
	ticks int
	quiet time.Duration // real time since the last input
	spin  int           // frames of the spinner shown; 0 = not yet
	busy  string

	screen   screen
	quitting bool // the question whether to quit is shown
	notice   notice
	note     string // newest line of Config.Notes

	summary  vault.Summary // what shows while locked
	whose    string        // name of the PIN that was last asked for
	scanning scanning      // looking for QR codes
	session  session       // what exists only while unlocked
	turn     int           // of sessions: results of an earlier one are dropped
	waiting  []time.Time   // while locked: when the waiting requests run out
	copied   copied
	links    *approve.Inbox          // reads links: it has no vault
	told     map[string]notify.Event // requests that a notification shows, by ref
	offered  bool                    // Config.Vault was taken, or Config.Keeper asked for one

	resting  *vault.Resting // while locked: what the session PIN opens again, or nil
	restLeft int            // wrong PINs that it stands
	keeper   KeeperState    // how nod's agent stood when it was last asked; not during a session with its vault
	seeking  bool           // it is being asked
	left     time.Time      // the unlocking of the agent whose vault was locked here: it does not show by itself again
	noPIN    bool           // the person wants no session PIN
	unproven bool           // nobody has typed back the recovery code of this vault
	away     bool           // suspended: nothing is drawn
	stops    *stops         // passes on SIGTSTP; nil in tests without a terminal
	random   io.Reader      // decides which groups of a recovery code are asked back
}

// session is everything that locking drops.
type session struct {
	vault      Vault
	inbox      Inbox
	kept       Kept     // vault, when it is the agent's; else nil
	watched    bool     // an event has come since the last call of Watch
	pressed    bool     // a key, since the last tick
	fetching   []string // ids of the accounts whose codes are asked for
	ctx        context.Context
	stop       context.CancelFunc
	events     <-chan approve.Event
	began      time.Time
	touched    bool // a key was pressed
	accounts   []vault.Account
	index      map[string]int // of accounts, by id
	devices    []vault.Device
	dialogs    int  // opened so far
	pinned     bool // a session PIN is set that is this program's own
	servers    []approve.ServerState
	requests   requests
	ruled      map[string]bool         // requests of which was told that a rule decided
	status     map[string]deviceStatus // by device id
	remembered []vault.Difference      // of servers' clocks, before they are asked

	codes     *codes
	approvals *approvals
	serverTab *servers
	history   *history
}

// notice is the line that tells what has happened; it stays until a key.
type notice struct {
	kind noticeKind
	text string
}

type noticeKind int

const (
	noticeInfo noticeKind = iota
	noticeGood
	noticeWarn
	noticeDanger
)

// A screen fills the window. It never blocks and never reads the clock.
type screen interface {
	update(m *Model, msg tea.Msg) tea.Cmd // may change itself and m
	view(m *Model) string                 // pure
	keys(m *Model) []key.Binding          // that work now, for the key line
}

// What a screen may also have.
type (
	opener interface{ opened(m *Model) tea.Cmd } // called when it comes up
	eater  interface{ eats(m *Model) appetite }  // keys that it wants for itself
	dirty  interface{ dirty() bool }             // something typed would be lost
	wiper  interface{ wipe() }                   // it holds secrets, to be overwritten when it goes
	layer  interface{ below() screen }           // the screen that it comes back to
	idler  interface{ idle(m *Model) tea.Cmd }   // outside a session: the idle time is over
	teller interface{ status(m *Model) string }  // the status line
)

// appetite says which keys a screen keeps from the program.
type appetite int

const (
	eatsNothing appetite = iota
	eatsDigits           // digits and Tab
	eatsText             // all letters
	eatsAll              // everything but Ctrl+C
)

func newModel(ctx context.Context, c Config) *Model {
	if c.IdleLock <= 0 {
		c.IdleLock = idleLock
	}
	m := &Model{
		ctx: ctx, config: c, random: rand.Reader,
		glyphs: unicodeGlyphs, dark: true, profile: colorprofile.TrueColor,
		links: approve.NewInbox(nil, c.Drivers...),
	}
	if c.ASCII {
		m.glyphs = asciiGlyphs
	}
	m.styles = newStyles(m.dark, m.profile)
	m.screen = newUnlock()
	return m
}

// Init starts the clock and looks for the vault.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{tickNow, tea.RequestBackgroundColor}
	if m.config.Notes != nil {
		cmds = append(cmds, waitForNote(m.config.Notes))
	}
	if m.config.Keeper == nil { // else at the first tick
		cmds = append(cmds, m.inspect())
	}
	return tea.Batch(cmds...)
}

// do ties a command to the present session: what it brings after a lock is dropped.
func (m *Model) do(cmd tea.Cmd) tea.Cmd { return inTurn(m.turn, cmd) }

// work is do for what takes a while: it also says so.
func (m *Model) work(what string, cmd tea.Cmd) tea.Cmd {
	m.busy, m.spin = what, 0
	return tea.Batch(m.do(cmd), spinAfter(m.turn, 150*time.Millisecond))
}

// done ends what work began.
func (m *Model) done() { m.busy, m.spin = "", 0 }

func (m *Model) tell(kind noticeKind, text string) { m.notice = notice{kind, text} }

// fail shows an error: what happened and what to do next.
func (m *Model) fail(err error) { m.tell(noticeDanger, explain(m.now, err)) }
