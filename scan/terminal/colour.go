package terminal

// This file: the colours that a program sets (SGR, ECMA-48 8.3.117), as lightness.

// palette is how light the sixteen named colours are in most terminals.
var palette = [16]shade{0, 61, 120, 181, 27, 82, 143, 229, 127, 76, 150, 226, 110, 105, 179, 255}

// sgr changes the colours by the numbers of one sequence. Numbers after a colon
// belong to the one before; missing ones are 0.
func (s *screen) sgr(params []param) {
	if len(params) == 0 {
		params = []param{{}}
	}
	for i := 0; i < len(params); i++ {
		n := params[i].n
		switch {
		case params[i].sub: // of something unknown
		case n == 0:
			s.pen, s.reverse = blank, false
		case n == 7:
			s.reverse = true
		case n == 27:
			s.reverse = false
		case n >= 30 && n <= 37:
			s.pen.text = palette[n-30]
		case n >= 90 && n <= 97:
			s.pen.text = palette[n-82]
		case n == 39:
			s.pen.text = usualText
		case n >= 40 && n <= 47:
			s.pen.back = palette[n-40]
		case n >= 100 && n <= 107:
			s.pen.back = palette[n-92]
		case n == 49:
			s.pen.back = usualBack
		case n == 38 || n == 48 || n == 58:
			c, used, ok := extended(params[i+1:])
			i += used
			switch {
			case ok && n == 38:
				s.pen.text = c
			case ok && n == 48:
				s.pen.back = c
			}
		}
	}
}

// extended reads the colour after 38 or 48: "5;n" of 256, or "2;r;g;b", which
// with colons may have a number for the colour space in front. It returns how
// many params those were.
func extended(params []param) (c shade, used int, ok bool) {
	if len(params) == 0 {
		return 0, 0, false
	}
	colons := 0
	for colons < len(params) && params[colons].sub {
		colons++
	}
	switch params[0].n {
	case 5:
		if len(params) < 2 {
			return 0, len(params), false
		}
		return of256(params[1].n), max(2, colons), true
	case 2:
		first := 1
		if colons >= 5 {
			first = 2
		}
		if len(params) < first+3 {
			return 0, len(params), false
		}
		rgb := params[first:]
		return lightness(rgb[0].n, rgb[1].n, rgb[2].n), max(first+3, colons), true
	}
	return 0, max(1, colons), false
}

// of256 is how light colour n of the usual 256 is.
func of256(n int) shade {
	switch {
	case n < 16:
		return palette[max(0, n)]
	case n >= 256:
		return 255
	case n >= 232:
		return shade(8 + 10*(n-232))
	}
	step := func(i int) int {
		if i == 0 {
			return 0
		}
		return 55 + 40*i
	}
	n -= 16
	return lightness(step(n/36), step(n/6%6), step(n%6))
}

// lightness weighs red, green and blue, from 0 to 255, as the eye does.
func lightness(r, g, b int) shade {
	return shade((299*min(r, 255) + 587*min(g, 255) + 114*min(b, 255)) / 1000)
}
