package protect

// This file tests what the keyrings of all systems share: the limit of time.

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestLateKeyringIsLeftAloneAndWiped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		secret, release := []byte("secret"), make(chan bool)
		start := time.Now()
		got, err := askKeyring("test", func(context.Context) ([]byte, error) {
			<-release
			return secret, nil
		})
		if took := time.Since(start); took != 3*time.Second || got != nil || !errors.Is(err, errKeyringSlow) {
			t.Errorf("%q, %v after %v", got, err, took)
		}
		close(release)
		synctest.Wait()
		if slices.Max(secret) != 0 {
			t.Errorf("secret is still %q", secret)
		}
	})
}

func TestKeyringThatHeedsItsContextIsSlowToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := askKeyring("test", func(ctx context.Context) ([]byte, error) {
			<-ctx.Done()
			return nil, errors.New("connection closed")
		})
		if !errors.Is(err, errKeyringSlow) {
			t.Error(err)
		}
	})
}

func TestKeyringPart(t *testing.T) {
	if got := (SystemKeyring{}).Part(); got != Keyring {
		t.Errorf("part = %d, want %d", got, Keyring)
	}
}
