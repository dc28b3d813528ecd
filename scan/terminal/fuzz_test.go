package terminal

// This file: no output makes the parser or the search fail, or keep more than
// they may.

import "testing"

func FuzzFind(f *testing.F) {
	for _, style := range usual {
		f.Add([]byte(styles[style](encoded(f, "short", 1))))
	}
	f.Add([]byte(placedByCursor(styles["half blocks"](encoded(f, "short", 0)))))
	f.Add([]byte("\x1bPq#0;2;0;0;0#1;1;0;50;0~~@@vv@@~~$!9?-\"1;1;9;9\x1b\\text\x1b[3D\x1b[2K\t\b\r\x1b[38:2::1:2:3m\x1b[48;5;300m"))
	f.Add([]byte("\xff\xfe\x88\x25\x80\x25\n\x00"))
	f.Add([]byte("\x1b[?1049hx\n\x1b7\x1b[5;5Hy\x1b8\x1b[5b\x1b[3@\x1b[2P\x1b[1J\x1b[9X\x1b[?1049l\x1b(0qqq\x1bc"))
	for name, s := range hostile(300) {
		if name != "far cells" && name != "erased" && name != "sixel" { // few a second
			f.Add([]byte(s))
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s := parse(data)
		cells := 0
		for _, p := range s.pages {
			if len(p.rows) > maxRows {
				t.Fatalf("%d rows, want %d at most", len(p.rows), maxRows)
			}
			for _, r := range p.rows {
				if len(r) > maxColumns {
					t.Fatalf("%d columns, want %d at most", len(r), maxColumns)
				}
				cells += len(r) + rowCells
			}
		}
		if cells > maxCells || s.cells < 0 {
			t.Fatalf("%d cells, want %d at most", cells, maxCells)
		}
		for _, found := range find(data, &work{maxTries, maxReads, 0}) { // the detector has its own
			if found.Rows <= 0 || found.Columns <= 0 {
				t.Fatalf("a code of no size: %+v", found)
			}
		}
		Lines(data)
	})
}
