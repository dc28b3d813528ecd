package approve

// This file tests how an inbox carries out what rules decide.

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"nod/vault"
)

// applied gives b's inbox the one rule that fits every request of RMS.
func (b *bench) applied(do Act) {
	b.in.apply(ruled(b.T, fmt.Sprintf("[[rule]]\nname = \"night\"\ndo = %q\napp = \"rms\"", do)))
}

// wantDetail wants what the history says beside the kind, oldest first.
func (b *bench) wantDetail(request string, want ...string) {
	b.Helper()
	var got []string
	for _, h := range slices.Backward(b.v.History()) {
		if h.Request == request && h.Device == b.dev.ID {
			got = append(got, h.Detail)
		}
	}
	if !slices.Equal(got, want) {
		b.Errorf("details of %s = %q, want %q", request, got, want)
	}
}

// TestFollow: a file of rules is read again when it has changed, has come or has gone;
// one that is wrong then changes nothing, and is told once.
func TestFollow(t *testing.T) {
	inBubble(t, func(b *bench) {
		file := filepath.Join(b.TempDir(), "rules.toml")
		write := func(text string) {
			b.Helper()
			if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
				b.Fatal(err)
			}
			if err := os.Rename(file+".new", file); err != nil {
				b.Fatal(err)
			}
		}
		var told []error // by Fetch, which waits for its polls
		wrong := func(err error) { told = append(told, err) }
		if err := b.in.Follow(file, wrong); err != nil {
			b.Fatal(err)
		}
		asked := 0
		state := func() State {
			b.Helper()
			asked++
			id := fmt.Sprintf("r-%d", asked)
			b.srv.ask(newRequest(id))
			for _, r := range b.fetched().Requests {
				if r.ID == id {
					return r.State
				}
			}
			b.Fatalf("%s did not come", id)
			return ""
		}
		const rule = "[[rule]]\nname = \"all\"\napp = \"*\"\ndo = \"%s\"\n"
		steps := []struct {
			what string
			do   func()
			want State
			told int
		}{
			{"no file", func() {}, Waiting, 0},
			{"it comes", func() { write(fmt.Sprintf(rule, "ignore")) }, Ignored, 0},
			{"it changes", func() { write(fmt.Sprintf(rule, "deny")) }, Denied, 0},
			{"it is spoilt", func() { write(fmt.Sprintf(rule, "accept")) }, Denied, 1},
			{"it still is", func() {}, Denied, 1},
			{"it is mended", func() { write(fmt.Sprintf(rule, "ignore")) }, Ignored, 1},
			{"others may write it", func() { _ = os.Chmod(file, 0o666) }, Ignored, 2},
			{"it goes", func() { _ = os.Remove(file) }, Waiting, 2},
		}
		for _, s := range steps {
			s.do()
			if got := state(); got != s.want || len(told) != s.told {
				b.Errorf("%s: %s, want %s; told %v", s.what, got, s.want, told)
			}
		}
		again := NewInbox(b.v, b.in.drivers...)
		write("[[rule]]\n")
		if _, bad := errors.AsType[*RulesError](again.Follow(file, wrong)); !bad {
			b.Error("a file that is wrong from the first is not told")
		}
	})
}

// TestRuling: what a rule decides is sent once, without a key, and noted once; no
// event shows the request as waiting.
func TestRuling(t *testing.T) {
	for _, c := range []struct {
		do   Act
		sent Decision
		want State
		kind vault.EventKind
	}{
		{Ignore, Decision{Act: Ignore}, Ignored, vault.EventIgnored},
		{Deny, Decision{Act: Deny, Reason: "cancelled"}, Denied, vault.EventDenied},
	} {
		t.Run(string(c.do), func(t *testing.T) {
			inBubble(t, func(b *bench) {
				b.applied(c.do)
				seen := make(chan []Event)
				events, stop := b.watch()
				go func() {
					var all []Event
					for ev := range events {
						all = append(all, ev)
					}
					seen <- all
				}()
				other := newRequest("r-other")
				other.App = "Keys"
				b.srv.ask(newRequest("r-1"), other)
				synctest.Wait()
				time.Sleep(30 * time.Second) // more polls come by
				synctest.Wait()
				go stop()
				last := State("")
				for _, ev := range <-seen {
					for _, r := range ev.Requests {
						if r.ID == "r-1" {
							last = r.State
							if r.State == Waiting || r.Rule != "night" || r.RuleFailed != "" {
								b.Errorf("request = %+v", r)
							}
						} else if r.State != Waiting || r.Rule != "" {
							b.Errorf("the other request = %+v", r)
						}
					}
				}
				if last != c.want {
					b.Errorf("state = %q, want %q", last, c.want)
				}
				if len(b.srv.answers) != 1 || b.srv.answers[0] != c.sent || b.srv.keys[0] != nil {
					b.Errorf("sent %+v with %v, want %+v", b.srv.answers, b.srv.keys, c.sent)
				}
				b.wantHistory("r-1", c.kind)
				b.wantDetail("r-1", "by rule night")
				b.wantHistory("r-other")
			})
		})
	}
}

