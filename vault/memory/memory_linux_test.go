package memory

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// nobody is a user without rights, for when the tests run as root.
const nobody = 65534

// playSystem does the roles that only Linux has: "open" and "hardened" wait to
// be read; "read PID" reads the memory of another process.
func playSystem(role string) error {
	name, arg, _ := strings.Cut(role, " ")
	switch name {
	case "read":
		return readMemory(arg)
	case "unlocked":
		locked, reason := Locked()
		fmt.Println(locked, reason)
		b := Move([]byte("key"))
		fmt.Println(string(b.Bytes()), b.first)
		return nil
	case "hardened":
		for _, err := range Harden() {
			return err
		}
	case "open":
	default:
		return errors.New("no role " + role)
	}
	var core unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &core); err != nil {
		return err
	}
	if _, err := os.ReadFile("/proc/self/cgroup"); err != nil { // vault asks it for the free memory
		return err
	}
	if err := readOwnPipe(); err != nil {
		return err
	}
	fmt.Println(os.Getuid(), core.Cur, core.Max)
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// readOwnPipe opens a pipe by its name, as --pin-file <(command) does.
func readOwnPipe() error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	w.Close()
	_, err = os.ReadFile(fmt.Sprintf("/dev/fd/%d", r.Fd()))
	return err
}

// readMemory reads the first readable bytes of process pid.
func readMemory(pid string) error {
	maps, err := os.ReadFile("/proc/" + pid + "/maps")
	if err != nil {
		return err
	}
	start, _, _ := strings.Cut(string(maps), "-")
	at, err := strconv.ParseInt(start, 16, 64)
	if err != nil {
		return err
	}
	mem, err := os.Open("/proc/" + pid + "/mem")
	if err != nil {
		return err
	}
	defer mem.Close()
	var head [4]byte
	if _, err := mem.ReadAt(head[:], at); err != nil {
		return err
	}
	fmt.Printf("read %q\n", head)
	return nil
}

// asNobody lets cmd run as a user without rights, who must be able to execute
// the test binary; an ordinary user's tests run as that user.
func asNobody(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if os.Getuid() != 0 {
		return
	}
	dir, err := os.MkdirTemp("/tmp", "nod-memory-") // the path to t.TempDir is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(cmd.Path)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Path, cmd.Dir = filepath.Join(dir, "test"), dir
	if err := os.WriteFile(cmd.Path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

// target is a process that waits in a role until closed, and what it said first.
func target(t *testing.T, role string) (pid int, said string) {
	t.Helper()
	cmd := process(t, role)
	asNobody(t, cmd)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 64)
	n, _ := out.Read(line) // nothing read: it ended, and says why
	t.Cleanup(func() {
		in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("role %s: %v: %s", role, err, complaint.String())
		}
	})
	return cmd.Process.Pid, strings.TrimSpace(string(line[:n]))
}

// TestHardenedMemoryIsShut has a process of the same user, not root, read the
// memory of another one, and again of a hardened one.
func TestHardenedMemoryIsShut(t *testing.T) {
	read := func(pid int) (string, error) {
		cmd := process(t, fmt.Sprintf("read %d", pid))
		asNobody(t, cmd)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	open, _ := target(t, "open")
	if out, err := read(open); err != nil && strings.Contains(out, "mem: permission denied") {
		t.Skipf("this system shuts all processes: %s", out) // Yama's ptrace_scope
	} else if err != nil || !strings.HasPrefix(out, "read ") {
		t.Fatalf("reading an open process: %v: %s", err, out)
	}
	shut, _ := target(t, "hardened")
	if out, err := read(shut); err == nil || !strings.Contains(out, "permission denied") {
		t.Errorf("a hardened process was read: %s", out)
	}
}

func TestHardenedWritesNoCore(t *testing.T) {
	uid := os.Getuid()
	if uid == 0 {
		uid = nobody
	}
	if _, said := target(t, "hardened"); said != fmt.Sprintf("%d 0 0", uid) {
		t.Errorf("user and core limits: %q", said)
	}
}

// TestArenaOfThisProcess looks at what the kernel says of the arena.
func TestArenaOfThisProcess(t *testing.T) {
	if locked, reason := Locked(); !locked {
		t.Skip(reason)
	}
	smaps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skip(err)
	}
	_, entry, found := strings.Cut(string(smaps), fmt.Sprintf("%x-%x rw-p", address(0), address(arenaSize)))
	if !found {
		t.Fatal("the arena is no mapping of its own")
	}
	_, flags, _ := strings.Cut(entry, "VmFlags:")
	flags, _, _ = strings.Cut(flags, "\n")
	for flag, meaning := range map[string]string{"lo": "locked", "dd": "left out of dumps", "wf": "wiped on fork"} {
		if !strings.Contains(flags+" ", " "+flag+" ") {
			t.Errorf("the arena is not %s: %s", meaning, flags)
		}
	}
}

func address(offset uintptr) uintptr {
	return uintptr(unsafe.Pointer(unsafe.SliceData(shared.region))) + offset
}

// TestMlockRefused runs where nothing may be locked: keys are kept all the same.
func TestMlockRefused(t *testing.T) {
	exe, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no sh")
	}
	cmd := process(t, "unlocked")
	asNobody(t, cmd)
	cmd.Args = []string{exe, "-c", `ulimit -l 0 && exec "$0"`, cmd.Path}
	cmd.Path = exe
	out, err := cmd.CombinedOutput()
	want := "false lock memory for keys: "
	if err != nil || !strings.HasPrefix(string(out), want) || !strings.HasSuffix(string(out), "\nkey 0\n") {
		t.Errorf("with ulimit -l 0: %v\n%s", err, out)
	}
}
