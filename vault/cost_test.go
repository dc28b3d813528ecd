package vault

import (
	"encoding/hex"
	"errors"
	"testing"
	"time"
)

// TestCalibrate gives calibrate machines of known speed.
func TestCalibrate(t *testing.T) {
	const gib = 1 << 20 // KiB
	for _, c := range []struct {
		name  string
		free  uint64
		floor time.Duration // time of FloorCost
		want  Cost
	}{
		{"slow", 8 * gib, 900 * time.Millisecond, FloorCost},
		{"middling", 8 * gib, 300 * time.Millisecond, Cost{128 << 10, 3, 4}},
		{"fast", 8 * gib, 100 * time.Millisecond, Cost{512 << 10, 3, 4}},
		{"very fast", 8 * gib, 20 * time.Millisecond, Cost{512 << 10, 4, 4}},
		{"fast with little memory", gib / 2, 100 * time.Millisecond, Cost{128 << 10, 4, 4}},
		{"memory not known", 0, 100 * time.Millisecond, Cost{512 << 10, 3, 4}},
		{"tiny", gib / 32, 10 * time.Millisecond, Cost{64 << 10, 4, 4}},
	} {
		got := calibrate(c.free, func(x Cost) time.Duration {
			return c.floor * time.Duration(x.Memory) / time.Duration(FloorCost.Memory)
		})
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
		if !got.writable() {
			t.Errorf("%s: %+v can not be used", c.name, got)
		}
	}
}

func TestCreateRefusesCheapCosts(t *testing.T) {
	for _, c := range []Cost{{1, 1, 1}, {64 << 10, 2, 4}, {32 << 10, 3, 4}, {64 << 10, 3, 3}, {4 << 20, 3, 4}, {64 << 10, 17, 4}} {
		if _, _, err := Create(testPlace(t), Options{PIN: []byte(testPIN), Cost: c}); err == nil {
			t.Errorf("%+v was taken", c)
		}
	}
	if _, _, err := Create(testPlace(t), Options{Cost: FloorCost}); err == nil {
		t.Error("a vault without a key was made")
	}
	if _, _, err := Create(testPlace(t), Options{PIN: []byte("1234"), Cost: FloorCost}); !isWeak(err) {
		t.Errorf("%v", err)
	}
	_, _, err := Create(testPlace(t), Options{Passphrase: []byte("short"), Cost: FloorCost})
	if _, ok := errors.AsType[*WeakPassphraseError](err); !ok {
		t.Errorf("%v", err)
	}
}

// TestArgon2id fixes the variant: the vector is what the argon2 command gives
// for somesaltsomesalt -id -t 1 -k 64 -p 1 -l 32.
func TestArgon2id(t *testing.T) {
	got := cheapCost.stretch([]byte(testPIN), []byte("somesaltsomesalt"))
	if want := "3c59783ab90e68003e83ff120236b71211f4763d63790d3de3fdc2bc5f9688e6"; hex.EncodeToString(got) != want {
		t.Errorf("%x, want %s", got, want)
	}
}

func BenchmarkAccounts10000(b *testing.B) {
	v, _ := testVault(b)
	many := make([]NewAccount, 10000)
	for i := range many {
		many[i] = testKey("HelpDesk", time.Duration(i).String())
	}
	if _, err := v.Add(false, many...); err != nil {
		b.Fatal(err)
	}
	id := v.Accounts()[5000].ID
	b.Run("Accounts", func(b *testing.B) {
		for b.Loop() {
			_ = v.Accounts()
		}
	})
	b.Run("Code", func(b *testing.B) {
		for b.Loop() {
			if _, err := v.Code(id, time.Unix(59, 0)); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Save", func(b *testing.B) {
		for b.Loop() {
			if err := v.SetOwner("ana@demo.test"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Open", func(b *testing.B) {
		for b.Loop() {
			u, err := Open(v.Place(), PIN([]byte(testPIN)))
			if err != nil {
				b.Fatal(err)
			}
			u.Close()
		}
	})
}
