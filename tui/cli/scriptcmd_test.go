package cli_test

// This file: the commands that scripts have besides testscript's own.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/rogpeppe/go-internal/testscript"
)

// patience is how long a script waits for something that must come.
const patience = 2 * time.Minute

var scriptCommands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"exits":     cmdExits,
	"start":     cmdStart,
	"finish":    cmdFinish,
	"interrupt": cmdInterrupt,
	"json":      cmdJSON,
	"await":     cmdAwait,
	"retry":     cmdRetry,
	"qrpng":     cmdQRPNG,
	"paired":    cmdPaired,
	"enrol":     cmdEnrol,
	"audit":     cmdAudit,
	"devclock":  cmdDevClock,
	"sitedown":  cmdSiteDown,
	"broken":    cmdBroken,
	"outage":    cmdOutage,
	"spoil":     cmdSpoil,
	"term":      cmdTerm,
	"sshagent":  cmdSSHAgent,
	"tpm":       cmdTPM,
	"flip":      cmdFlip,
	"givenfile": cmdGivenFile,
	"together":  cmdTogether,
}

func usage(ts *testscript.TestScript, neg, ok bool, text string) {
	if neg || !ok {
		ts.Fatalf("usage: %s", text)
	}
}

// cmdExits runs a program that must end with an exit status.
func cmdExits(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 2, "exits STATUS PROGRAM [ARG...]")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := exitStatus(ts, args[1:]); got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

func exitStatus(ts *testscript.TestScript, args []string) int {
	err := ts.Exec(args[0], args[1:]...)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	ts.Check(err)
	return 0
}

// cmdRetry runs a program until it succeeds or, with -status, ends with that status, and
// until what it has printed matches.
func cmdRetry(ts *testscript.TestScript, neg bool, args []string) {
	const text = "retry [-status STATUS] [-stdout REGEXP] [-stderr REGEXP] PROGRAM [ARG...]"
	status, printed := 0, map[string]*regexp.Regexp{}
	for ; len(args) > 2 && strings.HasPrefix(args[0], "-"); args = args[2:] {
		if args[0] != "-status" {
			printed[args[0][1:]] = regexp.MustCompile("(?m)" + args[1])
			continue
		}
		var err error
		status, err = strconv.Atoi(args[1])
		ts.Check(err)
	}
	usage(ts, neg, len(args) >= 1, text)
	poll(ts, fmt.Sprintf("status %d of %s, and %v", status, args[0], printed), func() bool {
		if exitStatus(ts, args) != status {
			return false
		}
		for name, expression := range printed {
			if !expression.MatchString(ts.ReadFile(name)) {
				return false
			}
		}
		return true
	})
}

// poll asks ready again and again, up to patience.
func poll(ts *testscript.TestScript, what string, ready func() bool) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			ts.Fatalf("waited %s for %s", patience, what)
		}
	}
}

// cmdAwait waits until a file matches an expression, and keeps its first group.
func cmdAwait(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 2 || len(args) == 3, "await FILE REGEXP [VARIABLE]")
	expression := regexp.MustCompile(args[1])
	poll(ts, args[1]+" in "+args[0], func() bool {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err != nil {
			return false
		}
		found := expression.FindSubmatch(text)
		if found == nil {
			return false
		}
		if len(args) == 3 {
			ts.Setenv(args[2], string(found[1]))
		}
		return true
	})
}

// cmdJSON checks JSON: PATH=VALUE, PATH->VARIABLE, or PATH for "is there".
// A path is keys and indexes with dots. Every document must have "schema": 1.
// With -any one of several documents, one a line, must fit.
func cmdJSON(ts *testscript.TestScript, neg bool, args []string) {
	any := len(args) > 0 && args[0] == "-any"
	if any {
		args = args[1:]
	}
	usage(ts, false, len(args) >= 1, "[!] json [-any] FILE [PATH=VALUE | PATH->VARIABLE | PATH]...")
	documents := decodeAll(ts, ts.ReadFile(args[0]))
	if !any && len(documents) != 1 {
		ts.Fatalf("%d JSON documents in %s, want 1", len(documents), args[0])
	}
	why := ""
	for _, d := range documents {
		if got := lookUp(d, "schema"); got != "1" {
			ts.Fatalf("schema %s, want 1", got)
		}
		if why = fits(ts, d, args[1:]); why == "" {
			break
		}
	}
	if fit := why == "" && len(documents) > 0; fit == neg {
		ts.Fatalf("%s: %s", args[0], why)
	}
}

func decodeAll(ts *testscript.TestScript, text string) (documents []any) {
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	for {
		var d any
		err := dec.Decode(&d)
		if errors.Is(err, io.EOF) {
			return documents
		}
		if err != nil {
			ts.Fatalf("not JSON: %v in %q", err, text)
		}
		documents = append(documents, d)
	}
}

func fits(ts *testscript.TestScript, d any, wants []string) (why string) {
	for _, want := range wants {
		if path, variable, ok := strings.Cut(want, "->"); ok {
			ts.Setenv(variable, lookUp(d, path))
			continue
		}
		path, value, valued := strings.Cut(want, "=")
		got := lookUp(d, path)
		if valued && got != value || got == "" && !valued {
			return fmt.Sprintf("%s is %q, want %q", path, got, value)
		}
	}
	return ""
}

// lookUp returns the value at a path as text; "len" is the length of a list.
func lookUp(d any, path string) string {
	for key := range strings.SplitSeq(path, ".") {
		switch v := d.(type) {
		case map[string]any:
			d = v[key]
		case []any:
			if key == "len" {
				return strconv.Itoa(len(v))
			}
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(v) {
				return ""
			}
			d = v[i]
		default:
			return ""
		}
	}
	if d == nil {
		return ""
	}
	return fmt.Sprint(d)
}

// cmdQRPNG draws a page as a browser shows it: bars for text, and QR codes.
func cmdQRPNG(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) >= 2, "qrpng FILE TEXT...")
	page := image.NewRGBA(image.Rect(0, 0, 1280, 800))
	fill := func(r image.Rectangle, c color.Color) {
		draw.Draw(page, r, image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(page.Bounds(), color.White)
	fill(image.Rect(0, 0, 1280, 60), color.RGBA{40, 60, 120, 255})
	for y := 90; y < 300; y += 30 {
		fill(image.Rect(60, y, 500+y, y+12), color.Gray{90})
	}
	for i, text := range args[1:] {
		m, err := qrcode.NewQRCodeWriter().EncodeWithoutHint(text, gozxing.BarcodeFormat_QR_CODE, 360, 360)
		ts.Check(err)
		draw.Draw(page, image.Rect(60+400*i, 360, 420+400*i, 720), m, image.Point{}, draw.Src)
	}
	f, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(png.Encode(f, page))
	ts.Check(f.Close())
}
