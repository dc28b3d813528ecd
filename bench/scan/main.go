// Command scan compares how nod, zbarimg (Debian's zbar-tools) and ZXingReader
// (Debian's zxing-cpp-tools) read QR codes: the same files in the same run, what
// each finds and how long it takes. From the folder bench:
//
//	go run ./scan [-corpus DIR] [-sets A,B] [-runs N] [-markdown]
//
// Without a collection of pictures it draws its own.
//
// This file: the flags, and the order in which everything runs.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
)

type options struct {
	corpus   string
	sets     string
	runs     int
	every    int
	nod      string
	markdown bool
	worker   bool
	draw     string
}

func main() {
	var o options
	flag.StringVar(&o.corpus, "corpus", filepath.Join("..", "..", "shared", "data", "qr"),
		"`folder` with one folder a set: pictures, and beside each its texts as .txt, parted by lines of =====")
	flag.StringVar(&o.sets, "sets", "", "comma-separated `names` of the sets; all when empty")
	flag.IntVar(&o.runs, "runs", 3, "how `often` each program reads each picture, after once to warm up")
	flag.IntVar(&o.every, "every", 1, "take each `n`-th picture of a set only")
	flag.StringVar(&o.nod, "nod", "", "`program` to measure as a whole process; built from this tree when empty")
	flag.BoolVar(&o.markdown, "markdown", false, "print the table alone")
	flag.BoolVar(&o.worker, "worker", false, "read names of files from standard input and scan them in process (used by the program itself)")
	flag.StringVar(&o.draw, "draw", "", "draw pictures into a `folder` and end")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench/scan:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	switch {
	case o.worker:
		return serve(os.Stdin, os.Stdout)
	case o.draw != "":
		return drawSets(o.draw)
	}
	if o.runs < 1 || o.every < 1 {
		return errors.New("-runs and -every must be 1 or more")
	}
	temp, err := os.MkdirTemp("", "bench-scan-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	pictures, err := collect(ctx, o, temp)
	if err != nil {
		return err
	}
	readers, peak, err := allReaders(ctx, o, temp)
	if err != nil {
		return err
	}
	defer func() {
		for _, r := range readers {
			r.close()
		}
	}()
	t := newTable(readers)
	for i, p := range pictures {
		if !o.markdown {
			fmt.Fprintf(os.Stderr, "\r%d of %d pictures", i+1, len(pictures))
		}
		if err := measure(ctx, t, p, readers, o.runs, i); err != nil {
			return err
		}
		high, err := peak(ctx, p.path)
		if err != nil {
			return err
		}
		t.peak(p, high)
	}
	if !o.markdown {
		fmt.Fprintln(os.Stderr)
		fmt.Print(notes(ctx, readers, o, len(pictures)))
	}
	fmt.Print(t.markdown())
	return nil
}

// measure lets every reader read a picture: once to warm up, then n times, in an
// order that goes round. Of the times of a reader the median counts.
func measure(ctx context.Context, t *table, p picture, readers []reader, n, turn int) error {
	results := make([][]reading, len(readers))
	for pass := range n + 1 {
		for i := range readers {
			which := (i + pass + turn) % len(readers)
			got, err := readers[which].read(ctx, p.path)
			if err != nil {
				return fmt.Errorf("%s: %s: %w", readers[which].name(), p.path, err)
			}
			if pass > 0 {
				results[which] = append(results[which], got)
			}
		}
	}
	for i, all := range results {
		t.add(p, i, all)
	}
	return nil
}

// collect returns the pictures to read: those of the collection, or drawn ones.
// Drawing happens in a process of its own, for the reason that worker.go gives.
func collect(ctx context.Context, o options, temp string) ([]picture, error) {
	dir := o.corpus
	if _, err := os.Stat(dir); err != nil {
		dir = filepath.Join(temp, "drawn")
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		if out, err := exec.CommandContext(ctx, self, "-draw", dir).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("draw pictures: %w: %s", err, out)
		}
	}
	var sets []string
	if o.sets != "" {
		sets = strings.Split(o.sets, ",")
	}
	return load(dir, sets, o.every)
}

// build makes the program from this tree.
func build(ctx context.Context, temp string) (string, error) {
	name := filepath.Join(temp, "nod")
	cmd := exec.CommandContext(ctx, "go", "build", "-C", "..", "-o", name, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build nod: %w: %s", err, out)
	}
	return name, nil
}
