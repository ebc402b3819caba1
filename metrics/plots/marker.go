package plots

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// marker is a filled point with a thin white rim, so that points that overlap stay
// apart. Its shape follows the class, so that colour is not all there is to tell classes
// by.
type marker struct{ corners []vg.Point } // on the unit circle; none: a circle

// markerOf returns the shape of class k.
func markerOf(k int) marker {
	switch (k + k/len(Palette)) % 6 {
	case 0:
		return marker{}
	case 1:
		return polygon(4, math.Pi/4) // square
	case 2:
		return polygon(3, math.Pi/2) // triangle
	case 3:
		return polygon(4, 0) // diamond
	case 4:
		return polygon(3, -math.Pi/2) // triangle on its tip
	}
	return polygon(5, math.Pi/2)
}

func polygon(n int, angle float64) marker {
	var m marker
	for i := range n {
		sin, cos := math.Sincos(angle + 2*math.Pi*float64(i)/float64(n))
		m.corners = append(m.corners, vg.Point{X: vg.Length(cos), Y: vg.Length(sin)})
	}
	return m
}

// DrawGlyph implements draw.GlyphDrawer.
func (m marker) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	path := m.path(style.Radius, at)
	c.SetColor(style.Color)
	c.Fill(path)
	c.SetLineStyle(draw.LineStyle{Color: color.White, Width: vg.Points(0.5)})
	c.Stroke(path)
}

func (m marker) path(radius vg.Length, at vg.Point) vg.Path {
	var path vg.Path
	if m.corners == nil {
		path.Move(vg.Point{X: at.X + radius, Y: at.Y})
		path.Arc(at, radius, 0, 2*math.Pi)
		path.Close()
		return path
	}
	// A polygon covers less than its circle: enlarged, it looks as big.
	radius *= 1.25
	for i, corner := range m.corners {
		p := vg.Point{X: at.X + radius*corner.X, Y: at.Y + radius*corner.Y}
		if i == 0 {
			path.Move(p)
		} else {
			path.Line(p)
		}
	}
	path.Close()
	return path
}

// ring is an open black circle around a point.
type ring struct{}

// DrawGlyph implements draw.GlyphDrawer.
func (ring) DrawGlyph(c *draw.Canvas, style draw.GlyphStyle, at vg.Point) {
	c.SetLineStyle(draw.LineStyle{Color: style.Color, Width: vg.Points(1)})
	c.Stroke(marker{}.path(style.Radius, at))
}

// scatterOf returns the points as a plotter with the colour and shape of class k.
func scatterOf(points plotter.XYs, k int) *plotter.Scatter {
	return &plotter.Scatter{
		XYs:        points,
		GlyphStyle: draw.GlyphStyle{Color: colorOf(k), Radius: pointRadius(len(points)), Shape: markerOf(k)},
	}
}

// pointRadius shrinks points where there are many.
func pointRadius(n int) vg.Length {
	switch {
	case n <= 500:
		return vg.Points(3)
	case n <= 5000:
		return vg.Points(2)
	}
	return vg.Points(1.3)
}
