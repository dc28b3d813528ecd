package transfer

// This file: hand-overs that come in several codes, and which of those are still
// to come.

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Parts keeps which parts of hand-overs have been seen, by their common ID. The
// zero value has seen none.
type Parts struct{ all map[int32]*handOver }

type handOver struct {
	size int
	seen map[int]bool
}

// Gap is a hand-over that is not whole. Its parts are counted from 1.
type Gap struct {
	ID            int32
	Size          int
	Read, Missing []int
}

// Add takes note of a part. It reports false for one that was seen before.
func (p *Parts) Add(part Batch) bool {
	if part.Size <= 1 {
		return true
	}
	if p.all == nil {
		p.all = map[int32]*handOver{}
	}
	one := p.all[part.ID]
	if one == nil {
		one = &handOver{seen: map[int]bool{}}
		p.all[part.ID] = one
	}
	one.size = max(one.size, part.Size)
	before := one.seen[part.Index]
	one.seen[part.Index] = true
	return !before
}

// Gaps lists the hand-overs that are not whole.
func (p *Parts) Gaps() (gaps []Gap) {
	for _, id := range slices.Sorted(maps.Keys(p.all)) {
		one := p.all[id]
		g := Gap{ID: id, Size: one.size}
		for i := range one.size {
			if one.seen[i] {
				g.Read = append(g.Read, i+1)
			} else {
				g.Missing = append(g.Missing, i+1)
			}
		}
		if len(g.Missing) > 0 {
			gaps = append(gaps, g)
		}
	}
	return gaps
}

// Have says what was read: "parts 1 and 3 of 3 read".
func (g Gap) Have() string { return fmt.Sprintf("%s of %d read", partsOf(g.Read), g.Size) }

// Want says what was not: "part 2".
func (g Gap) Want() string { return partsOf(g.Missing) }

// Error says both.
func (g Gap) Error() string {
	verb := "is"
	if len(g.Missing) > 1 {
		verb = "are"
	}
	return fmt.Sprintf("of a Google Authenticator export, %s; %s %s missing", g.Have(), g.Want(), verb)
}

// partsOf writes "part 2", "parts 1 and 3", "parts 1, 2 and 5", "parts 2 to 9".
func partsOf(numbers []int) string {
	n := len(numbers)
	switch {
	case n == 0:
		return "no part"
	case n == 1:
		return fmt.Sprintf("part %d", numbers[0])
	case n > 3 && numbers[n-1]-numbers[0] == n-1:
		return fmt.Sprintf("parts %d to %d", numbers[0], numbers[n-1])
	}
	texts := make([]string, n)
	for i, number := range numbers {
		texts[i] = fmt.Sprint(number)
	}
	return "parts " + strings.Join(texts[:n-1], ", ") + " and " + texts[n-1]
}
