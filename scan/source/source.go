// Package source gets pictures and texts from where a person has them: the
// clipboard, the screen or a part of it, the camera. It runs the tools of the
// session for that and looks into nothing that they bring.
package source

// This file: the places to take from, and the computer that they belong to.

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

// Kind is a place that a picture can come from.
type Kind string

// The places.
const (
	Clipboard Kind = "clipboard"
	Screen    Kind = "screen"
	Region    Kind = "region" // of the screen, which the person chooses
	Camera    Kind = "camera"
)

// Kinds are all places.
var Kinds = []Kind{Clipboard, Screen, Region, Camera}

const (
	toolLimit   = 10 * time.Second // for a tool that needs nobody
	personLimit = 2 * time.Minute  // for a person to choose a region
	cameraLimit = time.Minute      // to hold a code before the camera
	maxPicture  = 64 << 20         // bytes
	maxText     = 1 << 20          // bytes
	maxFiles    = 16               // copied in a file manager
)

// Desk is the computer and the session that a person sits at.
type Desk struct {
	System   string                       // as runtime.GOOS
	Getenv   func(string) string          // tells of display, session bus, SSH
	LookPath func(string) (string, error) // finds tools
	Devices  string                       // directory of the cameras' devices
}

// Here is the desk of this process.
func Here(getenv func(string) string) Desk {
	return Desk{System: runtime.GOOS, Getenv: getenv, LookPath: exec.LookPath, Devices: "/dev"}
}

// Take is what was got: pictures in their files' formats, or a text.
type Take struct {
	Pictures [][]byte
	Text     string
}

func (t Take) empty() bool { return len(t.Pictures) == 0 && t.Text == "" }

// way is one means of getting something.
type way struct {
	needs []string // tools, all of them
	// ready tells whether it can work apart from its tools; nil is yes.
	ready func(ctx context.Context, d Desk) bool
	get   func(ctx context.Context, d Desk) (Take, error)
}

// Check tells whether the place can be used: nil, *AbsentError or *MissingError.
func (d Desk) Check(ctx context.Context, k Kind) error {
	ways, err := d.ways(k)
	if err != nil {
		return err
	}
	for _, w := range ways {
		if d.usable(ctx, w) {
			return nil
		}
	}
	return d.missing(k, ways)
}

// Take gets what is there, by the first means that works. Errors: those of
// Check, ErrEmpty, ErrNothingChosen, *ToolError, that of ctx. The camera has
// Watch instead.
func (d Desk) Take(ctx context.Context, k Kind) (Take, error) {
	ways, err := d.ways(k)
	if err != nil {
		return Take{}, err
	}
	var failed []error
	tried := false
	for _, w := range ways {
		if !d.usable(ctx, w) {
			continue
		}
		tried = true
		t, err := w.get(ctx, d)
		switch {
		case ctx.Err() != nil:
			return Take{}, ctx.Err()
		case err == nil && !t.empty():
			return t, nil
		case isFinal(err):
			return Take{}, err
		case err != nil:
			failed = append(failed, err)
		}
	}
	switch {
	case !tried:
		return Take{}, d.missing(k, ways)
	case len(failed) > 0:
		return Take{}, &FailedError{Kind: k, Tried: failed, Missing: d.absentOf(ways)}
	case k == Clipboard:
		return Take{}, ErrEmpty
	}
	return Take{}, fmt.Errorf("%s: the tools brought no picture", k)
}

// ways lists the means for a place, best first.
func (d Desk) ways(k Kind) ([]way, error) {
	if d.Getenv == nil || d.LookPath == nil {
		return nil, &AbsentError{Kind: k}
	}
	var ways []way
	switch k {
	case Clipboard:
		ways = d.clipboardWays()
	case Screen:
		ways = d.screenWays()
	case Region:
		ways = d.regionWays()
	case Camera:
		return d.cameraWays()
	default:
		return nil, fmt.Errorf("there is no source %q", string(k))
	}
	if len(ways) == 0 {
		return nil, &AbsentError{Kind: k, SSH: d.ssh(), System: d.System}
	}
	return ways, nil
}

func (d Desk) usable(ctx context.Context, w way) bool {
	return len(d.absentOf([]way{w})) == 0 && (w.ready == nil || w.ready(ctx, d))
}

// absentOf lists the tools of ways that are not installed, each once.
func (d Desk) absentOf(ways []way) (absent []string) {
	seen := map[string]bool{}
	for _, w := range ways {
		for _, name := range w.needs {
			if seen[name] {
				continue
			}
			seen[name] = true
			if _, err := d.LookPath(name); err != nil {
				absent = append(absent, name)
			}
		}
	}
	return absent
}

func (d Desk) wayland() bool { return d.Getenv("WAYLAND_DISPLAY") != "" }
func (d Desk) x11() bool     { return d.Getenv("DISPLAY") != "" }
func (d Desk) wsl() bool     { return d.System == "linux" && d.Getenv("WSL_DISTRO_NAME") != "" }

// ssh tells whether the person sits at another computer.
func (d Desk) ssh() bool {
	return d.Getenv("SSH_CONNECTION") != "" || d.Getenv("SSH_TTY") != ""
}

// windows tells whether Windows' own tools can be run, also from its Linux.
func (d Desk) windows() bool { return d.System == "windows" || d.wsl() }

// environment is that of the tools: nod's own variables may name or hold a PIN.
func environment() []string {
	var kept []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "NOD_") {
			kept = append(kept, v)
		}
	}
	return kept
}
