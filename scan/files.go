package scan

// This file: the pictures of a folder.

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// MaxFolder is how many pictures of a folder are looked at.
const MaxFolder = 200

// endings are those of pictures' names.
var endings = []string{
	".png", ".jpg", ".jpeg", ".jpe", ".gif", ".webp", ".bmp", ".tif", ".tiff",
	".pbm", ".pgm", ".ppm", ".pnm", ".pam", ".svg",
}

// Folder lists the pictures in a folder, not those in folders in it, by name;
// at most MaxFolder. more tells how many there are besides.
func Folder(dir string) (paths []string, more int, err error) {
	entries, err := os.ReadDir(dir) // sorted by name
	if err != nil {
		return nil, 0, fmt.Errorf("read folder: %w", err)
	}
	for _, e := range entries {
		ending := strings.ToLower(filepath.Ext(e.Name()))
		if strings.HasPrefix(e.Name(), ".") || !slices.Contains(endings, ending) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			continue
		}
		if len(paths) == MaxFolder {
			more++
			continue
		}
		paths = append(paths, path)
	}
	return paths, more, nil
}
