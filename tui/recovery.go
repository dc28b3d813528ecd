package tui

// This file shows a new recovery code and has two of its groups typed back, to
// see that it was written down.

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// proof is a recovery code with the question for two of its groups.
type proof struct {
	code  string // text, as the vault hands it out: it can be dropped, not overwritten
	order []int  // in which its groups are asked for, two at a time
	asked int    // how often it was wrong
	boxes [2]field
	focus int
	wrong string
}

func newProof(code string, order []int) proof {
	p := proof{code: code, order: order}
	p.ask()
	return p
}

// pair are the two groups that are asked for now. After a mistake it is the next
// two, so that nobody gets there by trying.
func (p *proof) pair() [2]int {
	at := func(i int) int { return p.order[(2*p.asked+i)%len(p.order)] }
	return [2]int{min(at(0), at(1)), max(at(0), at(1))}
}

func (p *proof) ask() {
	for i, n := range p.pair() {
		p.boxes[i] = newField(fmt.Sprintf("Group %d", n+1), "", 12)
	}
	p.focus = 0
}

func (p *proof) update(msg tea.Msg) {
	if p.boxes[p.focus].update(msg) {
		p.wrong = ""
	}
}

func (p *proof) turn() { p.focus = 1 - p.focus }

// enter compares the two groups with the code.
func (p *proof) enter() (right bool) {
	for i := range p.boxes {
		if p.boxes[i].value() == "" {
			p.focus = i
			return false
		}
	}
	groups := recoveryGroups(p.code)
	for i, n := range p.pair() {
		if !strings.EqualFold(p.boxes[i].value(), groups[n]) {
			p.asked++
			p.ask()
			p.wrong = fmt.Sprintf("Group %d was not the same. Compare all with what you wrote down, then type these two.", n+1)
			return false
		}
	}
	return true
}

func (p *proof) wipe() { *p = proof{} }

func (p *proof) view(pg *page) {
	var line []string
	groups := recoveryGroups(p.code)
	for i, g := range groups {
		line = append(line, pg.m.styles.info.Render(fmt.Sprintf("%d", i+1))+" "+pg.m.styles.strong.Render(g))
		if len(line) == 4 || i == len(groups)-1 || pg.width < 60 && len(line) == 3 {
			pg.line("  " + strings.Join(line, "   "))
			line = nil
		}
	}
	pg.gap()
	pg.text("Type two of its groups back:")
	pg.field(&p.boxes[0], p.focus == 0)
	pg.field(&p.boxes[1], p.focus == 1)
	pg.tail(p.wrong)
}
