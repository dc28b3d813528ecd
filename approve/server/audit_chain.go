package server

// How far the audit log is known to be whole. Checking years of entries takes a
// while, so what was checked is remembered until someone asks for all of it.

import (
	"context"
	"errors"
	"sync"

	"nod/approve/server/store"
)

const (
	chainPart = 4096  // entries of one transaction
	chainStep = 20000 // entries that a page checks by itself
)

// chain is what is known of the log: everything up to point is right.
type chain struct {
	mu    sync.Mutex
	point store.AuditPoint
}

// chainState is what a page shows of it.
type chainState struct {
	Seq, Length int64 // right up to Seq
	Broken      int64 // the first row that is wrong, 0 for none
	Problem     string
}

// checkChain checks up to most entries more than the last time, all of them anew
// when again is set.
func (s *Server) checkChain(ctx context.Context, most int, again bool) (state chainState, err error) {
	s.chain.mu.Lock()
	defer s.chain.mu.Unlock()
	p, end := s.chain.point, false
	if again {
		p = store.AuditPoint{}
	}
	for done := 0; !end && (again || done < most) && err == nil; done += chainPart {
		err = s.store.View(ctx, func(tx *store.Tx) (err error) {
			p, end, err = tx.VerifyAuditFrom(p, chainPart)
			return err
		})
	}
	var broken *store.AuditError
	if errors.As(err, &broken) {
		state.Broken, state.Problem, err = broken.Row, broken.Problem, nil
		p = store.AuditPoint{} // what was right before may not be
	}
	if err != nil {
		return state, err
	}
	s.chain.point, state.Seq = p, p.Seq
	if state.Broken > 0 {
		state.Seq = state.Broken - 1
	}
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		state.Length, err = tx.AuditLength()
		return err
	})
	return state, err
}
