package sample

// This file: what cameras, paper and bad settings do to a code.

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
)

// Gray returns the brightness of a picture, with its corner at 0, 0.
func Gray(img image.Image) *image.Gray {
	b := img.Bounds()
	out := image.NewGray(image.Rect(0, 0, b.Dx(), b.Dy()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			out.Set(x, y, img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}

// at returns the brightness at a place, interpolated; white outside.
func at(img *image.Gray, x, y float64) float64 {
	x, y = x-0.5, y-0.5
	ix, iy := math.Floor(x), math.Floor(y)
	fx, fy := x-ix, y-iy
	px := func(x, y int) float64 {
		if !image.Pt(x, y).In(img.Rect) {
			return 255
		}
		return float64(img.Pix[y*img.Stride+x])
	}
	i, j := int(ix), int(iy)
	return (px(i, j)*(1-fx)+px(i+1, j)*fx)*(1-fy) + (px(i, j+1)*(1-fx)+px(i+1, j+1)*fx)*fy
}

// Warped draws a picture of another size whose pixels come from the places that
// from gives, the mean of four of them.
func Warped(img *image.Gray, width, height int, from func(x, y float64) (float64, float64)) *image.Gray {
	out := image.NewGray(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			sum := 0.0
			for _, d := range [4][2]float64{{.25, .25}, {.75, .25}, {.25, .75}, {.75, .75}} {
				u, v := from(float64(x)+d[0], float64(y)+d[1])
				sum += at(img, u, v)
			}
			out.Pix[y*out.Stride+x] = uint8(sum/4 + 0.5)
		}
	}
	return out
}

// Perspective shows a picture from the side: g and h are how much nearer the right
// and the lower edge are, 0 to 0.6 or so, and angle turns it, in radians.
func Perspective(img *image.Gray, g, h, angle float64) *image.Gray {
	w, k := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	sin, cos := math.Sincos(angle)
	return Warped(img, img.Rect.Dx()*5/4, img.Rect.Dy()*5/4, func(x, y float64) (float64, float64) {
		x, y = (x-w*5/8)/w*1.5, (y-k*5/8)/k*1.5
		x, y = x*cos+y*sin, y*cos-x*sin
		d := 1 + g*x + h*y
		return (x/d + 0.5) * w, (y/d + 0.5) * k
	})
}

// Curved bends a picture around a bottle: by is how much, 0 to 1.3 or so.
func Curved(img *image.Gray, by float64) *image.Gray {
	w, k := float64(img.Rect.Dx()), float64(img.Rect.Dy())
	return Warped(img, img.Rect.Dx(), img.Rect.Dy(), func(x, y float64) (float64, float64) {
		x = (x/w - 0.5) * 2
		bent := math.Asin(x*math.Sin(by)) / by
		return (bent/2 + 0.5) * w, y + k*0.12*by*(1-x*x) - k*0.06
	})
}

// Rumpled moves every place a little, as cloth does: by pixels at most.
func Rumpled(img *image.Gray, by float64, random *rand.Rand) *image.Gray {
	size := float64(img.Rect.Dx())
	var f [8]float64
	for i := range f {
		f[i] = random.Float64()
	}
	return Warped(img, img.Rect.Dx(), img.Rect.Dy(), func(x, y float64) (float64, float64) {
		u, v := 2*math.Pi*x/size, 2*math.Pi*y/size
		return x + by*(math.Sin(u*(0.6+f[0])+v*f[1]*0.8+6*f[2])+0.5*math.Sin(v*(1+f[3])+6*f[4])),
			y + by*(math.Sin(v*(0.6+f[5])+u*f[6]*0.8+6*f[7])+0.5*math.Sin(u*(1+f[1])+6*f[3]))
	})
}

// Blurred is a picture out of focus, by a Gaussian of sigma pixels.
func Blurred(img *image.Gray, sigma float64) *image.Gray {
	radius := int(3*sigma) + 1
	kernel := make([]float64, 2*radius+1)
	sum := 0.0
	for i := range kernel {
		d := float64(i - radius)
		kernel[i] = math.Exp(-d * d / (2 * sigma * sigma))
		sum += kernel[i]
	}
	pass := func(img *image.Gray, dx, dy int) *image.Gray {
		out := image.NewGray(img.Rect)
		for y := range img.Rect.Dy() {
			for x := range img.Rect.Dx() {
				v := 0.0
				for i, k := range kernel {
					px := min(max(x+(i-radius)*dx, 0), img.Rect.Dx()-1)
					py := min(max(y+(i-radius)*dy, 0), img.Rect.Dy()-1)
					v += k * float64(img.Pix[py*img.Stride+px])
				}
				out.Pix[y*out.Stride+x] = uint8(v/sum + 0.5)
			}
		}
		return out
	}
	return pass(pass(img, 1, 0), 0, 1)
}

// Shaken is a picture blurred along a line, length pixels long.
func Shaken(img *image.Gray, length, angle float64) *image.Gray {
	sin, cos := math.Sincos(angle)
	out := image.NewGray(img.Rect)
	const steps = 24
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			sum := 0.0
			for i := range steps {
				d := (float64(i)/(steps-1) - 0.5) * length
				sum += at(img, float64(x)+0.5+d*cos, float64(y)+0.5+d*sin)
			}
			out.Pix[y*out.Stride+x] = uint8(sum / steps)
		}
	}
	return out
}

// Each changes every pixel; x and y are 0 to 1.
func Each(img *image.Gray, change func(v, x, y float64) float64) *image.Gray {
	out := image.NewGray(img.Rect)
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			v := change(float64(img.Pix[y*img.Stride+x]), float64(x)/float64(img.Rect.Dx()), float64(y)/float64(img.Rect.Dy()))
			out.Pix[y*out.Stride+x] = uint8(min(max(v, 0), 255))
		}
	}
	return out
}

// Noisy adds the noise of a dark room, of sigma brightness.
func Noisy(img *image.Gray, sigma float64, random *rand.Rand) *image.Gray {
	return Each(img, func(v, _, _ float64) float64 { return v + sigma*random.NormFloat64() })
}

// Speckled makes a part of the pixels black or white.
func Speckled(img *image.Gray, part float64, random *rand.Rand) *image.Gray {
	return Each(img, func(v, _, _ float64) float64 {
		if random.Float64() < part {
			return float64(random.IntN(2) * 255)
		}
		return v
	})
}

// Blotted paints blots, each radius of the picture's size wide.
func Blotted(img *image.Gray, n int, radius float64, random *rand.Rand) *image.Gray {
	out := image.NewGray(img.Rect)
	copy(out.Pix, img.Pix)
	size := float64(img.Rect.Dx())
	for range n {
		cx, cy := random.Float64()*size, random.Float64()*size
		c := color.Gray{uint8(random.IntN(2) * 255)}
		for y := range img.Rect.Dy() {
			for x := range img.Rect.Dx() {
				if math.Hypot(float64(x)-cx, float64(y)-cy) < radius*size {
					out.SetGray(x, y, c)
				}
			}
		}
	}
	return out
}

// Random returns numbers that are the same at every run.
func Random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 1)) }
