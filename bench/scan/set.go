package main

// This file: sets of pictures and the texts that are in them.

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// picture is a file and what a reader must find in it.
type picture struct {
	set, path string
	texts     []string
}

// terminalText is the set that holds no pictures: text of terminals, which the
// peers do not read.
const terminalText = "text-terminal"

// load returns the pictures of the sets named, or of all.
func load(dir string, sets []string, every int) ([]picture, error) {
	var all []picture
	seen := map[string]int{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		set := filepath.Base(filepath.Dir(path))
		if err != nil || entry.IsDir() || filepath.Ext(path) == ".txt" || set == terminalText {
			return err
		}
		if sets != nil && !slices.Contains(sets, set) {
			return nil
		}
		if seen[set]++; (seen[set]-1)%every != 0 {
			return nil
		}
		texts, err := truth(path)
		all = append(all, picture{set, path, texts})
		return err
	})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("%s holds no pictures of these sets", dir)
	}
	return all, err
}

// truth reads the texts beside a picture; without a file there are none.
func truth(path string) ([]string, error) {
	text, err := os.ReadFile(strings.TrimSuffix(path, filepath.Ext(path)) + ".txt")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return strings.Split(string(text), "\n=====\n"), err
}

// compare counts the texts that were found, and those found that are none.
func compare(want, got []string) (found, wrong int) {
	left := map[string]int{}
	for _, text := range want {
		left[comparable(text)]++
	}
	for _, text := range got {
		if one := comparable(text); left[one] > 0 {
			left[one]--
			found++
		} else {
			wrong++
		}
	}
	return found, wrong
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
