package clipboard

// This file: tmux, which keeps a text in a buffer of its own and hands it to the
// terminal (OSC 52) whatever its set-clipboard is, since it is the person's command.

import (
	"context"
	"strconv"
	"strings"
)

// loadTmux puts text into a new buffer of tmux, and tells whether tmux was to hand
// it to the terminal, too: before 3.2 it could not (no -w), and nobody may be attached.
func loadTmux(ctx context.Context, text string) (passed bool, err error) {
	clients, err := read(ctx, "tmux", "list-clients", "-F", "#{client_name}")
	if err == nil && clients != "" && feed(ctx, []string{"tmux", "load-buffer", "-w", "-"}, text) == nil {
		return true, nil
	}
	return false, feed(ctx, []string{"tmux", "load-buffer", "-"}, text)
}

// clearTmux deletes the buffers that hold what r is of. Where set-clipboard is on
// there may be two: tmux keeps what programs send to the terminal, too.
func clearTmux(ctx context.Context, r Receipt) (cleared bool, err error) {
	list, err := read(ctx, "tmux", "list-buffers", "-F", "#{buffer_size} #{buffer_name}")
	if err != nil {
		return false, err
	}
	for line := range strings.Lines(list) {
		size, name, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		if size != strconv.Itoa(r.Size) {
			continue
		}
		text, err := read(ctx, "tmux", "save-buffer", "-b", name, "-")
		if err != nil || !r.Is(text) {
			continue // it may have gone meanwhile
		}
		if _, err := read(ctx, "tmux", "delete-buffer", "-b", name); err != nil {
			return cleared, err
		}
		cleared = true
	}
	return cleared, nil
}

// blankTmux has tmux put a blank onto the terminal's clipboard: it sends no empty text.
func blankTmux(ctx context.Context) error {
	const blank = " "
	if err := feed(ctx, []string{"tmux", "load-buffer", "-w", "-"}, blank); err != nil {
		return err
	}
	_, err := clearTmux(ctx, NewReceipt("tmux", blank))
	return err
}
