package server

// A small table that reads browser and system out of a User-Agent.

import (
	"regexp"
	"strings"
	"sync"
)

// Order matters: Edge says Chrome too, and Chrome says Safari.
var browsers = sync.OnceValue(func() []browserSign {
	return []browserSign{
		{"Edge", regexp.MustCompile(`\bEdg(?:e|A|iOS)?/(\d{1,4})`)},
		{"Firefox", regexp.MustCompile(`\b(?:Firefox|FxiOS)/(\d{1,4})`)},
		{"Chrome", regexp.MustCompile(`\b(?:Chrome|CriOS)/(\d{1,4})`)},
		{"Safari", regexp.MustCompile(`\bVersion/(\d{1,4})[\d.]* (?:Mobile/\w+ )?Safari/`)},
		{"w3m", regexp.MustCompile(`\bw3m/(\d{1,4})`)},
		{"curl", regexp.MustCompile(`\bcurl/(\d{1,4})`)},
		{"nod sim", regexp.MustCompile(`\bnod-sim/(\d{1,4})`)},
	}
})

type browserSign struct {
	name    string
	pattern *regexp.Regexp
}

// Android says Linux too, and iOS says Mac OS X.
var systems = []struct{ name, mark string }{
	{"Android", "Android"},
	{"iOS", "iPhone"},
	{"iOS", "iPad"},
	{"Windows", "Windows"},
	{"macOS", "Macintosh"},
	{"Linux", "Linux"},
}

// browserAndOS names both, with what it does not know left empty. What it
// returns holds nothing of the text but a short number.
func browserAndOS(userAgent string) (browser, os string) {
	for _, b := range browsers() {
		if found := b.pattern.FindStringSubmatch(userAgent); found != nil {
			browser = b.name + " " + found[1]
			break
		}
	}
	for _, s := range systems {
		if strings.Contains(userAgent, s.mark) {
			os = s.name
			break
		}
	}
	return browser, os
}
