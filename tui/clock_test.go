package tui

import (
	"testing"
	"time"
	"unsafe"

	"nod/approve"
	"nod/vault"
)

// anchor has a monotonic reading: times in a bubble have none.
var anchor = time.Now()

// realTime is t, a time in a bubble, as it would be read outside, after the wall clock
// was set by step. Package time has no way to make one.
func realTime(t time.Time, step time.Duration) time.Time {
	real := anchor.Add(t.Sub(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)))
	wall := (*uint64)(unsafe.Pointer(&real)) // 1 bit "monotonic", 33 bits seconds, 30 bits nanoseconds
	seconds := int64(*wall<<1>>31) + t.Unix() - real.Unix() + int64(step/time.Second)
	*wall = 1<<63 | uint64(seconds)<<30 | uint64(t.Nanosecond())
	return real
}

func TestRealTime(t *testing.T) {
	start := time.Date(2000, 1, 1, 0, 0, 7, 5e8, time.UTC)
	before := realTime(start, 0)
	if !before.Equal(start) {
		t.Errorf("%s is %s", start, before)
	}
	for _, step := range []time.Duration{0, time.Second, -90 * time.Second} {
		after := realTime(start.Add(1500*time.Millisecond), step)
		if got, wall := after.Sub(before), after.Round(0).Sub(before.Round(0)); got != 1500*time.Millisecond || wall != got+step {
			t.Errorf("%s: monotonic %s, wall %s", step, got, wall)
		}
	}
}

// codeAt is the code of the first account in the list at a time.
func codeAt(d *driver, at time.Time) vault.Code {
	d.t.Helper()
	c, err := d.m.session.vault.Code(d.m.session.codes.order[0], at)
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// A clock that is set by less than two seconds moves no bar; codes follow it slowly.
func TestSmallStepIsSmooth(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		d.real = true
		d.wait(3 * time.Second)
		before, now := codeAt(d, d.m.codeTime()), d.m.now
		d.step = time.Second
		d.wait(time.Second)
		after := codeAt(d, d.m.codeTime())
		if fell := before.Left - after.Left; fell < time.Second || fell > time.Second+catchUp {
			t.Errorf("in a second the bar fell by %s", fell)
		}
		if passed := d.m.now.Sub(now); passed != time.Second {
			t.Errorf("a second was %s", passed)
		}
		d.hide("The clock")
		d.wait(10 * time.Second)
		if d.m.held != 0 || !d.m.codeTime().Equal(d.m.now) {
			t.Errorf("after ten seconds codes are still %s behind the clock", d.m.held)
		}
		// One that goes on being set by little is followed, too, and said.
		for range 3 {
			d.step += time.Second
			d.wait(time.Second)
		}
		d.see("The clock went forward")
	})
}

// A clock that jumps is told once. Codes follow it, what is counted down does not.
func TestJump(t *testing.T) {
	for name, step := range map[string]time.Duration{
		"! The clock went forward by 61 seconds": 61 * time.Second,
		"! The clock was set back by 10 minutes": -10 * time.Minute,
	} {
		t.Run(name[2:], func(t *testing.T) {
			inBubble(t, Config{IdleLock: 5 * time.Minute}, func(d *driver, srv *fakeServer) {
				d.press("2")
				d.real = true
				srv.ask("r-7Q2M", "ana@demo.test")
				srv.change(func() { srv.waiting[0].ExpiresAt = realTime(srv.waiting[0].ExpiresAt, 0) })
				d.wait(time.Second)
				left := func() time.Duration { return d.m.session.requests.waiting[0].ExpiresAt.Sub(d.m.now) }
				before := left()
				d.see("[" + clockLeft(before) + "]")
				d.step = step
				d.wait(time.Second)
				d.see(name, "["+clockLeft(before-time.Second)+"]")
				if fell := before - left(); fell != time.Second {
					t.Errorf("in a second the request lost %s", fell)
				}
				if got, want := d.m.codeTime().Unix(), time.Now().Add(step).Unix(); got != want {
					t.Errorf("codes are made for %d, want %d", got, want)
				}
				d.press("1")
				d.hide("The clock w")
				d.wait(5 * time.Second)
				d.hide("The clock w")
			})
		})
	}
}

// The idle time is real time: set back, the clock keeps nothing open; and a computer
// that slept, whose monotonic clock stood still, is found locked.
func TestIdleLockOfAJumpingClock(t *testing.T) {
	inBubble(t, Config{IdleLock: time.Minute}, func(d *driver, _ *fakeServer) {
		d.real = true
		d.press("1")
		d.wait(30 * time.Second)
		d.step = -time.Hour
		d.wait(29 * time.Second)
		d.see("HelpDesk")
		d.wait(2 * time.Second)
		d.hide("HelpDesk")
	})
	inBubble(t, Config{IdleLock: time.Minute}, func(d *driver, _ *fakeServer) {
		d.real = true
		d.press("1")
		d.wait(time.Second)
		d.step = time.Minute
		d.wait(time.Second)
		d.hide("HelpDesk")
	})
}

// What is remembered of a server's clock shows until the server is asked; a shift
// that corrects it, of the vault, makes it good.
func TestClockStatus(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, srv *fakeServer) {
		srv.change(func() { srv.ahead = 42 * time.Second })
		d.wait(time.Second)
		d.see("! the server's clock differs by +42.0 s")
		if err := d.own().SetShift(42 * time.Second); err != nil {
			t.Fatal(err)
		}
		d.wait(time.Second)
		d.see("clock ok +0.0 s, codes shifted by +42.0 s")
		d.press("enter")
		d.see("Time shift", "+42 s for all codes")
		d.press("esc")
		srv.change(func() { srv.ahead = 0 })
		d.wait(time.Second)
		d.see("! codes' time differs from the server's by -42.0 s, codes shifted by +42.0 s")
		srv.change(func() { srv.fail = approve.ErrUnreachable })
		d.press("L")
		d.text(testPIN)
		d.press("enter")
		d.see("! codes' time differs from the server's by -42.0 s")
	})
}

// A shift of half seconds is kept by who changes something else.
func TestEditKeepsShift(t *testing.T) {
	inBubble(t, Config{}, func(d *driver, _ *fakeServer) {
		id := d.m.session.codes.order[0]
		shifted := func() time.Duration {
			a, err := d.own().Account(id)
			if err != nil {
				t.Fatal(err)
			}
			return a.Shift
		}
		if _, err := d.m.session.vault.Edit(id, func(a *vault.Account) { a.Shift = -1500 * time.Millisecond }); err != nil {
			t.Fatal(err)
		}
		d.m.reload()
		d.see(" -1.5s")
		for _, test := range []struct {
			text string
			want time.Duration
		}{{"", -1500 * time.Millisecond}, {"5m", -1500 * time.Millisecond}, {"90000", -1500 * time.Millisecond}, {"2.25", 2250 * time.Millisecond}} {
			a, _ := d.m.account(id)
			s := newEdit(d.m, a, d.m.session.codes)
			d.run(d.m.show(s))
			if test.text != "" {
				s.boxes[editLast].set(test.text)
			}
			d.run(s.save(d.m))
			d.settle()
			if got := shifted(); got != test.want {
				t.Errorf("%q: shift %s, want %s", test.text, got, test.want)
			}
			if refused := test.text == "5m" || test.text == "90000"; (s.wrong != "") != refused {
				t.Errorf("%q: said %q", test.text, s.wrong)
			}
		}
	})
}
