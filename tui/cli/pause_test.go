package cli

// This file tests what is said of pauses that a script can not bring about in time.

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"nod/approve"
	"nod/vault"
)

func TestPauseText(t *testing.T) {
	now := time.Date(2026, 11, 22, 21, 4, 0, 0, time.Local)
	for want, p := range map[string]approve.Pause{
		"paused until 21:24":                             {Until: now.Add(20 * time.Minute), Why: approve.PauseDevice},
		"paused until 2026-11-23 05:04":                  {Until: now.Add(8 * time.Hour)},
		"paused until 21:24 (after a report)":            {Until: now.Add(20 * time.Minute), Why: approve.PauseReport},
		"paused until 21:24 (after too many requests)":   {Until: now.Add(20 * time.Minute), Why: approve.PauseLimit},
		"paused until 2027-11-22 21:04":                  {Until: now.AddDate(1, 0, 0), Why: "new"},
		"paused until 2026-11-23 05:04 (after a report)": {Until: now.Add(8 * time.Hour), Why: approve.PauseReport},
	} {
		if got := pauseText(p, now); got != want {
			t.Errorf("text = %q, want %q", got, want)
		}
	}
	if got := pauseShape(approve.Pause{Until: now, Why: approve.PauseDevice}).text(now); got != "sent" {
		t.Errorf("a pause that is over: %q", got)
	}
}

func TestPauseFailures(t *testing.T) {
	now := time.Now()
	kept := &pausedError{vault.Device{Server: "https://nod.demo.test"}, approve.Pause{Until: now.Add(time.Minute)}, now}
	for _, c := range []struct {
		err  error
		exit int
		code string
	}{
		{fmt.Errorf("pause requests: %w", approve.ErrNoPause), exitRefused, "no_pause"},
		{errors.Join(nil, kept), exitLimited, "paused"},
		{errors.Join(fmt.Errorf("pause requests: %w", approve.ErrUnreachable), kept), exitLimited, "paused"},
		{fmt.Errorf("pause requests: %w", approve.ErrUnreachable), exitUnreachable, "unreachable"},
		{fmt.Errorf("pause requests: %w", approve.ErrRevoked), exitRefused, "device_revoked"},
	} {
		f := classify(c.err, now)
		if f.Exit != c.exit || f.Code != c.code || f.Hint == "" || c.code == "paused" && f.RetryAfter != 60 {
			t.Errorf("%v: %+v", c.err, f)
		}
	}
}
