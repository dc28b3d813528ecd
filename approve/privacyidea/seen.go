package privacyidea

// This file remembers challenges: they name no time and no end, a server would take
// any number of wrong choices, and who holds an old challenge could send it again.

import (
	"crypto/sha256"
	"fmt"
	"sync"
	"time"

	"nod/approve"
)

const (
	life      = 2 * time.Minute // of a request, from its first sight; servers keep one as long
	keepSeen  = 24 * time.Hour
	maxSeen   = 2000 // challenges remembered, of all pairings
	maxListed = 32   // challenges taken of one poll
)

// memory is what is remembered. The zero value remembers nothing.
type memory struct {
	mu   sync.Mutex
	seen map[[2]string]*sight // by pairing and nonce
}

// sight is what is remembered of one challenge.
type sight struct {
	first  time.Time
	hash   [sha256.Size]byte
	tried  bool   // a choice was sent
	choice string // that choice
	over   bool   // the server has taken an answer, or refused a choice
	wrong  bool   // it has refused a choice
}

// meet returns what is known of c since its first sight, which may be now; false
// when c is another challenge than then.
func (m *memory) meet(device string, c challenge) (sight, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.find(device, c)
	return *s, s.hash == sha256.Sum256(c.raw)
}

// find returns the sight of c; m.mu is held.
func (m *memory) find(device string, c challenge) *sight {
	key := [2]string{device, c.nonce}
	if s := m.seen[key]; s != nil {
		return s
	}
	if m.seen == nil {
		m.seen = map[[2]string]*sight{}
	}
	m.makeRoom()
	s := &sight{first: time.Now(), hash: sha256.Sum256(c.raw)}
	m.seen[key] = s
	return s
}

// makeRoom forgets what is old, and the oldest when there is too much; m.mu is held.
func (m *memory) makeRoom() {
	var oldest [2]string
	for key, s := range m.seen {
		if time.Since(s.first) >= keepSeen {
			delete(m.seen, key)
		} else if o := m.seen[oldest]; o == nil || s.first.Before(o.first) {
			oldest = key
		}
	}
	if len(m.seen) >= maxSeen {
		delete(m.seen, oldest)
	}
}

// try notes that an answer to c is about to be sent. After a choice no other one is
// sent, and after the end nothing is.
func (m *memory) try(device string, c challenge, accept bool, choice string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.find(device, c)
	choosing := accept && c.choices != nil
	switch {
	case s.wrong, choosing && s.tried && s.choice != choice:
		return fmt.Errorf("answer: %w: only one try is sent", approve.ErrNumber)
	case s.over, s.hash != sha256.Sum256(c.raw):
		return fmt.Errorf("answer: %w", approve.ErrNoRequest)
	}
	if choosing {
		s.tried, s.choice = true, choice
	}
	return nil
}

// end notes that c is over, with a wrong choice or else with an answer.
func (m *memory) end(device string, c challenge, wrong bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.find(device, c)
	s.over, s.wrong = true, wrong
}
