package recipes

// This file: a machine to follow recipes on. It is a set of namespaces: its
// programs are those of this machine, but what they write, the processes that they
// leave and the ports that they listen at are its own, and are gone with the test.

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a test waits for something that must come. cron alone may take a
// minute.
const patience = 4 * time.Minute

// boot makes the directories that are written to the machine's own, gives it a
// person, names that lead to itself, and the programs nod and site.
const boot = `set -eu
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs -o mode=755 tmpfs /run
for dir in etc var home root tmp usr/local; do
	mkdir -p /run/own/$dir /run/scratch/$dir
	chmod --reference=/$dir /run/own/$dir
	mount -t overlay -o lowerdir=/$dir,upperdir=/run/own/$dir,workdir=/run/scratch/$dir overlay /$dir
done
ip link set lo up
hostname jump.demo.test
echo '127.0.0.1 localhost jump.demo.test backup.demo.test vpn.demo.test' >/etc/hosts
mkdir -p /usr/local/bin
cp "$1" /usr/local/bin/nod
cp "$1" /usr/local/bin/site
useradd --create-home --shell /bin/sh ana
`

// idle is the machine's first process where no recipe needs another.
const idle = "echo ready; exec sleep infinity\n"

// machine is a running one.
type machine struct {
	t   *testing.T
	pid int
	env []string // besides HOME, USER and PATH
}

// newMachine starts a machine on which ana has an empty vault that her scripts
// open as the README of the recipes says, and needs these programs.
func newMachine(t *testing.T, programs ...string) *machine {
	t.Helper()
	return startMachine(t, idle, programs...)
}

// startMachine is newMachine with the end of the script that boots it, which says
// "ready" and becomes the first process.
func startMachine(t *testing.T, first string, programs ...string) *machine {
	t.Helper()
	need(t, append(programs, "ip", "nsenter", "runuser", "useradd")...)
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", boot+first, "boot", binary)
	var said bytes.Buffer
	cmd.Stderr = &said
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setsid: true, Pdeathsig: syscall.SIGKILL,
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWUTS | syscall.CLONE_NEWIPC,
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		missing(t, fmt.Sprintf("namespaces can not be made: %v", err))
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		_ = cmd.Wait()
		t.Fatalf("the machine did not start: %q, %v\n%s", line, err, said.String())
	}
	m := &machine{t: t, pid: cmd.Process.Pid}
	m.follow(page(t, "README.md"), "4821\n")
	m.env = append(m.env, "NOD_PIN_FILE=/home/ana/.config/nod/pin", "NOD_TPM=none", "NOD_KEYRING=none")
	m.ok("ana", "nod init --protect file --recovery-file ~/recovery --quiet", "")
	return m
}

// need skips, or with NOD_TEST_REAL=1 fails, where a program is not here or the test
// is not run by root.
func need(t *testing.T, programs ...string) {
	t.Helper()
	if testing.Short() {
		t.Skip("recipes take a while")
	}
	if os.Getuid() != 0 {
		missing(t, "only root can make a machine to follow recipes on")
	}
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			missing(t, err.Error())
		}
	}
}

// missing skips the test, or fails it where every real part has to be there.
func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("NOD_TEST_REAL") == "1" {
		t.Fatal("with NOD_TEST_REAL=1: " + why)
	}
	t.Skip(why)
}

// command is a shell script that a user of the machine runs, in the home directory.
func (m *machine) command(user, script string, env ...string) *exec.Cmd {
	home := "/home/" + user
	if user == "root" {
		home = "/root"
	}
	args := []string{
		"--target", strconv.Itoa(m.pid), "--mount", "--net", "--pid", "--uts", "--ipc", "--",
		"env", "-i", "HOME=" + home, "USER=" + user, "LOGNAME=" + user, "TERM=xterm-256color", "LANG=C.UTF-8",
		"GORACE=atexit_sleep_ms=0", // nod is this binary
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
	}
	args = append(append(args, m.env...), env...)
	args = append(args, "runuser", "-u", user, "--", "sh", "-eu", "-c", "cd\n"+script)
	return exec.Command("nsenter", args...)
}

// run runs a script and returns its standard output, all that it said, and its status.
func (m *machine) run(user, script, input string, env ...string) (out, said string, status int) {
	m.t.Helper()
	cmd := m.command(user, script, env...)
	cmd.Stdin = strings.NewReader(input)
	// Files, not pipes: daemons that the script leaves keep those open.
	outFile, errFile := m.temp(), m.temp()
	cmd.Stdout, cmd.Stderr = outFile, errFile
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok && err != nil {
		m.t.Fatal(err)
	} else if ok {
		status = exit.ExitCode()
	}
	out = m.read(outFile)
	return out, out + m.read(errFile), status
}

func (m *machine) temp() *os.File {
	f, err := os.CreateTemp(m.t.TempDir(), "out")
	if err != nil {
		m.t.Fatal(err)
	}
	return f
}

func (m *machine) read(f *os.File) string {
	defer f.Close()
	text, err := os.ReadFile(f.Name())
	if err != nil {
		m.t.Fatal(err)
	}
	return string(text)
}

// ok runs a script that must end well, and returns its standard output.
func (m *machine) ok(user, script, input string, env ...string) string {
	m.t.Helper()
	out, said, status := m.run(user, script, input, env...)
	if status != 0 {
		m.t.Fatalf("%s ran\n%s\nstatus %d:\n%s", user, script, status, said)
	}
	return out
}

// fails runs a script that must end with a status, and returns all that it said.
func (m *machine) fails(user, script string, want int, env ...string) string {
	m.t.Helper()
	_, said, status := m.run(user, script, "", env...)
	if status != want {
		m.t.Fatalf("%s ran\n%s\nstatus %d, want %d:\n%s", user, script, status, want, said)
	}
	return said
}

// put writes a file of a page; one that begins with #! can be run.
func (m *machine) put(b block) {
	m.t.Helper()
	mode := "600"
	switch {
	case strings.HasPrefix(b.text, "#!"):
		mode = "755"
	case b.user() == "root":
		mode = "644"
	}
	m.ok(b.user(), fmt.Sprintf("mkdir -p %s\ncat >%s\nchmod %s %[2]s", path.Dir(b.file), b.file, mode), b.text)
}

// follow does what the blocks say, in their order. Their commands get input to read.
func (m *machine) follow(blocks []block, input string) {
	m.t.Helper()
	for _, b := range blocks {
		if b.file != "" {
			m.put(b)
		} else {
			m.ok(b.user(), b.text, input)
		}
	}
}

// until waits until a script ends well, and returns its standard output.
func (m *machine) until(user, script string) string {
	m.t.Helper()
	for end := time.Now().Add(patience); ; {
		out, said, status := m.run(user, script, "")
		if status == 0 {
			return out
		}
		if time.Now().After(end) {
			m.t.Fatalf("waited in vain for\n%s\nstatus %d:\n%s", script, status, said)
		}
		time.Sleep(200 * time.Millisecond) // between two looks
	}
}
