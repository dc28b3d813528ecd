package terminal

// This file: what control sequences do to the screen: moves, erasing, colours.

// sequence obeys a control sequence by its last byte.
func (s *screen) sequence(last, private byte, params []param) {
	if private != 0 {
		if private == '?' && (last == 'h' || last == 'l') && len(params) > 0 {
			s.mode(params[0].n, last == 'h')
		}
		return
	}
	first := 0
	if len(params) > 0 {
		first = params[0].n
	}
	second := 1
	if len(params) > 1 {
		second = max(1, params[1].n)
	}
	n := max(1, first) // missing and 0 mean 1 in moves
	switch last {
	case 'm':
		s.sgr(params)
	case 'A':
		s.move(s.row-n, s.col)
	case 'B', 'e':
		s.move(s.row+n, s.col)
	case 'C', 'a':
		s.move(s.row, s.col+n)
	case 'D':
		s.move(s.row, s.col-n)
	case 'E':
		s.move(s.row+n, 0)
	case 'F':
		s.move(s.row-n, 0)
	case 'G', '`':
		s.move(s.row, n-1)
	case 'd':
		s.move(n-1, s.col)
	case 'H', 'f':
		s.move(n-1, second-1)
	case 's':
		s.saved = [2]int{s.row, s.col}
	case 'u':
		s.move(s.saved[0], s.saved[1])
	default:
		s.edit(last, first)
	}
}

// edit obeys the sequences that change what is there.
func (s *screen) edit(last byte, first int) {
	n := max(1, first)
	switch last {
	case 'J':
		s.eraseScreen(first)
	case 'K':
		s.eraseLine(first)
	case 'X':
		s.erase(s.col, s.col+min(n, maxColumns))
	case 'P':
		s.shift(-n)
	case '@':
		s.shift(n)
	case 'b':
		if s.last != 0 {
			for range min(n, maxColumns) {
				s.put(s.last)
			}
		}
	}
}

// mode knows the two that change the screen for another.
func (s *screen) mode(n int, on bool) {
	if n == 1049 || n == 47 || n == 1047 {
		s.turn()
		s.alternate = on
		s.move(0, 0)
	}
}

func (s *screen) eraseLine(which int) {
	edge := s.col
	if s.row < len(s.now.rows) {
		edge = max(edge, len(s.now.rows[s.row]))
	}
	switch which {
	case 0:
		s.erase(s.col, edge)
	case 1:
		s.erase(0, s.col+1)
	case 2:
		s.erase(0, edge)
	}
}

// eraseScreen wipes off a part of the screen, or takes a new one for the whole.
func (s *screen) eraseScreen(which int) {
	switch {
	case which == 2 || which == 3 || which == 0 && s.row == 0 && s.col == 0:
		s.turn()
	case which == 0:
		s.eraseLine(0)
		if s.row+1 < len(s.now.rows) {
			s.now.rows = s.now.rows[:s.row+1]
		}
	case which == 1:
		s.eraseLine(1)
		for i := range min(s.row, len(s.now.rows)) {
			s.now.rows[i] = nil
		}
	}
}
