package sim

// Which masked address is whose.

import "testing"

func TestMasks(t *testing.T) {
	tests := []struct {
		mask, address string
		want          bool
	}{
		{"+370 *** **12", "+37060000012", true},
		{"+370 *** **12", "+37060000013", false},
		{"+370 *** **12", "+37112", false},
		{"b***@demo.test", "ben@demo.test", true},
		{"b***@demo.test", "ana@demo.test", false},
		{"", "ana@demo.test", false},
		{"***", "ana@demo.test", true},
	}
	for _, test := range tests {
		if got := masks(test.mask, test.address); got != test.want {
			t.Errorf("masks(%q, %q) = %v, want %v", test.mask, test.address, got, test.want)
		}
	}
}
