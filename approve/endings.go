package approve

// This file remembers how requests ended that this inbox never saw waiting, so
// that a command started too late can still say why.

import "fmt"

// maxEndings is how many such ends are remembered; a server tells of a few minutes' worth.
const maxEndings = 200

// remember keeps the end of a request of a pairing; in.mu is held.
func (in *Inbox) remember(device string, r Request) {
	if in.endings == nil {
		in.endings = map[string]Request{}
	}
	if r.ID != "" && len(in.endings) < maxEndings {
		r.Device = device
		in.endings[device+"/"+r.ID] = r
	}
}

// ending returns the error for an answer to a request that ended unseen, or nil
// when nothing is known of it.
func (in *Inbox) ending(id string) error {
	device, id, qualified := cutID(id)
	in.mu.Lock()
	defer in.mu.Unlock()
	for _, r := range in.endings {
		if r.ID == id && (!qualified || r.Device == device) {
			return tooLate(r)
		}
	}
	return nil
}

// tooLate is the error for an answer to r, or nil while r has not ended.
func tooLate(r Request) error {
	switch {
	case !final(r.State):
		return nil
	case r.State == Expired:
		return fmt.Errorf("answer: %w", ErrExpired)
	case r.State == Cancelled:
		return fmt.Errorf("answer: %w: it no longer waits at the server", ErrExpired)
	}
	return &AnsweredError{State: r.State, Device: r.AnsweredBy, At: r.AnsweredAt}
}
