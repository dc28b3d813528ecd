package scan

// This file: the rate on a large collection of pictures, where it is at hand.
// It tells whether a change of the detector made things better or worse. Under the
// race detector every fifth picture is taken, elsewhere all of them.

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"nod/scan/sample"
)

const (
	corpus = "../../shared/data/qr"
	// floor is the part of the texts that must be found.
	floor = 0.97
)

// score counts the texts of a set of pictures.
type score struct{ found, all, wrong int }

func TestCorpus(t *testing.T) {
	if _, err := os.Stat(corpus); err != nil {
		t.Skip("no collection of pictures here")
	}
	step, pictures := 1, 0
	if sample.Raced {
		step = 5
	}
	sets := map[string]*score{}
	err := filepath.WalkDir(corpus, func(path string, entry os.DirEntry, err error) error {
		set := filepath.Base(filepath.Dir(path))
		if err != nil || entry.IsDir() || filepath.Ext(path) == ".txt" || set == "text-terminal" {
			return err
		}
		if pictures++; pictures%step != 0 {
			return nil
		}
		if sets[set] == nil {
			sets[set] = &score{}
		}
		return sets[set].add(path)
	})
	if err != nil {
		t.Fatal(err)
	}
	var total score
	for _, name := range slices.Sorted(maps.Keys(sets)) {
		s := sets[name]
		t.Logf("%-24s %3d of %3d, %d wrong", name, s.found, s.all, s.wrong)
		total.found += s.found
		total.all += s.all
		total.wrong += s.wrong
		if name == "s-negative" && s.wrong > 0 {
			t.Errorf("%d texts found in pictures without codes", s.wrong)
		}
	}
	rate := float64(total.found) / float64(total.all)
	t.Logf("%d of %d texts found, %.1f %%; %d wrong", total.found, total.all, 100*rate, total.wrong)
	if rate < floor {
		t.Errorf("rate %.3f, want at least %.3f", rate, floor)
	}
}

// add scans a picture and compares with the texts beside it.
func (s *score) add(path string) error {
	text, err := os.ReadFile(strings.TrimSuffix(path, filepath.Ext(path)) + ".txt")
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	want := map[string]int{}
	if err == nil {
		for one := range strings.SplitSeq(string(text), "\n=====\n") {
			want[comparable(one)]++
			s.all++
		}
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	res, err := Image(file)
	if _, unknown := errors.AsType[*FormatError](err); err != nil && !unknown {
		return err
	}
	for _, c := range res.Codes {
		if one := comparable(c.Text); want[one] > 0 {
			want[one]--
			s.found++
		} else {
			s.wrong++
		}
	}
	return nil
}

// comparable leaves out what programs write differently: spaces and letters
// beyond ASCII.
func comparable(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' {
			return -1
		}
		return r
	}, s)
}
