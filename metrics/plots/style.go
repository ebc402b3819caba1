package plots

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// Palette holds the colours of classes, models and lines, in the order of their use:
// those of Okabe and Ito (2008), "Color Universal Design", which readers with any of the
// common colour blindnesses tell apart.
var Palette = [...]color.NRGBA{
	{0x00, 0x72, 0xB2, 0xFF}, // blue
	{0xE6, 0x9F, 0x00, 0xFF}, // orange
	{0x00, 0x9E, 0x73, 0xFF}, // bluish green
	{0xCC, 0x79, 0xA7, 0xFF}, // reddish purple
	{0xD5, 0x5E, 0x00, 0xFF}, // vermilion
	{0x56, 0xB4, 0xE9, 0xFF}, // sky blue
	{0x00, 0x00, 0x00, 0xFF}, // black
	{0xF0, 0xE4, 0x42, 0xFF}, // yellow, last because it is faint on white
}

// colorOf returns the colour of class, model or line k, k ≥ 0.
func colorOf(k int) color.NRGBA { return Palette[k%len(Palette)] }

var (
	ink  = color.Gray{0x26} // text and axes
	pale = color.Gray{0xB0} // what is there for reference
)

// mix returns the colour a share of the way from white to c.
func mix(c color.NRGBA, share float64) color.NRGBA {
	share = max(0, min(1, share))
	part := func(v uint8) uint8 { return uint8(255 - share*(255-float64(v)) + 0.5) }
	return color.NRGBA{part(c.R), part(c.G), part(c.B), 0xFF}
}

// readableOn returns black or white, whichever reads better on c.
func readableOn(c color.NRGBA) color.Color {
	if 0.299*float64(c.R)+0.587*float64(c.G)+0.114*float64(c.B) > 140 {
		return color.Black
	}
	return color.White
}

// newPlot returns an empty plot with the package's fonts, a legend at the top right
// beside the axes, and the given texts.
func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text = title
	p.Title.TextStyle.Font = sans(13)
	p.Title.TextStyle.Color = ink
	p.Title.Padding = vg.Points(8)
	for axis, label := range map[*plot.Axis]string{&p.X: x, &p.Y: y} {
		axis.Label.Text = label
		axis.Label.TextStyle.Font = sans(11)
		axis.Label.TextStyle.Color = ink
		axis.Label.Padding = vg.Points(4)
		axis.Tick.Label.Font = sans(9)
		axis.Tick.Label.Color = ink
		axis.Color, axis.Tick.Color = ink, ink
		axis.Tick.Marker = roundTicks{}
		axis.Tick.Length = vg.Points(4)
	}
	p.Legend.TextStyle.Font = sans(10)
	p.Legend.TextStyle.Color = ink
	p.Legend.Top = true
	p.Legend.Padding = vg.Points(3)
	p.Legend.ThumbnailWidth = vg.Points(16)
	p.Legend.YPosition = draw.PosCenter
	p.Add(legendRoom{})
	return p
}

func sans(size float64) font.Font {
	return font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(size)}
}

// legendRoom keeps the room right of the axes free that the legend needs: gonum's own
// legends lie over the data.
type legendRoom struct{}

func (legendRoom) Plot(draw.Canvas, *plot.Plot) {}

func (legendRoom) GlyphBoxes(p *plot.Plot) []plot.GlyphBox {
	width := p.Legend.Rectangle(draw.Canvas{}).Size().X
	if width <= p.Legend.ThumbnailWidth {
		return nil // no entries
	}
	return []plot.GlyphBox{{X: 1, Rectangle: vg.Rectangle{Max: vg.Point{X: width + vg.Points(10)}}}}
}

// pixelsPerInch is the resolution of pictures, the one that gonum's own PNG files have.
const pixelsPerInch = 96

// maxPixels bounds a picture, to 1 GB.
const maxPixels = 1 << 28

// Image draws the plot as a picture of the given size in pixels, which may have 2²⁸ of them.
func Image(p *plot.Plot, width, height int) (img image.Image, err error) {
	if p == nil {
		return nil, errors.New("plots: no plot to draw: nil")
	}
	if width < 1 || height < 1 || width > maxPixels/height {
		return nil, fmt.Errorf("plots: a picture of %d×%d pixels, want from 1 to %d", width, height, maxPixels)
	}
	defer func() {
		// gonum panics on an axis or font that the caller has made impossible.
		if r := recover(); r != nil {
			err = fmt.Errorf("plots: drawing: %v", r)
		}
	}()
	const inch, margin = vg.Inch / pixelsPerInch, vg.Length(6)
	c := vgimg.NewWith(
		vgimg.UseWH(vg.Length(width)*inch, vg.Length(height)*inch),
		vgimg.UseDPI(pixelsPerInch),
	)
	p.Draw(draw.Crop(draw.New(c), margin, -margin, margin, -margin))
	return c.Image(), nil
}

// Save writes the plot as a PNG file of the given size in pixels; 640 by 480 suits all
// plots of this package. For other formats and sizes in length units use the plot's own
// Save.
func Save(p *plot.Plot, width, height int, file string) error {
	img, err := Image(p, width, height)
	if err != nil {
		return err
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := png.Encode(f, img); err != nil {
		f.Close()
		return fmt.Errorf("plots: writing %s: %w", file, err)
	}
	return f.Close()
}
