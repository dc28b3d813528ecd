package terminal

// This file: the bytes that a program prints (ECMA-48, and xterm's control
// sequences): characters, control characters and where escape sequences end.

import "unicode/utf8"

const (
	bel = 0x07
	esc = 0x1b
	del = 0x7f
)

// parser walks over a text once.
type parser struct {
	*screen
	data []byte
}

// parse puts a text on screens. Bytes that are no UTF-8 are taken for code page
// 437, where blocks are, too.
func parse(data []byte) *screen {
	p := parser{newScreen(), toUTF8(data[:min(len(data), MaxText)])}
	for len(p.data) > 0 && !p.full {
		b := p.data[0]
		switch {
		case b == esc:
			p.data = p.data[1:]
			p.escape()
		case b < ' ' || b == del:
			p.data = p.data[1:]
			p.control(b)
		default:
			p.char()
		}
	}
	return p.screen
}

// char puts one character.
func (p *parser) char() {
	r, n := utf8.DecodeRune(p.data)
	switch {
	case r == utf8.RuneError && n == 1:
		r = codePage437(p.data[0])
	case r == 0x9b: // CSI as one character
		p.data = p.data[n:]
		p.csi()
		return
	}
	p.data = p.data[n:]
	if r >= 0x80 && r < 0xa0 {
		return
	}
	p.put(r)
}

// control obeys a control character.
func (p *parser) control(b byte) {
	switch b {
	case '\n', '\v', '\f':
		// Programs that print to a pipe mean the start of the next line, those
		// that fill the screen the place below.
		p.endLine()
		col := 0
		if p.alternate {
			col = p.col
		}
		p.move(p.row+1, col)
	case '\r':
		p.col = 0
	case '\b':
		p.move(p.row, p.col-1)
	case '\t':
		p.move(p.row, p.col&^7+8)
	}
}

// escape obeys what follows an escape character.
func (p *parser) escape() {
	if len(p.data) == 0 {
		return
	}
	b := p.data[0]
	p.data = p.data[1:]
	switch {
	case b == '[':
		p.csi()
	case b == 'P':
		p.sixel(p.str())
	case b == ']' || b == 'X' || b == '^' || b == '_':
		p.str()
	case b == 'c':
		p.turn()
		p.move(0, 0)
		p.pen, p.reverse = blank, false
	case b == '7':
		p.saved = [2]int{p.row, p.col}
	case b == '8':
		p.move(p.saved[0], p.saved[1])
	case b == 'D':
		p.move(p.row+1, p.col)
	case b == 'E':
		p.move(p.row+1, 0)
	case b == 'M':
		p.move(p.row-1, p.col)
	case b >= ' ' && b <= '/': // a character set: one more byte, or some
		for len(p.data) > 0 && p.data[0] >= ' ' && p.data[0] <= '/' {
			p.data = p.data[1:]
		}
		if len(p.data) > 0 && p.data[0] > ' ' && p.data[0] < del {
			p.data = p.data[1:]
		}
	}
}

// str skips a string that ST or BEL ends, and returns it. One without an end is
// no string: only its first line is skipped.
func (p *parser) str() []byte {
	line := -1
	for i, b := range p.data {
		switch {
		case b == bel:
			s := p.data[:i]
			p.data = p.data[i+1:]
			return s
		case b == esc:
			s := p.data[:i]
			p.data = p.data[i:]
			if len(p.data) > 1 && p.data[1] == '\\' {
				p.data = p.data[2:]
			}
			return s
		case b == '\n' && line < 0:
			line = i
		}
	}
	if line < 0 {
		line = len(p.data)
	}
	p.data = p.data[line:]
	return nil
}

// param is a number of a sequence; sub says that a colon stands before it.
type param struct {
	n   int
	sub bool
}

const (
	maxParams = 64
	maxParam  = 65535
)

// csi obeys a control sequence: numbers, then a letter. One that breaks off is
// left where it does.
func (p *parser) csi() {
	var params []param
	var private byte
	now, any := param{}, false
	for i, b := range p.data {
		switch {
		case b >= '0' && b <= '9':
			now.n, any = min(now.n*10+int(b-'0'), maxParam), true
		case b == ';' || b == ':':
			if len(params) < maxParams {
				params = append(params, now)
			}
			now, any = param{sub: b == ':'}, true
		case b >= '<' && b <= '?' || b >= ' ' && b <= '/':
			private = b
		case b >= '@' && b < del:
			if any && len(params) < maxParams {
				params = append(params, now)
			}
			p.data = p.data[i+1:]
			p.sequence(b, private, params)
			return
		default:
			p.data = p.data[i:]
			return
		}
	}
	p.data = nil
}
