package main

// This file: the figures of every set, and the table of them.

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// figures are those of one reader on one set.
type figures struct {
	found, wrong int
	times        []time.Duration // one a picture
}

// row is a set.
type row struct {
	pictures, texts int
	peak            int64 // bytes, of nod as a process
	readers         []figures
}

type table struct {
	readers []reader
	rows    map[string]*row
	total   *row
}

func newTable(readers []reader) *table {
	return &table{readers, map[string]*row{}, &row{readers: make([]figures, len(readers))}}
}

// both are the rows that a picture counts in.
func (t *table) both(set string) [2]*row {
	if t.rows[set] == nil {
		t.rows[set] = &row{readers: make([]figures, len(t.readers))}
	}
	return [2]*row{t.rows[set], t.total}
}

// add counts what one reader made of a picture.
func (t *table) add(p picture, which int, all []reading) {
	slices.SortFunc(all, func(a, b reading) int { return cmp.Compare(a.took, b.took) })
	middle := all[len(all)/2]
	found, wrong := compare(p.texts, middle.texts)
	for _, r := range t.both(p.set) {
		f := &r.readers[which]
		f.found += found
		f.wrong += wrong
		f.times = append(f.times, middle.took)
		if which == 0 {
			r.pictures++
			r.texts += len(p.texts)
		}
	}
}

func (t *table) peak(p picture, high int64) {
	for _, r := range t.both(p.set) {
		r.peak = max(r.peak, high)
	}
}

// markdown is the table: texts found, then times, each reader a column.
func (t *table) markdown() string {
	var b strings.Builder
	var heads []string
	heads = append(heads, "set", "pictures", "texts")
	for _, r := range t.readers[1:] {
		heads = append(heads, r.name()+" found")
	}
	for _, r := range t.readers {
		heads = append(heads, r.name()+" ms")
	}
	heads = append(heads, "nod peak MiB")
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(heads)
	line(slices.Repeat([]string{"---"}, len(heads)))
	for _, name := range slices.Sorted(maps.Keys(t.rows)) {
		line(t.cells(name, t.rows[name]))
	}
	line(t.cells("**all**", t.total))
	return b.String()
}

func (t *table) cells(name string, r *row) []string {
	cells := []string{name, fmt.Sprint(r.pictures), fmt.Sprint(r.texts)}
	for _, f := range r.readers[1:] {
		cell := fmt.Sprint(f.found)
		if r == t.total && r.texts > 0 {
			cell = fmt.Sprintf("%d = %.1f %%", f.found, 100*float64(f.found)/float64(r.texts))
		}
		if r.texts == 0 {
			cell = "–"
		}
		if f.wrong > 0 {
			cell += fmt.Sprintf(" (%d false)", f.wrong)
		}
		cells = append(cells, cell)
	}
	for _, f := range r.readers {
		cells = append(cells, fmt.Sprintf("%s / %s", ms(quantile(f.times, 0.5)), ms(quantile(f.times, 0.95))))
	}
	return append(cells, fmt.Sprintf("%d", (r.peak+1<<19)>>20))
}

// quantile is the time that a part of all does not exceed.
func quantile(times []time.Duration, part float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	return sorted[min(len(sorted)-1, int(part*float64(len(sorted))))]
}

func ms(d time.Duration) string {
	v := float64(d) / float64(time.Millisecond)
	if v < 10 {
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

// notes say what was measured, and how.
func notes(ctx context.Context, readers []reader, o options, pictures int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d pictures, each read %d times by each program after once to warm up, in an order that goes round.\n", pictures, o.runs)
	b.WriteString("Of the times for a picture the median counts; the table has median / 95th percentile over pictures.\n")
	fmt.Fprintf(&b, "%s/%s, %d processors.\n", runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	for _, pkg := range []string{"zbar-tools", "zxing-cpp-tools"} {
		if v, err := exec.CommandContext(ctx, "dpkg-query", "-W", "-f", "${Version}", pkg).Output(); err == nil {
			fmt.Fprintf(&b, "%s %s.\n", pkg, v)
		}
	}
	b.WriteString("What the times include:\n")
	for _, r := range readers {
		fmt.Fprintf(&b, "  %-15s %s\n", r.name(), r.what())
	}
	b.WriteString("\n")
	return b.String()
}
