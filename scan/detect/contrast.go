package detect

// This file: how well what is seen agrees with modules that are known.

import "math"

// A tally collects the brightness of modules that should be dark and of those
// that should be light.
type tally struct {
	n, sum, square float64
	darkN, darkSum float64
}

func (t *tally) add(v float64, dark bool) {
	t.n++
	t.sum += v
	t.square += v * v
	if dark {
		t.darkN++
		t.darkSum += v
	}
}

// agreement is the correlation of what is seen with what should be there: 1 is
// perfect, 0 chance, -1 the negative.
func (t *tally) agreement() float64 {
	lightN := t.n - t.darkN
	if t.darkN == 0 || lightN == 0 {
		return 0
	}
	mean := t.sum / t.n
	variance := t.square/t.n - mean*mean
	if variance < 1 {
		return 0
	}
	apart := (t.sum-t.darkSum)/lightN - t.darkSum/t.darkN
	return apart * math.Sqrt(t.darkN*lightN) / (t.n * math.Sqrt(variance))
}

// A view is a symbol as it lies on one level of a picture.
type view struct {
	*level
	dark bool // dark modules on light; else the other way round
}

// tallied looks at modules through a projection onto the level.
func (v view) tallied(m *projection, modules []fixed, t *tally) {
	for i := range modules {
		f := &modules[i]
		p := m.at(f.x, f.y)
		t.add(v.plane.at(p.x, p.y), f.dark == v.dark)
	}
}
