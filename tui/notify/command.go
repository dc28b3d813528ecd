package notify

// This file: the command of the person's own.

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// CommandLimit is how long the person's command may run.
const CommandLimit = 10 * time.Second

// parseCommand reads a program and its arguments: a JSON list of texts, or words
// with blanks between. No shell sees it.
func parseCommand(text string) ([]string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil, nil
	}
	if !strings.HasPrefix(text, "[") {
		return strings.Fields(text), nil
	}
	var args []string
	if err := json.Unmarshal([]byte(text), &args); err != nil || len(args) == 0 || args[0] == "" {
		return nil, errors.New(`NOD_NOTIFY_CMD is no list of texts such as ["notify-send", "nod"]`)
	}
	return args, nil
}

// runCommand gives the command e as one line of JSON. What it writes is dropped.
func runCommand(ctx context.Context, args []string, e Event) error {
	if len(args) == 0 {
		return nil
	}
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, CommandLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin = bytes.NewReader(append(line, '\n'))
	cmd.WaitDelay = time.Second
	OwnGroup(cmd)
	switch err := cmd.Run(); {
	case err == nil:
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("notify by %s: not done within %s", args[0], CommandLimit)
	default:
		return fmt.Errorf("notify by %s: %w", args[0], err)
	}
}
