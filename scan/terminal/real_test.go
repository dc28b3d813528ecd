package terminal

// This file: codes as programs of other people draw them.

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"
)

// need skips a test when a program is missing.
func need(t *testing.T, program, pkg string, works ...string) {
	t.Helper()
	_, err := exec.LookPath(program)
	if err == nil && len(works) > 0 {
		err = exec.Command(program, works...).Run()
	}
	if err == nil {
		return
	}
	if os.Getenv("NOD_TEST_REAL") == "1" {
		t.Fatalf("%s is missing: install the package %s", program, pkg)
	}
	t.Skipf("the package %s is not installed", pkg)
}

func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%q: %v", cmd.Args, err)
	}
	return string(out)
}

func TestQrencode(t *testing.T) {
	need(t, "qrencode", "qrencode")
	for _, style := range []string{"ANSI", "ANSI256", "ASCII", "ASCIIi", "UTF8", "UTF8i", "ANSIUTF8", "ANSIUTF8i", "ANSI256UTF8"} {
		for _, margin := range []string{"0", "1", "4"} {
			for _, level := range []string{"L", "H"} {
				s := output(t, exec.Command("qrencode", "-t", style, "-m", margin, "-l", level, "-o", "-", link))
				check(t, style+", margin "+margin+", level "+level, s, link)
			}
		}
	}
	long := strings.Repeat("otpauth-migration://offline?data=CiMKFC82QH", 50)
	for _, style := range []string{"ANSI", "UTF8", "ASCII"} {
		check(t, "long, "+style, output(t, exec.Command("qrencode", "-t", style, "-o", "-", long)), long)
	}
}

func TestPythonQRCode(t *testing.T) {
	const python = "/usr/bin/python3"
	need(t, python, "python3-qrcode", "-c", "import qrcode")
	for _, print := range []string{
		"q.print_ascii()", "q.print_ascii(invert=True)", "q.print_ascii(tty=True)", "q.print_tty()",
	} {
		code := "import sys, qrcode\nsys.stdout.isatty = lambda: True\n" +
			"q = qrcode.QRCode()\nq.add_data(sys.argv[1])\n" + print
		cmd := exec.Command(python, "-c", code, link)
		cmd.Env = append(os.Environ(), "PYTHONIOENCODING=utf-8")
		check(t, print, output(t, cmd), link)
	}
}

// TestGoogleAuthenticator runs the program in a terminal: into a pipe it draws
// nothing.
func TestGoogleAuthenticator(t *testing.T) {
	need(t, "google-authenticator", "libpam-google-authenticator")
	for _, mode := range []string{"ANSI", "UTF8"} {
		home := t.TempDir()
		secret := filepath.Join(home, "secret")
		cmd := exec.Command("google-authenticator", "--time-based", "--disallow-reuse", "--force", "--rate-limit=3",
			"--rate-time=30", "--window-size=3", "--no-confirm", "--qr-mode="+mode, "--label=ana@demo.test", "--issuer=Demo", "--secret="+secret)
		cmd.Env = append(os.Environ(), "HOME="+home)
		printed := inTerminal(t, cmd)
		file, err := os.ReadFile(secret)
		if err != nil {
			t.Fatal(err)
		}
		key, _, _ := strings.Cut(string(file), "\n")
		check(t, mode, printed, "otpauth://totp/ana@demo.test?secret="+key+"&issuer=Demo")
	}
}

// inTerminal returns what a program prints on a terminal.
func inTerminal(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 50, Cols: 132})
	if err != nil {
		t.Fatal(err)
	}
	defer tty.Close()
	var b strings.Builder
	buffer := make([]byte, 4096)
	for {
		n, err := tty.Read(buffer)
		b.Write(buffer[:n])
		if err != nil { // of Linux, once the program has ended
			break
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%q: %v: %s", cmd.Args, err, b.String())
	}
	return b.String()
}

// TestTmux copies codes out of a window of tmux, with its colours and without.
func TestTmux(t *testing.T) {
	need(t, "tmux", "tmux")
	socket := filepath.Join(t.TempDir(), "s")
	tmux := func(args ...string) string {
		cmd := exec.Command("tmux", append([]string{"-S", socket, "-f", "/dev/null", "-u"}, args...)...)
		cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8")
		return output(t, cmd)
	}
	defer func() { tmux("kill-server") }()
	tmux("new-session", "-d", "-x", "200", "-y", "60", "sleep 600")
	for style, captures := range map[string][]string{
		"half blocks":      {"-p", "-pe", "-pJ"},
		"ANSIUTF8i":        {"-p", "-pe", "-pJ"},
		"nod":              {"-p", "-pe"},
		"qrencode ANSI":    {"-pe", "-peJ"},
		"reverse, white":   {"-pe"},
		"true colour":      {"-pe"},
		"quadrants":        {"-p"},
		"Braille":          {"-p"},
		"emoji":            {"-p"},
		"ASCII":            {"-p"},
		"light on default": {"-pe"},
		"dark on default":  {"-pe"},
	} {
		for _, margin := range []int{0, 2} {
			file := filepath.Join(t.TempDir(), "drawing")
			drawing := "before\n" + styles[style](encoded(t, link, margin)) + "\x1b[0mshown " + file + "\n"
			if err := os.WriteFile(file, []byte(drawing), 0o600); err != nil {
				t.Fatal(err)
			}
			tmux("respawn-pane", "-k", "cat "+file+"; sleep 600")
			for !strings.Contains(tmux("capture-pane", "-p"), "shown "+file) { // until go test's limit
			}
			for _, how := range captures {
				check(t, style+", "+how, tmux("capture-pane", how), link)
			}
		}
	}
}
