package source

// This file: what can be in the way, with what helps: the package of a tool.

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// What the person decides on.
var (
	ErrEmpty         = errors.New("the clipboard holds neither a picture nor a text")
	ErrNothingChosen = errors.New("no part of the screen was chosen")
)

// AbsentError says that this session has no such place.
type AbsentError struct {
	Kind   Kind
	SSH    bool   // the person sits at another computer
	System string // as runtime.GOOS
}

func (e *AbsentError) Error() string {
	switch {
	case e.Kind == Camera:
		return "there is no camera here"
	case e.Kind == Region && e.System == "windows":
		return "nod can not cut out a part of the screen on Windows"
	case e.SSH:
		return fmt.Sprintf("there is no %s here: over SSH the screen is that of another computer", e.what())
	}
	return fmt.Sprintf("there is no %s here: neither Wayland nor X11 runs in this session", e.what())
}

func (e *AbsentError) what() string {
	if e.Kind == Region {
		return "screen"
	}
	return string(e.Kind)
}

// Hint says what to do instead.
func (e *AbsentError) Hint() string {
	switch {
	case e.Kind == Camera:
		return "take a picture of the code with another device: nod add --qr FILE"
	case e.Kind == Region && e.System == "windows":
		return "press Windows+Shift+S, then: nod add --qr clipboard"
	}
	return "save the picture: nod add --qr - < setup.png; or paste the text under the code: nod add"
}

// MissingError says that no tool for the place is installed.
type MissingError struct {
	Kind     Kind
	Tools    []string // of which one is enough; "slurp and grim" are one
	Packages []string // that hold them
	Install  string   // the command that installs the first
}

func (e *MissingError) Error() string {
	return fmt.Sprintf("nod needs %s for the %s", orList(e.Tools), e.Kind)
}

// Hint says how to install a tool.
func (e *MissingError) Hint() string {
	hint := "install " + orList(e.Packages)
	if e.Install != "" {
		hint += ": " + e.Install
	}
	return hint
}

// FailedError says that the tools for the place are there and did not work.
type FailedError struct {
	Kind    Kind
	Tried   []error  // one a tool
	Missing []string // tools that were not tried
}

func (e *FailedError) Error() string {
	var texts []string
	for _, err := range e.Tried {
		texts = append(texts, err.Error())
	}
	return fmt.Sprintf("read the %s: %s", e.Kind, strings.Join(texts, "; "))
}

func (e *FailedError) Unwrap() []error { return e.Tried }

// Hint says what else may work.
func (e *FailedError) Hint() string {
	if len(e.Missing) > 0 {
		return fmt.Sprintf("another tool may work: install %s; or save the picture: nod add --qr FILE", orList(packagesOf(e.Missing)))
	}
	return "save the picture: nod add --qr FILE"
}

// ToolError says what a tool that failed has to say.
type ToolError struct {
	Tool string
	Text string // what it said, shortened and without control characters
	Err  error
	said string // all of it
}

func (e *ToolError) Error() string {
	if e.Text != "" {
		return e.Tool + ": " + e.Text
	}
	return fmt.Sprintf("%s: %v", e.Tool, e.Err)
}

func (e *ToolError) Unwrap() error { return e.Err }

// isFinal tells whether err must not be answered by trying another tool.
func isFinal(err error) bool {
	return errors.Is(err, ErrNothingChosen) || errors.Is(err, context.Canceled)
}

// packages are Debian's names where they are not those of the tools.
var packages = map[string]string{
	"wl-paste":         "wl-clipboard",
	"import":           "imagemagick",
	"spectacle":        "kde-spectacle",
	"xdg portal":       "xdg-desktop-portal",
	"powershell.exe":   "",
	"osascript":        "",
	"pbpaste":          "",
	"screencapture":    "",
	"gnome-screenshot": "gnome-screenshot",
}

func packagesOf(tools []string) (names []string) {
	for _, t := range tools {
		name, special := packages[t]
		if !special {
			name = t
		}
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// installers are the commands that install a package, by the program that they
// need.
var installers = []struct{ program, command string }{
	{"apt-get", "sudo apt install"},
	{"dnf", "sudo dnf install"},
	{"pacman", "sudo pacman -S"},
	{"zypper", "sudo zypper install"},
	{"apk", "sudo apk add"},
	{"pkg", "sudo pkg install"},
	{"brew", "brew install"},
}

// missing says which tools would do.
func (d Desk) missing(k Kind, ways []way) error {
	e := &MissingError{Kind: k}
	for _, w := range ways {
		if len(w.needs) == 0 {
			continue
		}
		e.Tools = append(e.Tools, strings.Join(w.needs, " with "))
		if names := strings.Join(packagesOf(d.absentOf([]way{w})), " and "); names != "" && !slices.Contains(e.Packages, names) {
			e.Packages = append(e.Packages, names)
		}
	}
	if len(e.Packages) == 0 {
		return e
	}
	for _, i := range installers {
		if _, err := d.LookPath(i.program); err == nil {
			e.Install = i.command + " " + strings.ReplaceAll(e.Packages[0], " and ", " ")
			break
		}
	}
	return e
}

// orList writes "a, b or c".
func orList(names []string) string {
	switch n := len(names); n {
	case 0:
		return "a tool"
	case 1:
		return names[0]
	default:
		return strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
}
