package cli

// This file: handing over a new recovery code, which is stored nowhere: to a
// person who proves to have it on paper, to a file, or to the caller.

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

// newCode are the flags of commands that can make a new recovery code.
type newCode struct {
	want bool
	file string
}

// flags adds the flags to a command.
func (n *newCode) flags(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&n.want, "new-code", false, "make a new recovery code, too; the old one is good for nothing then")
	cmd.Flags().StringVar(&n.file, "recovery-file", "", recoveryFile)
}

// check refuses flags that can not work, before anything is changed.
func (n newCode) check() error {
	if n.file != "" && !n.want {
		return usagef("--recovery-file goes with --new-code")
	}
	return checkNew(n.file)
}

// handedJSON is where a recovery code went.
type handedJSON struct {
	RecoveryCode string `json:"recovery_code,omitempty"`
	RecoveryFile string `json:"recovery_file,omitempty"`
}

// recoveryFile is the flag's description.
const recoveryFile = "write the recovery code to `file` (mode 0600) instead of showing it"

// handOver gives code to the person. A person who has typed at the terminal is
// shown it there and asked for two groups of it.
func (a *app) handOver(ctx context.Context, code, file string) (handedJSON, error) {
	switch {
	case file != "":
		if err := writeNew(file, code+"\n"); err != nil {
			// Not say: --quiet must not lose it.
			fmt.Fprintf(a.env.Stderr, "The recovery code could not be stored. Write it down:\n\n  %s\n\n", code)
			return handedJSON{}, err
		}
		return handedJSON{RecoveryFile: file}, nil
	case a.flags.json:
		return handedJSON{RecoveryCode: code}, nil
	case (a.asked || a.flags.ssh) && a.askable():
		err := a.confirmCode(ctx, code)
		if err != nil {
			fmt.Fprintln(a.env.Stderr, "nod: warning: the recovery code was not confirmed; nod vault rekey --new-code makes another")
		}
		return handedJSON{}, err
	}
	fmt.Fprintf(a.env.Stderr, "Recovery code, shown only now; write it down and keep it away from this machine:\n\n  %s\n\n", code)
	return handedJSON{}, nil
}

// confirmCode shows code until two groups of it were typed. It does so on the
// terminal's other screen, so that the code does not stay in what can be
// scrolled back to.
func (a *app) confirmCode(ctx context.Context, code string) error {
	t, err := a.terminal()
	if err != nil {
		return err
	}
	defer t.Close()
	if term := a.env.Getenv("TERM"); term != "" && term != "dumb" {
		fmt.Fprint(t.Out, "\x1b[?1049h")
		defer fmt.Fprint(t.Out, wipeScreen+"\x1b[?1049l")
	}
	for {
		a.wipe(t)
		fmt.Fprintf(t.Out, "Recovery code. It opens the vault when the PIN or this machine is lost, and is\n"+
			"shown only now. Write it down and keep it away from this machine:\n\n  %s\n\n", code)
		if _, err := t.ask(ctx, "Press Enter when it is on paper: "); err != nil {
			return err
		}
		a.wipe(t)
		fmt.Fprint(t.Out, "Type two groups of the code from the paper.\n\n")
		if right, err := askGroups(ctx, t, code); right || err != nil {
			return err
		}
	}
}

const wipeScreen = "\x1b[H\x1b[2J"

// wipe empties the screen, where the terminal can.
func (a *app) wipe(t *Terminal) {
	if term := a.env.Getenv("TERM"); term != "" && term != "dumb" {
		fmt.Fprint(t.Out, wipeScreen)
	}
}

// askGroups asks for two groups of code. It returns false after three mistakes.
func askGroups(ctx context.Context, t *Terminal, code string) (bool, error) {
	groups := strings.Split(code, "-")
	mistakes := 0
	for _, n := range twoOf(codeGroups) {
		for {
			typed, err := t.ask(ctx, fmt.Sprintf("Group %d: ", n+1))
			if err != nil {
				return false, err
			}
			if sameGroup(typed, groups[n]) {
				break
			}
			if mistakes++; mistakes == 3 {
				return false, nil
			}
			fmt.Fprintf(t.Out, "That is not group %d.\n", n+1)
		}
	}
	return true, nil
}

// codeGroups is how many groups a recovery code has before its check symbol.
const codeGroups = 8

// twoOf draws two different numbers below n, a power of two up to 256.
func twoOf(n int) [2]int {
	draw := func() int {
		var b [1]byte
		_, _ = rand.Read(b[:]) // never fails
		return int(b[0]) % n
	}
	first := draw()
	second := draw()
	for second == first {
		second = draw()
	}
	return [2]int{first, second}
}

// sameGroup compares as the code is read: case does not matter, O is 0, I and L are 1.
func sameGroup(typed, group string) bool {
	alike := strings.NewReplacer("O", "0", "I", "1", "L", "1", " ", "")
	return alike.Replace(strings.ToUpper(typed)) == group
}

// checkNew refuses a file that is there already; "" is none.
func checkNew(name string) error {
	if _, err := os.Lstat(name); name == "" || err != nil {
		return nil
	}
	return &usageError{err: fmt.Errorf("%s is there already", name), hint: "name a file that does not exist"}
}

// writeNew writes text to a file that must not exist yet, for its owner only.
func writeNew(name, text string) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := f.WriteString(text); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Sync(), f.Close())
}
