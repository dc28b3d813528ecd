package main

// This file: nod in process. Scanning happens in a process of its own, which
// stays, so that this one stays small: the system counts the memory of who starts
// a program into that program's peak.

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"nod/scan"
)

// answer is a line of the worker's.
type answer struct {
	Texts []string
	Took  time.Duration
}

// serve scans the files that are named on in, a line each.
func serve(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		data, err := os.ReadFile(lines.Text())
		if err != nil {
			return err
		}
		start := time.Now()
		res, err := scan.Image(bytes.NewReader(data))
		a := answer{Took: time.Since(start)}
		if err == nil { // else it is a picture that nod does not read
			for _, c := range res.Codes {
				a.Texts = append(a.Texts, c.Text)
			}
		}
		if err := json.NewEncoder(out).Encode(a); err != nil {
			return err
		}
	}
	return lines.Err()
}

// worker is the process that serves.
type worker struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

func startWorker() (*worker, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "-worker")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	return &worker{cmd, in, json.NewDecoder(out)}, cmd.Start()
}

func (w *worker) name() string { return "nod in process" }

func (w *worker) what() string {
	return "scan.Image alone: decoding the file, which is in memory, and looking for codes"
}

func (w *worker) read(ctx context.Context, path string) (reading, error) {
	if ctx.Err() != nil {
		return reading{}, ctx.Err()
	}
	if _, err := fmt.Fprintln(w.in, path); err != nil {
		return reading{}, err
	}
	var a answer
	err := w.out.Decode(&a)
	return reading{a.Texts, a.Took}, err
}

func (w *worker) close() {
	_ = w.in.Close() // it ends then
	_ = w.cmd.Wait()
}

// peakMemory runs a program and returns its largest resident memory in bytes, or
// 0 where the system does not tell.
func peakMemory(ctx context.Context, args []string) (int64, error) {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	err := cmd.Run()
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		return 0, err
	}
	return maxResident(cmd.ProcessState), nil
}
