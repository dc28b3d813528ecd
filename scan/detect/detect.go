// Package detect finds QR symbols in pictures and returns their texts. It looks
// for the finder patterns, guesses from them where a symbol lies, mends the guess
// until the modules that are the same in every symbol are seen best, and hands
// the grid of modules on.
package detect

// This file: the way of one look at one grey picture.

import (
	"cmp"
	"image"
	"math"
	"slices"

	"nod/scan/symbol"
)

// Code is a symbol found and the upright rectangle around it, in pixels.
type Code struct {
	symbol.Text
	Box image.Rectangle
}

// effort is how hard a look is.
type effort struct {
	tries     int     // guesses that may lead to nothing
	agreement float64 // with the finders and timing patterns, from which a guess is followed
	ways      []threshold
	thorough  bool // whether symbols may be bent or lack a finder
}

var (
	quick    = effort{12, 0.5, easyWays, false}
	thorough = effort{12, 0.4, hardWays, true}
)

var (
	usual   = sight{around: 2, noise: 3}
	careful = sight{around: 2, noise: 1, open: true}
)

// A look is a search of one picture.
type look struct {
	pyramid
	effort
	finders []finder
	codes   []Code
	guessed map[triple][]guess
	ended   func() bool // whether nobody waits for the answer any more
}

// newLook begins a look at a picture and its smaller copies.
func newLook(planes []*plane, s sight, e effort, ended func() bool) *look {
	return &look{pyramid: newPyramid(planes, s), effort: e, guessed: map[triple][]guess{}, ended: ended}
}

// never is when an only look ends before its time.
func never() bool { return false }

// find looks for symbols.
func (l *look) find() []Code {
	if len(l.pyramid) == 0 {
		return nil
	}
	l.finders = l.pyramid.finders(l.ended)
	all := triples(l.finders)
	for l.follow(all) { // then fewer finders are left, for other triples
		for i := range l.finders {
			l.finders[i].used = l.taken(l.finders[i])
		}
		all = triples(l.finders)
	}
	if len(l.codes) > 0 || !l.thorough {
		return l.codes
	}
	for _, t := range all[:min(len(all), maxBent)] {
		if l.ended() || l.bent(t) {
			break
		}
	}
	if len(l.codes) == 0 {
		l.tries = thorough.tries
		l.follow(l.hidden())
	}
	return l.codes
}

// maxBent is how many triples are looked at for symbols that are bent.
const maxBent = 10

// follow tries the guesses, the best first, and reports whether it read anything.
// The finders of a symbol that was read belong to no other.
func (l *look) follow(all []triple) bool {
	options := slices.DeleteFunc(l.allGuesses(all), func(g []guess) bool { return len(g) == 0 || g[0].agreement < l.agreement })
	rank := func(g []guess) float64 { return g[0].agreement - 0.1*g[0].odd }
	slices.SortStableFunc(options, func(a, b []guess) int { return cmp.Compare(rank(b), rank(a)) })
	before := len(l.codes)
	for _, sizes := range options {
		if l.tries == 0 || l.ended() {
			break
		}
		if t := sizes[0].triple; l.taken(l.finders[t.corner]) || l.taken(l.finders[t.right]) || l.taken(l.finders[t.below]) {
			continue
		}
		l.tries--
		for _, g := range sizes {
			if g.agreement < 0.6*sizes[0].agreement {
				break
			}
			if l.solve(g) {
				l.tries++
				break
			}
		}
	}
	return len(l.codes) > before
}

// allGuesses returns the guesses of each triple. Those that were made before count
// still.
func (l *look) allGuesses(all []triple) [][]guess {
	options := make([][]guess, len(all))
	var fresh []int
	for i, t := range all {
		if g, ok := l.guessed[t]; ok {
			options[i] = g
		} else {
			fresh = append(fresh, i)
		}
	}
	atOnce(len(fresh), func(i int) {
		if !l.ended() {
			options[fresh[i]] = l.guesses(l.finders, all[fresh[i]])
		}
	})
	for _, i := range fresh {
		l.guessed[all[i]] = options[i]
	}
	return options
}

// taken reports whether a finder is in a symbol that was read.
func (l *look) taken(f finder) bool {
	return slices.ContainsFunc(l.codes, func(c Code) bool { return image.Pt(int(f.x), int(f.y)).In(c.Box) })
}

const (
	exact    = 0.95 // agreement of a guess that needs no mending
	followed = 0.55 // agreement of a mended guess that may be a symbol
	certain  = 0.6  // ... and of one for which a mesh is worth while
)

// solve follows a guess to the text.
func (l *look) solve(g guess) bool {
	v := view{l.sampled(g.module), l.finders[g.corner].dark}
	lies := g.lies.scaled(1 / v.scale)
	known := layoutOf(g.size)
	if g.agreement > exact && l.read(v, &lies, g.size, &lies, easyWays[:1]) {
		return true
	}
	far := float64(g.size) - 3.5
	a := anchored(&lies, g.size, point{far, far})
	if n := len(known.marks); n > 0 {
		last := known.marks[n-1]
		if m := v.findMark(&lies, last, min(2+0.08*float64(g.size), 7)); m.agreement > clear {
			a.of[3], a.seen[3] = last, m.seen
			if lies, ok := a.projection(); ok && lies.fits(float64(g.size)) && l.read(v, &lies, g.size, &lies, easyWays[:1]) {
				return true
			}
		}
	}
	better, agreement := v.climb(&a, g.size, g.module/v.scale)
	if agreement < followed {
		return false
	}
	return l.read(v, &better, g.size, &better, l.ways) || agreement > certain && l.unfold(v, better, known)
}

// unfold lays a mesh over a symbol that is not quite flat.
func (l *look) unfold(v view, lies projection, known *layout) bool {
	s := newSheet(v, known, newMesh(lies, known.size, meshLines(known, 1)))
	if len(known.marks) > 1 {
		s.followMarks()
		if l.read(v, s.mesh, known.size, &lies, l.ways) {
			return true
		}
	}
	s.settle([]float64{0.4, 0.2})
	if l.read(v, s.mesh, known.size, &lies, l.ways) {
		return true
	}
	if known.size > maxFine {
		return false
	}
	s.mesh = s.mesh.refined(meshLines(known, 2))
	s.settle([]float64{0.4, 0.2, 0.1})
	return l.read(v, s.mesh, known.size, &lies, l.ways)
}

// maxFine is the size up to which a finer mesh is tried: it takes long, and larger
// symbols have many alignment patterns.
const maxFine = 60

// read decodes a symbol and keeps it.
func (l *look) read(v view, m mapping, size int, lies *projection, ways []threshold) bool {
	text, ok := v.read(m, size).decoded(v.dark, ways)
	if !ok {
		return false
	}
	l.codes = append(l.codes, Code{text, bounds(lies, size, v.scale)})
	return true
}

// bounds returns the rectangle around a symbol in pixels of the whole picture.
func bounds(lies *projection, size int, scale float64) image.Rectangle {
	n := float64(size)
	x0, y0, x1, y1 := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, c := range [4]point{{0, 0}, {n, 0}, {0, n}, {n, n}} {
		p := lies.at(c.x, c.y).times(scale)
		x0, y0, x1, y1 = min(x0, p.x), min(y0, p.y), max(x1, p.x), max(y1, p.y)
	}
	return image.Rect(int(x0), int(y0), int(x1)+1, int(y1)+1)
}
