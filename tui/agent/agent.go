// Package agent keeps one vault unlocked for the commands of its owner, and watches
// for login requests meanwhile. A Server listens on a socket that only its owner may
// open; a Client asks it in place of opening the vault.
//
// What goes over the socket (wire.go) is codes, accounts without secrets, login
// requests and answers to them. A seed, a key or a PIN never comes out. A PIN goes in
// where a person typed it for this one call: to unlock, and for each accept. The
// agent itself never asks anybody anything.
//
// This file: what the calls are.
package agent

import (
	"time"

	"nod/approve"
	"nod/vault"
)

// The limits of an unlocked agent where nothing else is said (NIST 800-63B 4.2.3 asks
// for a new authentication after 12 hours and 30 minutes without use; these are tighter).
const (
	DefaultIdle = 5 * time.Minute
	DefaultHard = 8 * time.Hour
)

// Status is how an agent stands.
type Status struct {
	PID        int
	Vault      string // the file that it keeps
	Locked     bool
	Why        string        // it is locked: "idle", "suspend", ...
	Since      time.Time     // of the last unlocking
	IdleLock   time.Time     // when it locks if nobody uses it; zero when locked
	HardLock   time.Time     // when it locks in any case; zero when locked
	Pending    int           // login requests that wait
	Servers    int           // that are watched
	Down       int           // of those, that do not answer
	Skew       time.Duration // of the server whose clock differs most
	LastPID    int           // of the process that used it last
	LastExe    string        // its program, "" where the system does not tell
	LastUse    time.Time
	TriesLeft  int       // wrong PINs before it takes no more
	RetryAt    time.Time // when it takes the next PIN; zero: now
	SessionPIN bool      // a PIN that is in no file opens it again
	Deaf       []string  // what it heard before and does not hear now, such as "that the screen is locked"
}

// The calls, and what they take and give.
const (
	opStatus  = "status"
	opUnlock  = "unlock"
	opLock    = "lock"
	opStop    = "stop"
	opAccount = "account"
	opList    = "accounts"
	opFind    = "find"
	opGive    = "give"
	opShift   = "shift"
	opClocks  = "clocks"
	opEnded   = "ended"
	opUsed    = "used"
	opEdit    = "edit"
	opRemove  = "remove"
	opDevices = "devices"
	opDevice  = "device"
	opHistory = "history"
	opFetch   = "fetch"
	opAnswer  = "answer"
	opScan    = "scan"
	opWatch   = "watch"
	opPause   = "pause"
	opState   = "server status"
	opRename  = "rename"
	opUnpair  = "unpair"

	opExisting = "existing"
	opAdd      = "add"
	opReplace  = "replace"
	opSetShift = "set shift"
	opPair     = "pair"
	opAwait    = "await"
	opTimes    = "server clocks"
	opRotate   = "rotate"
	opTokens   = "tokens"
	opRollover = "rollover"

	opSessionPIN = "session pin"
	opVerify     = "verify"

	opRun = "run"
)

type (
	secretArgs struct { // beside the secret itself
		Kind vault.SlotType
		Name string // PIN: whose
	}
	unlockArgs struct {
		secretArgs
		For time.Duration // lock after this long in any case; 0: the agent's own limit
	}
	idArgs   struct{ ID string }
	findArgs struct{ Query string }
	scanArgs struct{ Link string }
	giveArgs struct {
		secretArgs // for accounts that are to be confirmed
		IDs        []string
		Now        time.Time
		Giving     vault.Giving
	}
	given struct {
		Codes []vault.Code
		Err   *errorWire // ErrGiven, beside which the codes say how long to wait
	}
	shiftArgs    struct{ Shift time.Duration }
	clocksArgs   struct{ Now time.Time }
	endedRequest struct {
		Request approve.Request
		Found   bool
	}
	usedArgs struct {
		ID, How string
		Now     time.Time
	}
	editArgs struct {
		secretArgs    // to take the mark to be confirmed away
		Before, After vault.Account
	}
	answerArgs struct {
		secretArgs
		ID       string
		Decision approve.Decision
	}
	pauseArgs struct {
		Device string
		Length time.Duration // 0 lifts the pause
	}
	renameArgs struct{ Device, Name string }
	unpairArgs struct {
		Device string
		Force  bool
	}
	nothing struct{}
)

// eventWire is an approve.Event with its errors as they travel.
type eventWire struct {
	Event   approve.Event // without errors
	Err     *errorWire
	Servers []*errorWire // of Event.Servers
}

func wireEvent(ev approve.Event) eventWire {
	w := eventWire{Event: ev, Err: wireError(ev.Err)}
	w.Event.Err, w.Event.Servers = nil, nil
	for _, s := range ev.Servers {
		w.Servers = append(w.Servers, wireError(s.Err))
		s.Err = nil
		w.Event.Servers = append(w.Event.Servers, s)
	}
	return w
}

func (w eventWire) event() approve.Event {
	ev := w.Event
	ev.Err = w.Err.error()
	for i, e := range w.Servers {
		if i < len(ev.Servers) {
			ev.Servers[i].Err = e.error()
		}
	}
	return ev
}

// fetched is what Fetch gives.
type fetched struct {
	Event eventWire
	Err   *errorWire
}