// TestRulingOnce: what the history knows is left alone, by other inboxes of the same
// vault, too; and a person can still accept what a rule has ignored.
func TestRulingOnce(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.applied(Ignore)
		b.srv.ask(newRequest("r-1"))
		b.fetched()
		again := NewInbox(b.v, b.srv)
		again.apply(ruled(b.T, "[[rule]]\nname = \"hard\"\ndo = \"deny\"\napp = \"*\""))
		if ev, err := again.Fetch(b.Context()); err != nil || b.only(ev).State != Ignored || b.only(ev).Rule != "" {
			b.Errorf("event = %+v, %v", ev, err)
		}
		if b.srv.sent() != 1 {
			b.Errorf("sent %+v", b.srv.answers)
		}
		if _, err := b.in.Answer(b.Context(), "r-1", Decision{Act: Accept, Number: "47"}, pin()); err != nil {
			b.Error(err)
		}
		b.wantHistory("r-1", vault.EventIgnored, vault.EventAccepted)
	})
}

// TestRulingFails: a denial that does not get through leaves the request ignored.
func TestRulingFails(t *testing.T) {
	for name, c := range map[string]struct {
		err    error
		acts   []Act
		after  State // of the request
		failed bool
		sent   int // answers, when the server works again
		kinds  []vault.EventKind
		end    State
	}{
		"not offered": {nil, []Act{Accept, Ignore}, Ignored, true, 0, []vault.EventKind{vault.EventIgnored}, Ignored},
		"refused":     {ErrRefused, nil, Ignored, true, 1, []vault.EventKind{vault.EventIgnored}, Ignored},
		"unreachable": {ErrUnreachable, nil, Ignored, true, 2, []vault.EventKind{vault.EventIgnored, vault.EventDenied}, Denied},
		"limited":     {&LimitedError{RetryAfter: time.Second}, nil, Ignored, true, 2, []vault.EventKind{vault.EventIgnored, vault.EventDenied}, Denied},
		"answered":    {&AnsweredError{State: Accepted, Device: "phone"}, nil, Accepted, false, 1, []vault.EventKind{vault.EventElsewhere}, Accepted},
		"by us":       {&AnsweredError{State: Denied, Device: "ana-laptop"}, nil, Denied, false, 1, []vault.EventKind{vault.EventDenied}, Denied},
		"expired":     {ErrExpired, nil, Expired, false, 1, []vault.EventKind{vault.EventExpired}, Expired},
		"gone":        {ErrNoRequest, nil, Cancelled, false, 1, []vault.EventKind{vault.EventElsewhere}, Cancelled},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(b *bench) {
				b.applied(Deny)
				b.srv.onAnswer = func(_ Request, d Decision) (Outcome, error) {
					if b.srv.sent() > 1 {
						return Outcome{State: Denied, AnsweredBy: "ana-laptop"}, nil
					}
					return Outcome{}, c.err
				}
				r := newRequest("r-1")
				r.Acts = c.acts
				b.srv.ask(r)
				if r := b.only(b.fetched()); r.State != c.after || r.Rule != "night" || (r.RuleFailed != "") != c.failed {
					b.Errorf("request = %+v", r)
				}
				if r := b.only(b.fetched()); r.State != c.end || r.State == Denied && r.RuleFailed != "" {
					b.Errorf("request at the end = %+v", r)
				}
				b.fetched()
				if n := b.srv.sent(); n != c.sent {
					b.Errorf("%d answers, want %d", n, c.sent)
				}
				b.wantHistory("r-1", c.kinds...)
			})
		})
	}
}

// TestRulingBurst: earlier requests are those of the batch, of the inbox and of the history.
func TestRulingBurst(t *testing.T) {
	inBubble(t, func(b *bench) {
		storm := ruled(b.T, "[[rule]]\nname = \"storm\"\ndo = \"ignore\"\nburst = 3\nwithin = \"10m\"")
		b.in.apply(storm)
		for _, id := range []string{"r-1", "r-2"} {
			b.srv.ask(newRequest(id))
			b.fetched()
			if _, err := b.in.Answer(b.Context(), id, Decision{Act: Deny}, vault.Credential{}); err != nil {
				b.Fatal(err)
			}
			time.Sleep(time.Minute)
		}
		b.in = NewInbox(b.v, b.srv) // the next nod knows the history alone
		b.in.apply(storm)
		b.srv.ask(newRequest("r-3"))
		if r := b.only(b.fetched()); r.State != Ignored || r.Rule != "storm" {
			b.Errorf("the third = %+v", r)
		}
		time.Sleep(11 * time.Minute)
		late := []Request{newRequest("r-4"), newRequest("r-5"), newRequest("r-6")}
		b.srv.change(func(f *fakeServer) { f.waiting = late })
		states := map[string]State{}
		for _, r := range b.fetched().Requests {
			states[r.ID] = r.State
		}
		if states["r-4"] != Waiting || states["r-5"] != Waiting || states["r-6"] != Ignored {
			b.Errorf("states = %v", states)
		}
	})
}

// TestRulingLeavesScanned: what a person has scanned is for that person.
func TestRulingLeavesScanned(t *testing.T) {
	inBubble(t, func(b *bench) {
		b.applied(Deny)
		d, _ := b.v.Device(b.dev.ID)
		b.in.merge(d, Batch{Requests: []Request{newRequest("r-1")}, Unasked: true}, 0)
		if r := b.only(b.in.event()); r.State != Waiting || r.Rule != "" {
			b.Errorf("request = %+v", r)
		}
	})
}
