package source

// This file: frames of a camera, through ffmpeg. The frames come as BMP, whose
// header tells where the next one begins.

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	ffmpeg    = "ffmpeg"
	bmpHeader = 14      // bytes: "BM", size of the file, ...
	maxFrames = 4 * 60  // looked at, of one camera
	frameRate = "fps=4" // frames that are looked at in a second
)

// cameraWays tells what ffmpeg needs; Watch runs it.
func (d Desk) cameraWays() ([]way, error) {
	if len(d.cameras()) == 0 {
		return nil, &AbsentError{Kind: Camera}
	}
	return []way{{needs: []string{ffmpeg}}}, nil
}

// cameras are the inputs of ffmpeg that may be cameras, best first.
func (d Desk) cameras() (inputs [][]string) {
	switch d.System {
	case "darwin":
		return [][]string{{"-f", "avfoundation", "-framerate", "30", "-i", "default:none"}}
	case "windows":
		return [][]string{nil} // dshow wants the name, which ffmpeg has to list first
	}
	devices, _ := filepath.Glob(filepath.Join(d.Devices, "video*")) // the pattern is right
	slices.Sort(devices)
	for _, path := range devices {
		inputs = append(inputs, []string{"-f", "v4l2", "-i", path})
	}
	return inputs
}

// Watch hands see the frames of the first camera that works until see returns
// true, ctx ends or a minute is over. It reports whether see was content.
func (d Desk) Watch(ctx context.Context, see func(frame []byte) bool) (bool, error) {
	if err := d.Check(ctx, Camera); err != nil {
		return false, err
	}
	inputs := d.cameras()
	if d.System == "windows" {
		var err error
		if inputs, err = d.windowsCameras(ctx); err != nil {
			return false, err
		}
	}
	var failed []error
	for _, input := range inputs {
		frames, content, err := d.watchOne(ctx, input, see)
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if content || frames > 0 {
			return content, nil
		}
		// Many cameras have a second device that gives no pictures.
		failed = append(failed, err)
	}
	return false, &FailedError{Kind: Camera, Tried: failed}
}

// watchOne runs ffmpeg on one input and counts the frames it brings.
func (d Desk) watchOne(ctx context.Context, input []string, see func([]byte) bool) (frames int, content bool, err error) {
	path, err := d.LookPath(ffmpeg)
	if err != nil {
		return 0, false, &ToolError{Tool: ffmpeg, Err: errors.New("it is not installed")}
	}
	timed, cancel := context.WithTimeout(ctx, cameraLimit)
	defer cancel()
	args := append([]string{"-nostdin", "-hide_banner", "-loglevel", "error"}, input...)
	cmd := exec.CommandContext(timed, path, append(args, "-an", "-vf", frameRate, "-c:v", "bmp", "-pix_fmt", "bgr24", "-f", "image2pipe", "-")...)
	said := &bounded{most: maxSaid}
	cmd.Stderr = said
	cmd.Env = environment()
	cmd.WaitDelay = time.Second
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, false, fmt.Errorf("start %s: %w", ffmpeg, err)
	}
	if err := cmd.Start(); err != nil {
		return 0, false, &ToolError{Tool: ffmpeg, Err: err}
	}
	r := bufio.NewReaderSize(out, 1<<16)
	for frames < maxFrames && !content {
		frame, readErr := nextBMP(r)
		if readErr != nil {
			break
		}
		frames++
		content = see(frame)
	}
	cancel() // whatever it still has to say is not wanted
	err = cmd.Wait()
	return frames, content, &ToolError{Tool: ffmpeg, Text: short(said.text()), Err: err}
}

// nextBMP reads one picture of a row of them.
func nextBMP(r io.Reader) ([]byte, error) {
	head := make([]byte, bmpHeader)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	size := binary.LittleEndian.Uint32(head[2:])
	if string(head[:2]) != "BM" || size < bmpHeader || size > maxPicture {
		return nil, errors.New("not a BMP picture")
	}
	frame := make([]byte, size)
	copy(frame, head)
	_, err := io.ReadFull(r, frame[bmpHeader:])
	return frame, err
}

// dshowName is how ffmpeg lists a camera of Windows.
var dshowName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`"([^"@][^"]*)" \(video\)`) })

// windowsCameras lists the cameras. ffmpeg does so in its complaints, and fails.
func (d Desk) windowsCameras(ctx context.Context) ([][]string, error) {
	_, err := d.run(ctx, toolLimit, maxText, ffmpeg, "-hide_banner", "-list_devices", "true", "-f", "dshow", "-i", "dummy")
	tool, failed := errors.AsType[*ToolError](err)
	if !failed {
		return nil, err
	}
	if inputs := dshowInputs(tool.said); len(inputs) > 0 {
		return inputs, nil
	}
	return nil, &AbsentError{Kind: Camera}
}

func dshowInputs(said string) (inputs [][]string) {
	for _, m := range dshowName().FindAllStringSubmatch(said, -1) {
		inputs = append(inputs, []string{"-f", "dshow", "-i", "video=" + strings.TrimSpace(m[1])})
	}
	return inputs
}
