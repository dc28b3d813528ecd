package protect

// This file finds the real programs that tests run against.

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"testing"
)

// needPrograms skips the test when a program is missing, or fails it when
// NOD_TEST_REAL=1.
func needPrograms(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			missing(t, err)
		}
	}
}

// missing skips the test, or fails it when NOD_TEST_REAL=1.
func missing(t *testing.T, reason any) {
	t.Helper()
	if os.Getenv("NOD_TEST_REAL") == "1" {
		t.Fatalf("NOD_TEST_REAL is set, but %v", reason)
	}
	t.Skip(reason)
}

// output runs a program to its end and returns what it wrote to its standard output.
func output(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	text, err := cmd.Output()
	if err != nil {
		var said []byte
		if exit, ok := err.(*exec.ExitError); ok {
			said = exit.Stderr
		}
		t.Fatalf("%s: %v\n%s", cmd, err, said)
	}
	return string(text)
}

// background starts a program that runs until the test ends, or the function
// it returns is called. It waits for the first line of standard output.
func background(t *testing.T, cmd *exec.Cmd) (stop func()) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	stop = func() {
		_ = cmd.Process.Kill() // it may have ended
		_ = cmd.Wait()
	}
	t.Cleanup(stop)
	lines := bufio.NewReader(out)
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	go io.Copy(io.Discard, lines)
	return stop
}
