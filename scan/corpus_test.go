package scan

// This file: the rate on a large collection of pictures, where it is at hand.
// It tells whether a change of the finder made things better or worse. A plain
// run takes every fifth picture, one with NOD_TEST_CORPUS=all takes them all.

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	corpus = "../../shared/data/qr"
	// floor is a little less than the finder of today reaches: 371 of 410 texts.
	floor = 0.85
)

// score counts the texts of a set of pictures.
type score struct{ found, all, wrong int }

func TestCorpus(t *testing.T) {
	if _, err := os.Stat(corpus); err != nil {
		t.Skip("no collection of pictures here")
	}
	step, pictures := 5, 0
	if os.Getenv("NOD_TEST_CORPUS") == "all" {
		step = 1
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
