package terminal

// This file: the drawings of other programs that were collected, where they are
// at hand.

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFixtures(t *testing.T) {
	const folder = "../../../shared/data/qr/text-terminal"
	files, err := filepath.Glob(filepath.Join(folder, "*.ansi"))
	if err != nil || len(files) == 0 {
		t.Skip("no collection of drawings here")
	}
	found := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(file, ".ansi") + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		got := texts(Find(data))
		if len(got) == 1 && got[0] == string(want) {
			found++
		} else {
			t.Errorf("%s: found %q, want %q", filepath.Base(file), got, want)
		}
	}
	t.Logf("%d of %d", found, len(files))
}

func texts(all []Found) []string {
	var texts []string
	for _, f := range all {
		texts = append(texts, f.Text.Text)
	}
	return texts
}
