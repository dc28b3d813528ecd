package transfer

import (
	"slices"
	"testing"
)

func TestParts(t *testing.T) {
	var p Parts
	part := func(id int32, index, size int) Batch { return Batch{ID: id, Index: index, Size: size} }
	for _, b := range []Batch{part(7, 0, 3), part(0, 0, 1), part(7, 2, 3), part(9, 4, 9)} {
		if !p.Add(b) {
			t.Errorf("%+v counts as seen", b)
		}
	}
	if p.Add(part(7, 2, 3)) {
		t.Error("a part that was seen counts as new")
	}
	gaps := p.Gaps()
	if len(gaps) != 2 || gaps[0].ID != 7 || !slices.Equal(gaps[0].Missing, []int{2}) || !slices.Equal(gaps[0].Read, []int{1, 3}) {
		t.Fatalf("gaps = %+v", gaps)
	}
	for i, want := range []string{
		"of a Google Authenticator export, parts 1 and 3 of 3 read; part 2 is missing",
		"of a Google Authenticator export, part 5 of 9 read; parts 1, 2, 3, 4, 6, 7, 8 and 9 are missing",
	} {
		if got := gaps[i].Error(); got != want {
			t.Errorf("gap says %q, want %q", got, want)
		}
	}
	p.Add(part(7, 1, 3))
	if gaps := p.Gaps(); len(gaps) != 1 || gaps[0].ID != 9 {
		t.Errorf("gaps = %+v, want only that of 9", gaps)
	}
	if got, want := partsOf([]int{2, 3, 4, 5}), "parts 2 to 5"; got != want {
		t.Errorf("parts are %q, want %q", got, want)
	}
}
