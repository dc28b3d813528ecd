package main

// This file: the programs that are compared.

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// patience is how long one picture may take; then nothing was found in it.
const patience = time.Minute

// reading is what a reader found, and the time that it took.
type reading struct {
	texts []string
	took  time.Duration
}

// reader reads the QR codes of a file. A picture that it can not read is one in
// which it finds nothing.
type reader interface {
	name() string // head of its column
	what() string // what its time includes
	read(ctx context.Context, path string) (reading, error)
	close()
}

// process is a program that is started for each picture.
type process struct {
	title, about string
	command      func(path string) []string
	parse        func(path string, out []byte) ([]string, error)
}

func (p *process) name() string { return p.title }
func (p *process) what() string { return p.about }
func (p *process) close()       {}

func (p *process) read(ctx context.Context, path string) (reading, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	args := p.command(path)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	start := time.Now()
	out, err := cmd.Output()
	took := time.Since(start)
	if _, ended := errors.AsType[*exec.ExitError](err); err != nil && !ended {
		return reading{}, err // it did not even start
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return reading{}, ctx.Err()
	}
	texts, err := p.parse(path, out)
	return reading{texts, took}, err
}

// allReaders returns nod in process, nod as a process and the peers that are
// installed, and what measures the peak memory of nod.
func allReaders(ctx context.Context, o options, temp string) ([]reader, func(context.Context, string) (int64, error), error) {
	nod := o.nod
	if nod == "" {
		built, err := build(ctx, temp)
		if err != nil {
			return nil, nil, err
		}
		nod = built
	}
	inside, err := startWorker()
	if err != nil {
		return nil, nil, err
	}
	scan := func(path string) []string { return []string{nod, "scan", "--json", path} }
	readers := []reader{inside, &process{
		"nod scan", "a whole process: start, reading and decoding the file, looking for codes, end", scan, parseNod,
	}}
	for _, peer := range []*process{
		{
			"zbarimg", "the same; told to look for QR codes alone, and not to wait for D-Bus",
			func(path string) []string {
				return []string{"zbarimg", "--nodbus", "--quiet", "--xml", "-Sdisable", "-Sqrcode.enable", path}
			}, parseZbar,
		},
		{
			"ZXingReader", "the same; told to look for QR codes alone",
			func(path string) []string { return []string{"ZXingReader", "-format", "QRCode", path} }, parseZXing,
		},
	} {
		if _, err := exec.LookPath(peer.title); err != nil {
			fmt.Fprintf(os.Stderr, "without %s, which is not installed (Debian: zbar-tools, zxing-cpp-tools)\n", peer.title)
			continue
		}
		readers = append(readers, peer)
	}
	peak := func(ctx context.Context, path string) (int64, error) { return peakMemory(ctx, scan(path)) }
	return readers, peak, nil
}

func parseNod(_ string, out []byte) ([]string, error) {
	if len(out) == 0 {
		return nil, nil
	}
	var answer struct {
		Codes []struct{ Text string }
	}
	if err := json.NewDecoder(bytes.NewReader(out)).Decode(&answer); err != nil {
		return nil, fmt.Errorf("read its answer: %w", err)
	}
	var texts []string
	for _, c := range answer.Codes {
		texts = append(texts, c.Text)
	}
	return texts, nil
}

func parseZbar(_ string, out []byte) ([]string, error) {
	if len(bytes.TrimSpace(out)) == 0 {
		return nil, nil
	}
	type data struct {
		Format string `xml:"format,attr"`
		Text   string `xml:",chardata"`
	}
	var answer struct {
		Found []data `xml:"source>index>symbol>data"`
	}
	d := xml.NewDecoder(bytes.NewReader(out))
	d.Strict = false
	if err := d.Decode(&answer); err != nil {
		return nil, nil //nolint:nilerr // it writes characters that XML has not: what can not be read was not found
	}
	var texts []string
	for _, one := range answer.Found {
		if one.Format == "base64" {
			raw, err := base64.StdEncoding.DecodeString(strings.TrimSpace(one.Text))
			if err != nil {
				return nil, fmt.Errorf("read its answer: %w", err)
			}
			one.Text = string(raw)
		}
		texts = append(texts, one.Text)
	}
	return texts, nil
}

// parseZXing reads what ZXingReader prints of each code: Text in quotes, then
// Bytes. The short form of -1 would write other letters than ASCII as numbers.
func parseZXing(_ string, out []byte) ([]string, error) {
	var texts []string
	for one := range strings.SplitSeq("\n"+string(out), "\nText:       \"") {
		if text, _, ok := strings.Cut(one, "\"\nBytes:"); ok {
			texts = append(texts, text)
		}
	}
	return texts, nil
}
