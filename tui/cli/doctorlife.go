package cli

// This file: what the doctor says of what goes on around the vault: the agent, the
// clock, the servers that the agent watches, the rules, and the ways to reach the person. It asks
// no server and writes nothing.

import (
	"context"
	"errors"
	"os"
	"strings"

	"nod/tui/agent"
	"nod/tui/clipboard"
)

func (d *doctor) checkLife(ctx context.Context) {
	d.checkClock()
	d.checkAgent(ctx)
	d.checkRules()
	d.checkReach(ctx)
}

func (d *doctor) checkClock() {
	switch synchronised, most, err := synchronisation(); {
	case err != nil: // this system does not tell
		d.add(levelOK, "", "clock: nod clock compares it with the servers'")
	case synchronised:
		d.add(levelOK, "", "the clock is synchronised, at most %.1f s off", most.Seconds())
	default:
		d.add(levelWarn, "timedatectl set-ntp true", "nothing keeps the clock right: codes and answers are refused once it is off (nod clock shows by how much)")
	}
}

func (d *doctor) checkAgent(ctx context.Context) {
	socket := d.socket(d.place)
	c, s, err := agent.Dial(ctx, socket, d.place)
	switch {
	case errors.Is(err, agent.ErrNoAgent):
		if _, serr := os.Lstat(socket); serr == nil {
			d.add(levelWarn, "nod agent run replaces it", "a socket without an agent lies at %s", socket)
			return
		}
		d.add(levelOK, "", "no agent runs: each command asks for the PIN (nod agent --help)")
		return
	case err != nil:
		d.add(levelFail, firstOf(classify(err, d.env.Now()).Hint, "NOD_NO_AGENT=1 does without"), "agent: %v", err)
		return
	}
	c.Close()
	if d.env.Getenv("NOD_NO_AGENT") != "" {
		d.add(levelWarn, "unset NOD_NO_AGENT", "an agent runs and is not used")
	}
	switch {
	case s.TriesLeft == 0:
		d.add(levelFail, "nod agent stop, then start it again", "the agent takes no PIN any more, after too many wrong ones")
	case s.Locked:
		d.add(levelWarn, "nod unlock", "the agent is locked (%s)", s.Why)
	default:
		d.add(levelOK, "", "the agent is unlocked until %s; last used %s", shownTime(s.HardLock), lastUse(s))
	}
	for _, what := range s.Deaf {
		d.add(levelWarn, "nod lock, before you leave", "the message bus is gone: the agent does not hear %s", what)
	}
	if s.Locked || s.Servers == 0 {
		return
	}
	if s.Down > 0 {
		d.add(levelWarn, "nod servers test says why", "%d of %d paired servers do not answer", s.Down, s.Servers)
	} else {
		d.add(levelOK, "", "%s, and all answer", count(s.Servers, "paired server"))
	}
	if s.Skew.Abs() > clockLimit {
		d.add(levelWarn, "nod clock", "a server's clock is %+.1f s from this machine's", s.Skew.Seconds())
	}
}

// checkRules says what is wrong with the file of rules, nothing where there is none.
func (d *doctor) checkRules() {
	rules, err := d.ownRules()
	switch {
	case err != nil:
		d.add(levelFail, classify(err, d.env.Now()).Hint, "rules: %v; nod watch and nod wait end because of it", err)
	case rules.File != "":
		d.add(levelOK, "", "%s in %s", count(len(rules.List), "rule"), rules.File)
	}
}

// checkReach says how codes and requests reach the person.
func (d *doctor) checkReach(ctx context.Context) {
	tool := ""
	for _, t := range clipboard.New(d.env.Getenv).Tools() {
		if t.Installed && tool == "" {
			tool = t.Name
		}
	}
	if tool != "" {
		d.add(levelOK, "", "codes are copied with %s; nod doctor clipboard tries it", tool)
	} else {
		d.add(levelOK, "", "codes are sent to the terminal's clipboard, which can not be cleared; nod doctor clipboard tries it")
	}
	n, err := d.notifier(ctx)
	if err != nil {
		d.add(levelFail, "nod help environment says what they take", "notifications: %v", err)
		return
	}
	defer n.Close()
	names := make([]string, len(n.Ways))
	for i, w := range n.Ways {
		names[i] = string(w)
	}
	if len(names) == 0 && n.Command == nil {
		d.add(levelWarn, "unset NOD_NOTIFY", "nothing tells of login requests")
		return
	}
	if n.Command != nil {
		names = append(names, n.Command[0])
	}
	d.add(levelOK, "", "login requests are told by %s; nod doctor notify tries it", strings.Join(names, ", "))
}
