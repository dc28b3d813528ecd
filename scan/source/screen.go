package source

// This file: pictures of the screen and of a part of it.

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"sync"
	"time"
)

func (d Desk) screenWays() (ways []way) {
	switch {
	case d.windows():
		return []way{{needs: []string{"powershell.exe"}, get: windowsScreen}}
	case d.System == "darwin":
		if d.ssh() {
			return nil
		}
		return []way{{needs: []string{"screencapture"}, get: macScreen}}
	case d.wayland():
		return []way{stdout(toolLimit, "grim", "-t", "png", "-"), portalWay(false), gnome(toolLimit, "--file"), spectacle(toolLimit, "--fullscreen")}
	case d.x11():
		return []way{
			stdout(toolLimit, "maim", "--hidecursor"),
			file(toolLimit, "scrot", "--overwrite"),
			stdout(toolLimit, "import", "-silent", "-window", "root", "png:-"),
			gnome(toolLimit, "--file"), spectacle(toolLimit, "--fullscreen"), portalWay(false),
		}
	}
	return nil
}

func (d Desk) regionWays() []way {
	switch {
	case d.windows():
		return nil
	case d.System == "darwin":
		if d.ssh() {
			return nil
		}
		return []way{{needs: []string{"screencapture"}, get: macRegion}}
	case d.wayland():
		return []way{{needs: []string{"grim", "slurp"}, get: slurped}, portalWay(true), choice(gnome(personLimit, "--area", "--file")), choice(spectacle(personLimit, "--region"))}
	case d.x11():
		return []way{
			choice(stdout(personLimit, "maim", "--hidecursor", "--select")),
			choice(file(personLimit, "scrot", "--overwrite", "--select")),
			choice(stdout(personLimit, "import", "-silent", "png:-")),
			choice(gnome(personLimit, "--area", "--file")), choice(spectacle(personLimit, "--region")), portalWay(true),
		}
	}
	return nil
}

// stdout is a tool that writes the picture to standard output.
func stdout(limit time.Duration, name string, args ...string) way {
	return way{needs: []string{name}, get: func(ctx context.Context, d Desk) (Take, error) {
		return d.picture(ctx, limit, name, args...)
	}}
}

// file is a tool that writes the picture to the file that its last argument names.
func file(limit time.Duration, name string, args ...string) way {
	return way{needs: []string{name}, get: func(ctx context.Context, d Desk) (Take, error) {
		return d.files(ctx, limit, 1, name, func(paths []string) []string {
			return append(append([]string{}, args...), paths[0])
		})
	}}
}

func gnome(limit time.Duration, args ...string) way { return file(limit, "gnome-screenshot", args...) }

func spectacle(limit time.Duration, what string) way {
	return file(limit, "spectacle", "--background", "--nonotify", what, "--output")
}

// choice is a tool with which the person chooses a part of the screen. They all
// fail, or bring nothing, when the person gives up.
func choice(w way) way {
	get := w.get
	w.get = func(ctx context.Context, d Desk) (Take, error) {
		t, err := get(ctx, d)
		if tool, failed := errors.AsType[*ToolError](err); failed && gaveUp(tool) || err == nil && t.empty() {
			err = ErrNothingChosen
		}
		return t, err
	}
	return w
}

func gaveUp(e *ToolError) bool {
	said := strings.ToLower(e.Text)
	for _, word := range []string{"cancel", "abort", "interrupt", "key was pressed"} {
		if strings.Contains(said, word) {
			return true
		}
	}
	return false
}

// slurpArea is what slurp says: x,y widthxheight.
var slurpArea = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^-?\d{1,6},-?\d{1,6} \d{1,6}x\d{1,6}$`) })

// slurped has the person choose with slurp, and takes the picture with grim.
func slurped(ctx context.Context, d Desk) (Take, error) {
	data, err := d.run(ctx, personLimit, maxText, "slurp")
	if tool, failed := errors.AsType[*ToolError](err); failed && gaveUp(tool) {
		return Take{}, ErrNothingChosen
	}
	if err != nil {
		return Take{}, err
	}
	area := strings.TrimSpace(string(data))
	if !slurpArea().MatchString(area) {
		return Take{}, &ToolError{Tool: "slurp", Err: errors.New("it names no part of the screen")}
	}
	return d.picture(ctx, toolLimit, "grim", "-g", area, "-t", "png", "-")
}
