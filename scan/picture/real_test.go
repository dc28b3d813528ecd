package picture_test

// This file: drawings and pictures that programs of other people make, and what
// rsvg-convert makes of the same drawings.

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"nod/scan"
	"nod/scan/picture"
	"nod/scan/sample"
)

// need skips the test without a program, or fails it when NOD_TEST_REAL=1.
func need(t *testing.T, program, pkg string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		missing(t, program, pkg)
	}
}

func missing(t *testing.T, what, pkg string) {
	t.Helper()
	if os.Getenv("NOD_TEST_REAL") == "1" {
		t.Fatalf("%s is missing: install the package %s", what, pkg)
	}
	t.Skipf("%s is missing: the package %s is not installed", what, pkg)
}

func run(t *testing.T, stdin []byte, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin = bytes.NewReader(stdin)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, errs.String())
	}
	return out
}

func read(t *testing.T, data []byte) {
	t.Helper()
	res, err := scan.Image(bytes.NewReader(data))
	if err != nil || len(res.Codes) != 1 || res.Codes[0].Text != sample.Link {
		t.Errorf("%v, %v", res, err)
	}
}

func TestQrencode(t *testing.T) {
	need(t, "qrencode", "qrencode")
	for _, options := range [][]string{
		nil, {"--rle"}, {"--svg-path"}, {"--inline"}, {"--foreground=ffffff", "--background=202020"}, {"-s", "9", "-m", "1"},
	} {
		t.Run(strings.Join(options, " "), func(t *testing.T) {
			data := run(t, nil, "qrencode", append([]string{"-t", "SVG", "-o", "-", sample.Link}, options...)...)
			read(t, data)
			likeRsvg(t, data)
		})
	}
}

// pythons write drawings of Debian's Python modules into the directory argv[1].
var pythons = map[string]string{
	"qrcode": `
import sys, qrcode, qrcode.image.svg as svg
for name in ["SvgImage", "SvgFragmentImage", "SvgPathImage", "SvgFillImage", "SvgPathFillImage"]:
    qrcode.make(sys.argv[2], image_factory=getattr(svg, name)).save(sys.argv[1] + "/" + name + ".svg")
try:
    import qrcode.image.styles.moduledrawers.svg as drawers
    for name, factory in [("SvgCircleDrawer", svg.SvgImage), ("SvgPathCircleDrawer", svg.SvgPathImage)]:
        code = qrcode.QRCode()
        code.add_data(sys.argv[2])
        code.make_image(image_factory=factory, module_drawer=getattr(drawers, name)()).save(sys.argv[1] + "/" + name + ".svg")
except ImportError:
    pass # an older version
`,
	"segno": `
import sys, segno
code, to = segno.make(sys.argv[2]), sys.argv[1] + "/"
code.save(to + "plain.svg")
code.save(to + "scaled.svg", scale=5)
code.save(to + "unit.svg", scale=2, unit="mm")
code.save(to + "colours.svg", dark="darkblue", light="#eee", data_dark="green", finder_dark="#0a0a0a")
code.save(to + "packed.svgz", scale=4)
code.save(to + "tight.svg", omitsize=True, xmldecl=False, svgns=False)
open(to + "inline.svg", "w").write(code.svg_inline(scale=3))
open(to + "svg.txt", "w").write(code.svg_data_uri())
open(to + "png.txt", "w").write(code.png_data_uri(scale=4))
`,
}

func TestPython(t *testing.T) {
	const python = "/usr/bin/python3"
	need(t, python, "python3")
	for module, script := range pythons {
		t.Run(module, func(t *testing.T) {
			if exec.Command(python, "-c", "import "+module).Run() != nil {
				missing(t, "Python's module "+module, "python3-"+module)
			}
			dir := t.TempDir()
			run(t, nil, python, "-c", script, dir, sample.Link)
			files, err := filepath.Glob(dir + "/*")
			if err != nil || len(files) < 5 {
				t.Fatal(files, err)
			}
			for _, path := range files {
				t.Run(filepath.Base(path), func(t *testing.T) {
					data, err := os.ReadFile(path)
					if err != nil {
						t.Fatal(err)
					}
					read(t, data)
					if filepath.Ext(path) == ".svg" && !strings.Contains(path, "inline") {
						likeRsvg(t, data)
					}
				})
			}
		})
	}
}

