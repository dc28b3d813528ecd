package scan

// This file: the pictures of a folder, and paths as people paste them.

import (
	"fmt"
	"net/url"
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

// Path reads text as the path of a file, as terminals put it when one is dropped
// on them: in quotes, with backslashes before spaces, as a file:// address. home
// stands for ~. sure tells that it can hardly be anything else but the path of a
// picture.
func Path(text, home string) (path string, sure bool) {
	path = strings.TrimSpace(text)
	if n := len(path); n > 1 && (path[0] == '\'' || path[0] == '"') && path[n-1] == path[0] {
		path = path[1 : n-1]
	}
	if rest, ok := strings.CutPrefix(path, "file://"); ok {
		path = rest
		if plain, err := url.PathUnescape(rest); err == nil {
			path = plain
		}
	} else if filepath.Separator == '/' {
		path = strings.ReplaceAll(path, `\ `, " ")
	}
	if rest, ok := strings.CutPrefix(path, "~"); ok && home != "" && rest != "" && os.IsPathSeparator(rest[0]) {
		path = home + rest
	}
	line := !strings.ContainsAny(path, "\r\n") && len(path) < 4096
	return path, line && slices.Contains(endings, strings.ToLower(filepath.Ext(path))) && !strings.Contains(path, "://")
}
