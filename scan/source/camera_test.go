package source

// This file: the frames of ffmpeg. The real one reads a picture in place of a
// camera: no camera is needed for that.

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/bmp"
)

// cameras puts devices into the desk's directory for them.
func cameras(t *testing.T, d Desk, names ...string) {
	t.Helper()
	if err := os.MkdirAll(d.Devices, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := os.WriteFile(filepath.Join(d.Devices, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// smallBMP is what ffmpeg writes for a frame, cut to the header: 16 bytes.
const smallBMP = `printf 'BM\020\000\000\000\000\000\000\000\000\000\000\000xy'`

func TestWatch(t *testing.T) {
	d, calls := desk(t, "linux", nil, map[string]string{
		"ffmpeg": `case "$*" in *video0*) echo 'Not a video capture device.' >&2; exit 1 ;; esac; while ` + smallBMP + `; do :; done`,
	})
	cameras(t, d, "video1", "video0", "vbi0")
	frames := 0
	content, err := d.Watch(t.Context(), func(frame []byte) bool {
		frames++
		return len(frame) == 16 && frames == 3
	})
	if err != nil || !content || frames != 3 {
		t.Errorf("content %v after %d frames, %v", content, frames, err)
	}
	if !strings.Contains(calls(), "-f v4l2 -i "+filepath.Join(d.Devices, "video1")) {
		t.Errorf("calls:\n%s", calls())
	}
	frames = 0
	content, err = d.Watch(t.Context(), func([]byte) bool { frames++; return false })
	if err != nil || content || frames != maxFrames {
		t.Errorf("content %v after %d frames, %v, want %d", content, frames, err, maxFrames)
	}
}

func TestWatchFails(t *testing.T) {
	none := func([]byte) bool { return true }
	d, _ := desk(t, "linux", nil, map[string]string{"ffmpeg": "echo 'Permission denied' >&2; exit 1"})
	cameras(t, d, "video0")
	if _, err := d.Watch(t.Context(), none); err == nil || !strings.Contains(err.Error(), "read the camera: ffmpeg: Permission denied") {
		t.Errorf("error = %v", err)
	}
	d, _ = desk(t, "linux", nil, map[string]string{"apk": ""})
	cameras(t, d, "video0")
	if _, err := d.Watch(t.Context(), none); err == nil || !strings.Contains(err.Error(), "nod needs ffmpeg for the camera") {
		t.Errorf("error = %v", err)
	}
}

func TestDirectShow(t *testing.T) {
	said := `[dshow @ 01] "Integrated Camera" (video)
[dshow @ 01]   Alternative name "@device_pnp_x"
[dshow @ 01] "Microphone" (audio)`
	d, calls := desk(t, "windows", nil, map[string]string{
		"ffmpeg": "case \"$*\" in *list_devices*) cat >&2 <<'EOF'\n" + said + "\nEOF\nexit 1 ;; esac\n" + smallBMP,
	})
	content, err := d.Watch(t.Context(), func([]byte) bool { return true })
	if err != nil || !content || !strings.Contains(calls(), "-f dshow -i video=Integrated Camera -an") {
		t.Errorf("content %v, %v, calls:\n%s", content, err, calls())
	}
}

func TestRealFFmpeg(t *testing.T) {
	program, err := exec.LookPath("ffmpeg")
	if err != nil {
		if os.Getenv("NOD_TEST_REAL") == "1" {
			t.Fatal("ffmpeg is missing: install the package ffmpeg")
		}
		t.Skip("no real frames: the package ffmpeg is not installed")
	}
	img := image.NewGray(image.Rect(0, 0, 64, 48))
	img.SetGray(32, 24, color.Gray{Y: 255})
	var data bytes.Buffer
	if err := png.Encode(&data, img); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "frame.png")
	if err := os.WriteFile(path, data.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	// The options that nod gives, but for the device.
	d, _ := desk(t, "linux", nil, map[string]string{"ffmpeg": fmt.Sprintf(
		`args=; while [ $# -gt 0 ]; do case "$1" in
-f) if [ "$2" = v4l2 ]; then set -- -f v4l2 -i '%s' $(shift 4; echo "$@"); args="$args -loop 1 -i $4"; shift 4; else args="$args $1 $2"; shift 2; fi ;;
*) args="$args $1"; shift ;; esac; done; exec '%s' $args`, path, program)})
	cameras(t, d, "video0")
	frames := 0
	content, err := d.Watch(t.Context(), func(frame []byte) bool {
		frames++
		got, err := bmp.Decode(bytes.NewReader(frame))
		if err != nil || got.Bounds() != img.Bounds() {
			t.Errorf("frame %d: %v, %v", frames, got, err)
		}
		return frames == 5
	})
	if err != nil || !content || frames != 5 {
		t.Errorf("content %v after %d frames, %v", content, frames, err)
	}
}
