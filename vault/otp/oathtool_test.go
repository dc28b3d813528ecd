package otp

// This file: 1,000 random keys against oathtool, a program of other people.

import (
	"encoding/hex"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestEqualToOathtool(t *testing.T) {
	tool, err := exec.LookPath("oathtool")
	if err != nil {
		if os.Getenv("NOD_TEST_REAL") == "1" {
			t.Fatal("oathtool is missing: install the package oathtool")
		}
		t.Skip("no comparison with oathtool: the package oathtool is not installed")
	}
	random := rand.New(rand.NewPCG(4226, 6238))
	for range 1000 {
		k, now := randomKey(random)
		args := []string{"--digits=" + strconv.Itoa(k.Digits)}
		if k.Type == HOTP {
			args = append(args, "--hotp", "--counter="+strconv.FormatUint(k.Counter, 10))
		} else {
			args = append(args, "--totp="+string(k.Algorithm),
				"--time-step-size="+strconv.Itoa(k.Period)+"s", "--now="+now.UTC().Format("2006-01-02 15:04:05 UTC"))
		}
		out, err := exec.Command(tool, append(args, hex.EncodeToString(k.Secret))...).Output()
		if err != nil {
			t.Fatalf("oathtool %q: %v", args, err)
		}
		if want := strings.TrimSpace(string(out)); want == "" {
			t.Fatalf("oathtool %q says nothing", args)
		} else {
			checkCode(t, k, now.Unix(), want)
		}
	}
}

// randomKey makes a key within what oathtool knows, and a time.
func randomKey(random *rand.Rand) (Key, time.Time) {
	k := Key{
		Type:      TOTP,
		Secret:    make([]byte, 1+random.IntN(80)),
		Algorithm: []Algorithm{SHA1, SHA256, SHA512}[random.IntN(3)],
		Digits:    6 + random.IntN(3),
		Period:    1 + random.IntN(120),
	}
	for i := range k.Secret {
		k.Secret[i] = byte(random.Uint32())
	}
	if random.IntN(4) == 0 {
		k.Type, k.Algorithm, k.Period, k.Counter = HOTP, SHA1, 0, random.Uint64N(1<<40)
	}
	return k, time.Unix(random.Int64N(1<<33), 0)
}
