package source

// This file: the clipboard. A picture counts more than a text, and files that
// were copied in a file manager are read.

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// What is taken of what a clipboard offers, best first. Its owner, another
// program, chooses the names: they are only compared with these.
var (
	pictureTypes = []string{
		"image/png", "image/bmp", "image/x-bmp", "image/x-MS-bmp", "image/tiff", "image/webp",
		"image/jpeg", "image/jpg", "image/gif", "image/x-portable-pixmap", "image/svg+xml",
	}
	listTypes = []string{"text/uri-list"}
	textTypes = []string{"text/plain;charset=utf-8", "UTF8_STRING", "text/plain", "STRING", "TEXT"}
)

func (d Desk) clipboardWays() (ways []way) {
	if d.windows() {
		ways = append(ways, way{needs: []string{"powershell.exe"}, get: windowsClipboard})
	}
	if d.System == "windows" {
		return ways
	}
	if d.System == "darwin" {
		if d.ssh() {
			return nil
		}
		return []way{
			{needs: []string{"osascript"}, get: macFile},
			{needs: []string{"pngpaste"}, get: func(ctx context.Context, d Desk) (Take, error) {
				return orNothing(d.picture(ctx, toolLimit, "pngpaste", "-"))
			}},
			{needs: []string{"osascript"}, get: macPicture},
			{needs: []string{"pbpaste"}, get: func(ctx context.Context, d Desk) (Take, error) { return d.text(ctx, "pbpaste") }},
		}
	}
	if d.wayland() {
		ways = append(ways, way{needs: []string{"wl-paste"}, get: func(ctx context.Context, d Desk) (Take, error) {
			return d.offered(ctx, "wl-paste", []string{"--list-types"}, func(kind string) []string { return []string{"--no-newline", "--type", kind} })
		}})
	}
	if d.x11() {
		ways = append(ways, way{needs: []string{"xclip"}, get: func(ctx context.Context, d Desk) (Take, error) {
			args := func(kind string) []string { return []string{"-selection", "clipboard", "-out", "-target", kind} }
			return d.offered(ctx, "xclip", args("TARGETS"), args)
		}}, way{needs: []string{"xsel"}, get: func(ctx context.Context, d Desk) (Take, error) {
			return d.text(ctx, "xsel", "--clipboard", "--output")
		}})
	}
	if d.Getenv("TMUX") != "" {
		ways = append(ways, way{needs: []string{"tmux"}, get: func(ctx context.Context, d Desk) (Take, error) {
			t, err := d.text(ctx, "tmux", "save-buffer", "-")
			if isEmpty(err) {
				return Take{}, nil
			}
			return t, err
		}})
	}
	return ways
}

// text runs a tool that writes the clipboard's text.
func (d Desk) text(ctx context.Context, name string, args ...string) (Take, error) {
	data, err := d.run(ctx, toolLimit, maxText, name, args...)
	return Take{Text: strings.TrimSpace(string(data))}, err
}

// offered asks a tool what the clipboard offers, and takes the best of it.
func (d Desk) offered(ctx context.Context, name string, list []string, get func(kind string) []string) (Take, error) {
	data, err := d.run(ctx, toolLimit, maxText, name, list...)
	if isEmpty(err) {
		return Take{}, nil
	}
	if err != nil {
		return Take{}, err
	}
	offers := strings.Fields(strings.ReplaceAll(string(data), "; ", ";"))
	if kind := best(pictureTypes, offers); kind != "" {
		return d.picture(ctx, toolLimit, name, get(kind)...)
	}
	if kind := best(listTypes, offers); kind != "" {
		t, err := d.text(ctx, name, get(kind)...)
		if err != nil {
			return Take{}, err
		}
		if t := copiedFiles(t.Text); !t.empty() {
			return t, nil
		}
	}
	if kind := best(textTypes, offers); kind != "" {
		return d.text(ctx, name, get(kind)...)
	}
	return Take{}, nil
}

// best is the first wanted type that is offered.
func best(wanted, offers []string) string {
	for _, w := range wanted {
		for _, o := range offers {
			if strings.EqualFold(o, w) {
				return o
			}
		}
	}
	return ""
}

// isEmpty tells an empty clipboard from a tool that failed: tools fail in both
// cases.
func isEmpty(err error) bool {
	tool, ok := errors.AsType[*ToolError](err)
	return ok && slices.ContainsFunc([]string{"othing is copied", "o selection", "no owner", "TARGETS not available", "no buffers"},
		func(s string) bool { return strings.Contains(tool.Text, s) })
}

// copiedFiles reads the files of a list of addresses, as file managers copy it.
func copiedFiles(list string) (t Take) {
	for line := range strings.Lines(list) {
		path := localPath(strings.TrimSpace(line))
		if path == "" || len(t.Pictures) == maxFiles {
			continue
		}
		if data, err := readFile(path); err == nil {
			t.Pictures = append(t.Pictures, data)
		}
	}
	return t
}

// localPath is the path of a file:// address of this computer, or "".
func localPath(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "file" || u.Host != "" && u.Host != "localhost" || u.Path == "" {
		return ""
	}
	path := u.Path
	if runtime.GOOS == "windows" {
		path = strings.TrimPrefix(path, "/")
	}
	return filepath.FromSlash(path)
}

// orNothing takes a failed tool for one that found nothing, where tools do not
// tell the two apart and another one follows.
func orNothing(t Take, err error) (Take, error) {
	if _, failed := errors.AsType[*ToolError](err); failed {
		return Take{}, nil
	}
	return t, err
}
