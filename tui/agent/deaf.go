package agent

// This file notes what the agent can not hear of the machine any more.

import (
	"slices"
	"sync"
)

// deaf is what was heard before and is not heard now. Its methods may be called from
// several goroutines.
type deaf struct {
	mu   sync.Mutex
	what []string
}

func (d *deaf) list() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.what)
}

// set notes whether what is heard, and tells whether that is news.
func (d *deaf) set(what string, heard bool) (news bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	at := slices.Index(d.what, what)
	switch {
	case heard && at >= 0:
		d.what = slices.Delete(d.what, at, at+1)
	case !heard && at < 0:
		d.what = append(d.what, what)
	default:
		return false
	}
	return true
}

// hears notes whether the machine tells the agent of what; the log says what changes.
func (k *keeper) hears(what string, yes bool) {
	switch {
	case !k.deaf.set(what, yes):
	case yes:
		k.config.Say("it is heard again %s", what)
	default:
		k.config.Say("the message bus is gone: it is not heard any more %s", what)
	}
}
