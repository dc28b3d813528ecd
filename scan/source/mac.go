package source

// This file: the clipboard and the screen of macOS.

import (
	"bytes"
	"context"
	"encoding/hex"
	"strings"
)

// maxScreens is how many screens are looked at where each is a picture.
const maxScreens = 4

// macFile reads the file that was copied in the Finder. Its picture in the
// clipboard would only be its icon.
func macFile(ctx context.Context, d Desk) (Take, error) {
	data, err := d.run(ctx, toolLimit, maxText, "osascript", "-e", "POSIX path of (the clipboard as «class furl»)")
	path := strings.TrimSpace(string(data))
	if err != nil || !strings.HasPrefix(path, "/") {
		return orNothing(Take{}, err)
	}
	picture, err := readFile(path)
	if err != nil {
		return Take{}, nil //nolint:nilerr // a folder, or gone: the clipboard may hold something else
	}
	return Take{Pictures: [][]byte{picture}}, nil
}

// macPicture asks for the picture with what every Mac has. The answer looks like
// «data PNGf89504E47...».
func macPicture(ctx context.Context, d Desk) (Take, error) {
	data, err := d.run(ctx, toolLimit, 2*maxPicture, "osascript", "-e", "the clipboard as «class PNGf»")
	if err != nil {
		return orNothing(Take{}, err)
	}
	_, digits, found := bytes.Cut(data, []byte("PNGf"))
	digits = bytes.TrimSuffix(bytes.TrimSpace(digits), []byte("»"))
	picture := make([]byte, hex.DecodedLen(len(digits)))
	if _, err := hex.Decode(picture, digits); err != nil || !found {
		return Take{}, nil //nolint:nilerr // not a picture
	}
	return Take{Pictures: [][]byte{picture}}, nil
}

func macScreen(ctx context.Context, d Desk) (Take, error) {
	return d.files(ctx, toolLimit, maxScreens, "screencapture", func(paths []string) []string {
		return append([]string{"-x", "-t", "png"}, paths...)
	})
}

func macRegion(ctx context.Context, d Desk) (Take, error) {
	t, err := d.files(ctx, personLimit, 1, "screencapture", func(paths []string) []string {
		return []string{"-i", "-x", "-t", "png", paths[0]}
	})
	if err == nil && t.empty() {
		err = ErrNothingChosen // Esc: no file, and no complaint
	}
	return t, err
}
