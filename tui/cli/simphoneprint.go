package cli

// This file: the lines that `nod sim phone` prints, one for each event.

import (
	"fmt"
	"strconv"
	"time"

	"nod/approve/sim"
)

// phoneEvent is what an event of any kind tells.
type phoneEvent struct {
	Schema int        `json:"schema"`
	Event  string     `json:"event"` // paired request answered
	At     *time.Time `json:"at"`
	Phone  string     `json:"phone"` // its name
}

func (c *crowd) event(kind string, p *sim.Phone) (phoneEvent, string) {
	now := c.app.env.Now()
	return phoneEvent{schema, kind, moment(now), p.Name()}, fmt.Sprintf("%s  %-8s  %s", stamp(now), kind, printable(p.Name()))
}

// say tells of progress, between the lines of the phones that are at work.
func (c *crowd) say(format string, args ...any) {
	c.printing.Lock()
	defer c.printing.Unlock()
	c.app.say(format, args...)
}

// printPaired tells that a phone is there; kept: from before.
func (c *crowd) printPaired(p *sim.Phone, kept bool) error {
	c.printing.Lock()
	defer c.printing.Unlock()
	head, line := c.event("paired", p)
	return c.app.answer(struct {
		phoneEvent
		Device  string `json:"device"` // id at the server
		App     string `json:"app"`
		Account string `json:"account"`
		Words   string `json:"words"`
		Kept    bool   `json:"kept"` // in the state directory, from before
	}{head, p.ID(), p.App(), p.Account(), p.Words(), kept},
		"%s  %s  %s  %s\n", line, printable(p.App()), printable(p.Account()), p.Words())
}

// print tells of an event of a phone at work.
func (c *crowd) print(e sim.Event) {
	c.printing.Lock()
	defer c.printing.Unlock()
	var err error
	switch e.Kind {
	case sim.EventRequest:
		err = c.printRequest(e)
	case sim.EventAnswered:
		err = c.printAnswered(e)
	case sim.EventTrouble:
		c.app.warn("%s: %v", e.Phone.Name(), e.Err)
	}
	if err != nil {
		c.stop(err) // nobody reads it any more
	}
}

func (c *crowd) printRequest(e sim.Event) error {
	head, line := c.event(e.Kind, e.Phone)
	do := e.Behaviour.String()
	return c.app.answer(struct {
		phoneEvent
		Request sim.Request `json:"request"`
		Do      string      `json:"do"` // empty: it is left alone
	}{head, e.Request, do}, "%s  %s  %s  %s  %s\n", line, printable(e.Request.ID), printable(e.Request.Site),
		printable(e.Request.Account), firstOf(do, "left alone"))
}

func (c *crowd) printAnswered(e sim.Event) error {
	head, line := c.event(e.Kind, e.Phone)
	o := e.Outcome
	shape := struct {
		phoneEvent
		Request string `json:"request"` // id
		Do      string `json:"do"`
		Try     int    `json:"try"`
		Status  int    `json:"status"` // of HTTP; 0: no answer was sent, or none came
		State   string `json:"state,omitempty"`
		Error   string `json:"error,omitempty"`   // stable name
		Message string `json:"message,omitempty"` // of the error
		First   string `json:"first,omitempty"`   // with already_answered: the verdict that counts
		Device  string `json:"device,omitempty"`  // whose verdict it is
		Ticket  string `json:"ticket,omitempty"`
	}{
		phoneEvent: head, Request: o.Request, Do: o.Behaviour.String(), Try: o.Try, Status: o.Status,
		State: o.State, Error: o.Code, First: o.First, Device: o.Device, Ticket: o.Ticket,
	}
	result := strconv.Itoa(o.Status) + " " + firstOf(o.State, o.Code)
	if o.Err != nil {
		shape.Error, shape.Message = firstOf(o.Code, classify(o.Err, c.app.env.Now()).Code), o.Err.Error()
	}
	switch {
	case o.Status == 0:
		result = "not answered: " + shape.Message
	case o.First != "":
		result += " (" + o.First + " on " + firstOf(o.Device, "the page") + ")"
	}
	return c.app.answer(shape, "%s  %s  %s  %s\n", line, printable(o.Request), shape.Do, printable(result))
}
