package symbol

// This file: grids made by gozxing's encoder, whole, damaged, mirrored, in parts.

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/decoder"
	"github.com/makiuchi-d/gozxing/qrcode/encoder"
)

func encoded(t testing.TB, text string) Grid {
	t.Helper()
	code, err := encoder.Encoder_encode(text, decoder.ErrorCorrectionLevel_M,
		map[gozxing.EncodeHintType]any{gozxing.EncodeHintType_CHARACTER_SET: "UTF-8"})
	if err != nil {
		t.Fatal(err)
	}
	m := code.GetMatrix()
	g := NewGrid(m.GetWidth())
	for y := range g.Size {
		for x := range g.Size {
			g.Set(x, y, m.Get(x, y) == 1)
		}
	}
	return g
}

func mirrored(g Grid) Grid {
	out := NewGrid(g.Size)
	for y := range g.Size {
		for x := range g.Size {
			out.Set(y, x, g.At(x, y))
		}
	}
	return out
}

func TestRead(t *testing.T) {
	for _, text := range []string{"1", "HTTPS://DEMO.TEST/", "otpauth://totp/Käse:ana?secret=JBSWY3DPEHPK3PXP", "你好", strings.Repeat("long ", 300)} {
		g := encoded(t, text)
		for name, one := range map[string]Grid{"plain": g, "mirrored": mirrored(g), "inverted twice": g.Inverted().Inverted()} {
			if got, err := Read(one); err != nil || got.Text != text || got.Part != (Part{}) {
				t.Errorf("%s: %q, %v, want %q", name, got.Text, err, text)
			}
		}
		if got, err := Read(g.Inverted()); !errors.Is(err, ErrUnreadable) {
			t.Errorf("inverted: %q, %v", got.Text, err)
		}
	}
}

func TestUnreadable(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{0, 1, 20, 21, 22, 25, 57, 177, 181} {
		for range 40 {
			g := NewGrid(size)
			for i := range g.Dark {
				g.Dark[i] = random.IntN(2) == 1
			}
			if got, err := Read(g); !errors.Is(err, ErrUnreadable) {
				t.Errorf("noise of %d modules a side: %q, %v", size, got.Text, err)
			}
		}
	}
}

// part encodes a piece of a text as one of several symbols, in byte mode.
func part(t *testing.T, piece []byte, index, size int, parity byte) Grid {
	t.Helper()
	var bits []bool
	put := func(v, n int) {
		for i := n - 1; i >= 0; i-- {
			bits = append(bits, v>>i&1 == 1)
		}
	}
	put(3, 4) // structured append
	put(index, 4)
	put(size-1, 4)
	put(int(parity), 8)
	put(4, 4) // bytes
	put(len(piece), 8)
	for _, b := range piece {
		put(int(b), 8)
	}
	return drawn(t, bits)
}

func TestParts(t *testing.T) {
	text := "otpauth://totp/Käse:ana@demo.test?secret=JBSWY3DPEHPK3PXP"
	parity := byte(0)
	for _, b := range []byte(text) {
		parity ^= b
	}
	cut := strings.Index(text, "ä") + 1 // within the two bytes of ä
	grids := []Grid{part(t, []byte(text[:cut]), 0, 3, parity), part(t, []byte(text[cut:40]), 1, 3, parity), part(t, []byte(text[40:]), 2, 3, parity)}
	var texts []Text
	for _, i := range []int{2, 0, 1} {
		got, err := Read(grids[i])
		if err != nil || got.Part != (Part{i, 3, parity}) {
			t.Fatalf("part %d: %+v, %v", i, got, err)
		}
		texts = append(texts, got)
	}
	sets := Collect(append(texts, Text{Text: "something else"}))
	if len(sets) != 1 || len(sets[0].Missing()) != 0 || sets[0].Text() != text {
		t.Fatalf("%+v, want %q", sets, text)
	}
	sets = Collect(texts[:2])
	if got := fmt.Sprint(sets[0].Missing()); got != "[2]" {
		t.Errorf("missing %s, want [2]", got)
	}
}

func FuzzRead(f *testing.F) {
	g := encoded(f, "otpauth://totp/ana?secret=JBSWY3DPEHPK3PXP")
	seed := make([]byte, len(g.Dark))
	for i, dark := range g.Dark {
		if dark {
			seed[i] = 1
		}
	}
	f.Add(g.Size, seed)
	f.Add(21, make([]byte, 441))
	f.Fuzz(func(t *testing.T, size int, modules []byte) {
		if size < 0 || size > 200 {
			return
		}
		g := NewGrid(size)
		for i := range g.Dark {
			g.Dark[i] = i < len(modules) && modules[i]&1 == 1
		}
		text, err := Read(g)
		if err != nil && !errors.Is(err, ErrUnreadable) {
			t.Fatal(err)
		}
		if p := text.Part; p.Size != 0 && (p.Size < 2 || p.Size > 16 || p.Index < 0 || p.Index >= p.Size) {
			t.Fatalf("%+v", p)
		}
	})
}
