package vault

import "testing"

func TestAvailableMemory(t *testing.T) {
	text := "MemTotal:  100 kB\nMemAvailable:   24510 kB\nSwap: 1 kB\n"
	if got := availableMemory([]byte(text)); got != 24510 {
		t.Errorf("%d KiB", got)
	}
	for _, bad := range []string{"", "MemAvailable:", "MemAvailable: much kB"} {
		if got := availableMemory([]byte(bad)); got != 0 {
			t.Errorf("%q: %d KiB", bad, got)
		}
	}
	if freeMemory() == 0 {
		t.Error("this machine's memory is not known")
	}
}
