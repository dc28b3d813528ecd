package cli

// This file: the older copies of the vault: which there are, whether they are
// whole, and what they hold.

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"nod/vault"
)

type copyJSON struct {
	Number   int        `json:"number"` // for nod vault restore
	File     string     `json:"file"`
	Saved    *time.Time `json:"saved"`
	Size     int64      `json:"size"`
	Whole    bool       `json:"whole"`
	Why      string     `json:"why,omitempty"` // it would not do
	Opened   bool       `json:"opened"`
	Accounts *int       `json:"accounts,omitempty"` // known where opened
	Servers  *int       `json:"servers,omitempty"`
}

func copyShape(number int, c vault.Copy) copyJSON {
	s := copyJSON{Number: number, File: c.File, Saved: moment(c.Saved), Size: c.Size, Whole: c.Err == nil, Opened: c.Opened}
	if c.Err != nil {
		s.Why = c.Err.Error()
	}
	if c.Opened {
		s.Accounts, s.Servers = &c.Accounts, &c.Devices
	}
	return s
}

// listCopies prints the older copies; with open it opens each.
func (a *app) listCopies(ctx context.Context, open bool) error {
	place, err := a.place()
	if err != nil {
		return err
	}
	found, err := vault.CheckCopies(place)
	if err != nil {
		return err
	}
	found = found[1:] // the first is the vault itself
	if open && len(found) > 0 {
		if found, err = a.openCopies(ctx, place, found); err != nil {
			return err
		}
	}
	list := []copyJSON{}
	for i, c := range found {
		list = append(list, copyShape(i+1, c))
	}
	if a.flags.json {
		return a.printJSON(struct {
			Schema int        `json:"schema"`
			Copies []copyJSON `json:"copies"`
		}{schema, list})
	}
	if len(list) == 0 {
		a.say("no older copies beside %s", place.File)
		return nil
	}
	return a.table(copyRows(found))
}

// openCopies opens every copy that is whole. It works whether the vault itself
// opens or not. A credential that is wrong for one copy is not tried on the next.
func (a *app) openCopies(ctx context.Context, place vault.Place, found []vault.Copy) ([]vault.Copy, error) {
	c, err := a.credential(ctx)
	if err != nil {
		return nil, err
	}
	defer c.Wipe()
	for i, one := range found {
		if one.Err != nil {
			continue
		}
		opened, err := vault.Drill(place, one.File, c)
		if _, damaged := errors.AsType[*vault.DamagedError](err); err != nil && !damaged {
			return nil, err
		}
		if err != nil {
			opened.Err = err
		}
		found[i] = opened
	}
	return found, nil
}

func copyRows(found []vault.Copy) [][]string {
	rows := [][]string{{"COPY", "SAVED", "BYTES", "STATE", "FILE"}}
	for i, c := range found {
		state := "whole"
		switch {
		case c.Err != nil:
			state = "damaged"
		case c.Opened:
			state = holds(c)
		}
		rows = append(rows, []string{
			strconv.Itoa(i + 1), c.Saved.Local().Format(time.DateTime), strconv.FormatInt(c.Size, 10), state, c.File,
		})
	}
	return rows
}

// holds says what an opened copy holds.
func holds(c vault.Copy) string {
	text := count(c.Accounts, "account") + ", " + count(c.Devices, "server")
	if c.Odd > 0 {
		text += ", " + count(c.Odd, "entry") + " of them unreadable"
	}
	return text
}

// count writes a number with its noun.
func count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case noun == "entry":
		return fmt.Sprintf("%d entries", n)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// damagedCopy gives the error of a copy that is damaged the way to another one. That
// of the vault itself, to put a copy in its place, would not fit: it may be whole.
func damagedCopy(err error) error {
	if _, damaged := errors.AsType[*vault.DamagedError](err); damaged {
		return &hinted{err, "take another copy: nod vault restore lists those beside the vault, and says which are whole"}
	}
	return err
}

// copyNamed returns the file of an older copy that is named by its number, and
// any other name as it is.
func copyNamed(place vault.Place, name string) (string, error) {
	n, err := strconv.Atoi(name)
	if err != nil {
		return name, nil
	}
	copies, err := vault.Copies(place)
	if err != nil {
		return "", err
	}
	if n < 1 || n > len(copies) {
		return "", &usageError{err: fmt.Errorf("there is no copy %d", n), hint: "nod vault restore lists them"}
	}
	return copies[n-1].File, nil
}
