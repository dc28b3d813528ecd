package protect

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"
)

// readiness is a Protector of which only Ready matters.
type readiness struct {
	Protector
	part  Part
	ready error
}

func (r readiness) Part() Part   { return r.part }
func (r readiness) Ready() error { return r.ready }

func TestSentences(t *testing.T) {
	seen := map[string]Kind{}
	for _, k := range append([]Kind{KindNone}, Kinds...) {
		s := k.Sentence(900*time.Millisecond, true)
		if !strings.HasSuffix(s, ".") || seen[s] != "" {
			t.Errorf("%s: %q", k, s)
		}
		seen[s] = k
	}
	// 10,000 guesses of 0.72 s are two hours.
	if s := KindFile.Sentence(720*time.Millisecond, true); !strings.Contains(s, "about 2 hours") {
		t.Errorf("file: %q", s)
	}
	for guess, want := range map[time.Duration]string{
		time.Millisecond: "a minute", 100 * time.Millisecond: "about 17 minutes", 9 * time.Second: "about 25 hours",
		time.Minute: "about 7 days",
	} {
		if s := KindFile.Sentence(guess, true); !strings.Contains(s, " "+want+" ") {
			t.Errorf("%s a guess: %q, want %q", guess, s, want)
		}
	}
}

// TestSentenceWithoutMachineID: what a copied disk has beside the home directory is
// the machine id.
func TestSentenceWithoutMachineID(t *testing.T) {
	for _, k := range Kinds {
		with, without := k.Sentence(time.Second, true), k.Sentence(time.Second, false)
		if (with != without) != (k == KindFile) {
			t.Errorf("%s: %q, without machine id %q", k, with, without)
		}
	}
	if s := KindFile.Sentence(time.Second, false); strings.Contains(s, "disk") || !strings.Contains(s, "copies the home directory can try") {
		t.Errorf("file: %q", s)
	}
}

func TestKindOfParts(t *testing.T) {
	always := DeviceFile | MachineID
	for need, want := range map[Part]Kind{
		0: KindNone, DeviceFile: KindFile, always: KindFile, always | Keyring: KindKeyring,
		DeviceFile | TPM: KindTPM, always | Credential: KindCredential,
	} {
		if got := KindOf(need); got != want {
			t.Errorf("%b makes %s, want %s", need, got, want)
		}
		if extra := want.Extra(); extra != need&^always {
			t.Errorf("%s adds %b", want, extra)
		}
	}
	for i, k := range Kinds {
		if i > 0 && (!k.Weaker(Kinds[i-1]) || Kinds[i-1].Weaker(k)) {
			t.Errorf("%s does not come after %s", k, Kinds[i-1])
		}
	}
}

// TestBest takes the best kind that is ready and tells which better ones are not.
func TestBest(t *testing.T) {
	locked := errors.New("the keyring is locked")
	for name, c := range map[string]struct {
		list   []Protector
		want   Kind
		passed []Kind
	}{
		"nothing":           {nil, KindFile, nil},
		"all":               {[]Protector{readiness{part: TPM}, readiness{part: Keyring}}, KindTPM, nil},
		"no TPM":            {[]Protector{readiness{part: TPM, ready: ErrAbsent}, readiness{part: Keyring}}, KindKeyring, nil},
		"keyring locked":    {[]Protector{readiness{part: Keyring, ready: locked}}, KindFile, []Kind{KindKeyring}},
		"a credential only": {[]Protector{readiness{part: Credential}}, KindFile, nil},
	} {
		best, passed := Best(c.list)
		want := map[Kind]error{}
		for _, k := range c.passed {
			want[k] = locked
		}
		if best != c.want || !maps.Equal(passed, want) {
			t.Errorf("%s: %s, passed over %v", name, best, passed)
		}
	}
}
