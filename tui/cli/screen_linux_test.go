package cli_test

// This file: the script commands that start real screens, an X server and a
// Wayland compositor without a monitor, with a picture on them.

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

func init() {
	scriptCommands["x11"] = cmdX11
	scriptCommands["sway"] = cmdSway
}

// cmdX11 starts an X server whose background is a picture, and sets $DISPLAY.
func cmdX11(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1, "x11 FILE")
	number := filepath.Join(shortDir(ts), "display")
	file, err := os.Create(number)
	ts.Check(err)
	defer file.Close()
	// Without -noreset it forgets its background when the first program leaves.
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-noreset", "-nolisten", "tcp", "-screen", "0", "1280x800x24")
	cmd.ExtraFiles = []*os.File{file}
	serve(ts, cmd)
	display := ""
	poll(ts, "the X server", func() bool {
		text, _ := os.ReadFile(number)
		display = strings.TrimSpace(string(text))
		_, err := strconv.Atoi(display)
		return err == nil
	})
	ts.Setenv("DISPLAY", ":"+display)
	_ = ts.Exec("display", "-window", "root", ts.MkAbs(args[0])) // its status says nothing
}

// cmdSway starts sway with a picture as its background, and sets
// $WAYLAND_DISPLAY. It does not run as root.
func cmdSway(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, neg, len(args) == 1, "sway FILE")
	const nobody = 65534
	dir := shortDir(ts)
	picture, err := os.ReadFile(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.WriteFile(filepath.Join(dir, "picture.png"), picture, 0o644))
	config := fmt.Sprintf("output HEADLESS-1 resolution 1280x800 bg %s/picture.png fill\nxwayland disable\n"+
		"exec sh -c 'echo $WAYLAND_DISPLAY >%s/display'\n", dir, dir)
	ts.Check(os.WriteFile(filepath.Join(dir, "config"), []byte(config), 0o644))
	cmd := exec.Command("sway", "-c", filepath.Join(dir, "config"))
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_RUNTIME_DIR=" + dir,
		"WLR_BACKENDS=headless", "WLR_RENDERER=pixman", "WLR_LIBINPUT_NO_DEVICES=1",
	}
	if os.Getuid() == 0 {
		ts.Check(os.Chown(dir, nobody, nobody))
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	serve(ts, cmd)
	poll(ts, "sway", func() bool {
		name, _ := os.ReadFile(filepath.Join(dir, "display"))
		ts.Setenv("WAYLAND_DISPLAY", filepath.Join(dir, strings.TrimSpace(string(name))))
		return len(name) > 0
	})
	ts.Setenv("XDG_RUNTIME_DIR", dir)
}
