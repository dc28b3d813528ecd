package protect

import (
	"bytes"
	"slices"
	"testing"
)

// sample is a blob as Seal makes it, with no TPM behind it.
func sample() sealed {
	return sealed{mode: modeCounted, storage: [32]byte{1}, index: [32]byte{2}, unique: [32]byte{3}, private: []byte{4, 5}}
}

func TestTPMBlobRefusesWhatItDoesNotWrite(t *testing.T) {
	good := sample().marshal()
	shared := sample()
	shared.mode, shared.index = modeShared, [32]byte{}
	change := func(f func(b []byte) []byte) []byte { return f(slices.Clone(good)) }
	for name, test := range map[string]struct {
		blob []byte
		ok   bool
	}{
		"counted":              {good, true},
		"shared":               {shared.marshal(), true},
		"longest":              {change(func(b []byte) []byte { return append(b, make([]byte, blobMax-len(b))...) }), true},
		"too long":             {change(func(b []byte) []byte { return append(b, make([]byte, blobMax-len(b)+1)...) }), false},
		"empty":                {nil, false},
		"without private area": {good[:blobFixed], false},
		"version 0":            {change(func(b []byte) []byte { b[0] = 0; return b }), false},
		"version 2":            {change(func(b []byte) []byte { b[0] = 2; return b }), false},
		"mode 0":               {change(func(b []byte) []byte { b[1] = 0; return b }), false},
		"mode 3":               {change(func(b []byte) []byte { b[1] = 3; return b }), false},
		"shared with an index": {change(func(b []byte) []byte { b[1] = modeShared; return b }), false},
		"counted without one":  {change(func(b []byte) []byte { clear(b[34:66]); return b }), false},
	} {
		if _, err := parseSealed(test.blob); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzTPMBlob(f *testing.F) {
	f.Add(sample().marshal())
	f.Add([]byte{})
	f.Add(bytes.Repeat([]byte{1}, blobMax))
	f.Fuzz(func(t *testing.T, blob []byte) {
		s, err := parseSealed(blob)
		if err != nil {
			return
		}
		if got := s.marshal(); !bytes.Equal(got, blob) {
			t.Errorf("%x becomes %x", blob, got)
		}
		if Chip.Caution(Chip{}, blob) == "" != (s.mode == modeCounted) {
			t.Error("the caution does not fit the mode")
		}
	})
}
