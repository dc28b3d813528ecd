package cli

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"nod/scan"
)

// picture makes pixels of a drawing, as a terminal does: 8 a module.
func picture(t *testing.T, drawing string) []byte {
	const size = 8
	lines := strings.Split(strings.TrimSuffix(drawing, "\n"), "\n")
	width := len([]rune(strings.TrimSuffix(strings.TrimPrefix(lines[0], blackOnWhite), usualColours)))
	m := image.NewGray(image.Rect(0, 0, width*size, len(lines)*2*size))
	for i := range m.Pix {
		m.Pix[i] = 255
	}
	for y, line := range lines {
		line = strings.TrimSuffix(strings.TrimPrefix(line, blackOnWhite), usualColours)
		for x, cell := range []rune(line) {
			for half, dark := range []bool{cell == '█' || cell == '▀', cell == '█' || cell == '▄'} {
				for p := range size * size {
					if dark {
						m.SetGray(x*size+p%size, (2*y+half)*size+p/size, color.Gray{})
					}
				}
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDrawQR(t *testing.T) {
	for _, text := range []string{
		"otpauth://totp/HelpDesk:ana%40demo.test?secret=JBSWY3DPEHPK3PXP&issuer=HelpDesk&period=60",
		"otpauth://totp/" + strings.Repeat("x", 300) + "?secret=JBSWY3DPEHPK3PXP",
	} {
		drawing, err := drawQR(text)
		if err != nil {
			t.Fatal(err)
		}
		pixels := picture(t, drawing)
		got, err := scan.Image(bytes.NewReader(pixels))
		if err != nil || len(got.Codes) != 1 || got.Codes[0].Text != text {
			t.Errorf("scan of the drawing = %+v, %v, want %s", got.Codes, err, text)
		}
		if zbar, err := zbarimg(t, pixels); err == nil && zbar != text {
			t.Errorf("zbarimg reads %q, want %q", zbar, text)
		}
	}
}

// zbarimg reads a picture with a program that nobody here wrote, if it is here.
func zbarimg(t *testing.T, pixels []byte) (string, error) {
	program, err := exec.LookPath("zbarimg")
	if err != nil {
		if os.Getenv("NOD_TEST_REAL") != "" {
			t.Fatalf("NOD_TEST_REAL is set, but %v", err)
		}
		return "", err
	}
	file := filepath.Join(t.TempDir(), "qr.png")
	if err := os.WriteFile(file, pixels, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, "--quiet", "--raw", file).Output()
	if err != nil {
		t.Errorf("zbarimg: %v", err)
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}
