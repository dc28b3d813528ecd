package e2e

// Many devices that wait for requests at one process.

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const waitingDevices = 1000

// BenchmarkWaiting has 1,000 devices wait at one process over SQLite, and sends a
// request to one of them at a time. It reports how long an app's call takes to
// reach the device, and how much memory the process has ever had.
func BenchmarkWaiting(b *testing.B) {
	address := freeAddress(b)
	p := newPlace(b, "http://"+address, false)
	members := seed(b, p.store, waitingDevices)
	credentials := p.app("Load", "rms")
	server := p.run(address)

	ctx, cancel := context.WithCancel(b.Context())
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: waitingDevices}}
	var devices sync.WaitGroup
	defer func() {
		cancel()
		devices.Wait()
		client.CloseIdleConnections()
	}()
	type delivery struct {
		id string
		at time.Time
	}
	came := make(chan delivery, waitingDevices)
	for _, m := range members {
		devices.Go(func() {
			seen := map[string]bool{}
			for after := ""; ctx.Err() == nil; {
				answer, err := m.poll(ctx, client, p.origin, after)
				if err != nil {
					if ctx.Err() == nil {
						b.Errorf("%s: %v", m.user, err)
					}
					return
				}
				for _, r := range answer.Requests {
					if !seen[r.ID] {
						seen[r.ID] = true
						came <- delivery{r.ID, time.Now()}
					}
				}
				after = answer.Cursor
			}
		})
	}
	for deadline := time.Now().Add(patience); waiting(b, p.origin) < waitingDevices; {
		if time.Now().After(deadline) {
			b.Fatalf("%d devices wait, want %d", waiting(b, p.origin), waitingDevices)
		}
		time.Sleep(100 * time.Millisecond)
	}

	var took []float64
	b.ResetTimer()
	for i := range b.N {
		begin := time.Now()
		id := authStart(b, client, p.origin, credentials, members[i%len(members)].user)
		got := <-came
		if got.id != id {
			b.Fatalf("%s came, want %s", got.id, id)
		}
		took = append(took, float64(got.at.Sub(begin).Microseconds())/1000)
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(took[len(took)/2], "ms/median")
	b.ReportMetric(took[len(took)*99/100], "ms/p99")
	b.ReportMetric(peak(b, server.cmd.Process.Pid), "MB")
	p.verified()
}

var pollsOpen = regexp.MustCompile(`(?m)^nod_long_polls_open ([0-9]+)$`)

// waiting is how many wait at the server, as its metrics say.
func waiting(b *testing.B, origin string) int {
	b.Helper()
	answer, err := http.Get(origin + "/metrics")
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	found := pollsOpen.FindSubmatch(text)
	if err != nil || found == nil {
		b.Fatalf("metrics: %v\n%s", err, text)
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// authStart asks for a person as an app does, and returns the id of the request.
func authStart(b *testing.B, client *http.Client, origin, credentials, user string) string {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, origin+"/v1/auth", strings.NewReader(fmt.Sprintf(`{"user":%q}`, user)))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+credentials)
	answer, err := client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	var started struct{ ID string }
	if err := errorOf(err, json.Unmarshal(text, &started)); err != nil || started.ID == "" {
		b.Fatalf("ask for %s: %d %s (%v)", user, answer.StatusCode, text, err)
	}
	return started.ID
}

var peakLine = regexp.MustCompile(`VmHWM:\s+([0-9]+) kB`)

// peak is the most memory that a process has had, in MB, where Linux tells.
func peak(b *testing.B, pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	found := peakLine.FindSubmatch(status)
	if err != nil || found == nil {
		b.Logf("the memory of the server is not known here: %v", err)
		return 0
	}
	n, err := strconv.Atoi(string(found[1]))
	if err != nil {
		b.Fatal(err)
	}
	return float64(n) * 1024 / 1e6
}
