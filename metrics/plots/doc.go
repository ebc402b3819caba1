// Package plots draws data, models and scores with gonum/plot.
//
// Every function returns a *plot.Plot that the caller may still change: set
// p.Title.Text, rename an axis, add plotters or legend entries. [Save] writes it as a
// PNG file of so many pixels:
//
//	p, err := plots.Scatter(dataset.Iris(), 2, 3)
//	p.Title.Text = "Iris"
//	err = plots.Save(p, 640, 480, "iris.png")
//
// All plots are made to be read at 640 by 480 pixels. Colours are those of [Palette],
// which readers with colour blindness can tell apart, and where classes are told by
// colour they have shapes of their own as well. The legend stands beside the axes, in
// room that is kept for it and grows with its entries, and hides nothing.
//
// The package takes models through small interfaces and imports none of the estimators.
package plots