// likeRsvg checks that a drawing looks as rsvg-convert draws it.
func likeRsvg(t *testing.T, data []byte) {
	t.Helper()
	need(t, "rsvg-convert", "librsvg2-bin")
	p, err := picture.Load(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	out := run(t, data, "rsvg-convert", "-w", strconv.Itoa(p.Width), "-h", strconv.Itoa(p.Height))
	want, err := png.Decode(bytes.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	if d := difference(p.Frames[0], want); d > 3 {
		t.Errorf("differs from rsvg-convert by %.1f of 255", d)
	}
}

// TestShapesLikeRsvg draws shapes that codes with styles have.
func TestShapesLikeRsvg(t *testing.T) {
	need(t, "rsvg-convert", "librsvg2-bin")
	for name, body := range map[string]string{
		"arcs":   `<path d="M2 5A3 2 30 1 0 8 6A1 1 0 0 1 2 5zM1 1a1 1 0 1 1 2 0a1 1 0 11-2 0"/>`,
		"curves": `<path d="M1 1C5 0 5 9 9 9S1 9 1 5zM1 9Q5 5 9 9T9 5z" fill="#f80" stroke="green" stroke-width=".3"/>`,
		"clip":   `<clipPath id="k"><circle cx="3" cy="3" r="2"/><rect x="5" y="5" width="3" height="3"/></clipPath><rect width="10" height="10" fill="navy" clip-path="url(#k)"/>`,
		"nested": `<g transform="rotate(20 5 5) skewX(10)"><svg x="1" y="2" width="6" height="4" viewBox="0 0 3 4"><rect width="3" height="4" rx="1"/></svg></g>`,
		"faint":  `<g opacity=".5"><rect width="5" height="5" fill-opacity=".5"/><rect x="5" width="5" height="5" fill="rgba(255,0,0,.5)"/></g>`,
		"frames": `<rect x="1" y="1" width="8" height="8" fill="none" stroke="#000"/><path fill-rule="evenodd" d="M2 2h6v6h-6zM3 3h4v4h-4z"/>`,
	} {
		t.Run(name, func(t *testing.T) {
			likeRsvg(t, []byte(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">`+body+`</svg>`))
		})
	}
}

// difference is the mean of how much two pictures differ on white.
func difference(a, b image.Image) float64 {
	if a.Bounds().Size() != b.Bounds().Size() {
		return 255
	}
	sum := 0
	onWhite := func(m image.Image) *image.RGBA {
		out := image.NewRGBA(image.Rectangle{Max: m.Bounds().Size()})
		draw.Draw(out, out.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
		draw.Draw(out, out.Rect, m, m.Bounds().Min, draw.Over)
		return out
	}
	p, q := onWhite(a).Pix, onWhite(b).Pix
	for i := range p {
		sum += max(int(p[i])-int(q[i]), int(q[i])-int(p[i]))
	}
	return float64(sum) / float64(len(p)) * 4 / 3
}

// TestImageMagick reads a picture in all the kinds of files that it writes.
func TestImageMagick(t *testing.T) {
	need(t, "convert", "imagemagick")
	img := sample.Page(300, 200, map[image.Point]image.Image{{60, 60}: sample.Code(t, "a", 60)})
	sample.Fill(img, image.Rect(200, 80, 260, 140), color.RGBA{200, 30, 30, 255})
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{
		"png:-", "-interlace PNG png:-", "-depth 16 png48:-", "-colors 16 png8:-", "-colorspace Gray -depth 4 png:-",
		"-quality 95 jpeg:-", "-quality 95 -interlace JPEG jpeg:-", "-quality 95 -sampling-factor 4:4:4 jpeg:-",
		"-quality 95 -sampling-factor 4:2:2 jpeg:-", "-quality 95 -colorspace CMYK jpeg:-", "-quality 95 -colorspace RGB -set colorspace sRGB jpeg:-",
		"gif:-", "-interlace GIF gif:-", "-quality 95 webp:-", "-define webp:lossless=true webp:-",
		"bmp:-", "bmp2:-", "bmp3:-", "-compress RLE -colors 200 bmp:-", "-alpha set bmp:-", "-define bmp:subtype=RGB565 bmp:-", "-monochrome bmp:-",
		"-compress None tiff:-", "-compress LZW tiff:-", "-compress Zip tiff:-", "-compress RLE tiff:-", "-depth 16 tiff:-",
		"-define tiff:tile-geometry=64x64 tiff:-", "-monochrome -compress Group4 tiff:-", "-endian MSB tiff:-",
		"ppm:-", "-compress None ppm:-", "-depth 16 ppm:-", "pgm:-", "-compress None pgm:-", "-monochrome pbm:-", "-monochrome -compress None pbm:-", "pam:-",
		"-resize 200x ico:-",
	} {
		t.Run(kind, func(t *testing.T) {
			data := run(t, b.Bytes(), "convert", append([]string{"png:-"}, strings.Fields(kind)...)...)
			p, err := picture.Load(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			format := kind[strings.LastIndex(kind, " ")+1:]
			back := run(t, data, "convert", format, "-colorspace", "sRGB", "png:-")
			want, err := png.Decode(bytes.NewReader(back))
			if err != nil {
				t.Fatal(err)
			}
			if grey, ok := p.Frames[0].(*image.Gray); ok { // of a PNG there is no more
				in := image.NewGray(grey.Rect)
				draw.Draw(in, in.Rect, want, want.Bounds().Min, draw.Src)
				want = in
			}
			limit := 2.0
			if strings.Contains(kind, "CMYK") {
				limit = 25 // it knows which inks there are
			}
			if d := difference(p.Frames[0], want); d > limit {
				t.Errorf("differs from ImageMagick by %.1f of 255", d)
			}
		})
	}
}
