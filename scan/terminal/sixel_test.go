package terminal

// This file: codes in sixels.

import (
	"fmt"
	"strings"
	"testing"
)

// sixels draws modules of size x size pixels: the dark ones in the colour 0, and
// the light ones in 1 where it is told.
func sixels(m modules, size int, light bool) string {
	var b strings.Builder
	b.WriteString("\x1bP0;1;0q\"1;1;" + fmt.Sprintf("%d;%d", m.size*size, m.size*size) + "#0;2;0;0;0#1;2;100;100;100")
	for y := 0; y < m.size*size; y += 6 {
		for colour := range 2 {
			if colour == 1 && !light {
				continue
			}
			fmt.Fprintf(&b, "#%d", colour)
			for x := range m.size {
				bits := 0
				for i := range 6 {
					if (y+i)/size < m.size && m.dark(x, (y+i)/size) == (colour == 0) {
						bits |= 1 << i
					}
				}
				fmt.Fprintf(&b, "!%d%c", size, '?'+bits)
			}
			b.WriteByte('$')
		}
		b.WriteByte('-')
	}
	b.WriteString("\x1b\\")
	return b.String()
}

func TestSixels(t *testing.T) {
	m := encoded(t, link, 4)
	for _, size := range []int{1, 2, 5, 12} {
		check(t, fmt.Sprintf("%d pixels", size), "$ qr\n"+sixels(m, size, true)+"\n$ ", link)
		check(t, fmt.Sprintf("%d pixels, on nothing", size), sixels(m, size, false), link)
		check(t, fmt.Sprintf("%d pixels, light on nothing", size), sixels(m.inverted(), size, false), link)
	}
	check(t, "several", sixels(m, 4, true)+"\n\n"+sixels(encoded(t, "two", 4), 4, true), link, "two")
}
