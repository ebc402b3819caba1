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
// # Which one
//
// Data: [Scatter], [Components] and [Biplot] for many features. Classifiers:
// [DecisionRegions] over two features, [Confusion], [ROC] or for a rare class
// [PrecisionRecall], [Calibration]; [Tree] for a single tree. Regressions:
// [PredictedActual], [Residuals], [CoefficientPaths]. What a model goes by:
// [Importances]. Clusters: [Elbow], [SilhouetteBars]; components: [Scree]. What is unusual:
// [DecisionContours]. Choosing: [ScoreBoxes], [LearningCurve], [ValidationCurve]. [Mark]
// rings samples in a picture, and [Panels] puts several pictures into one.
//
// # Pitfalls
//
// Regions and contours take 57,600 predictions, which of a large support vector machine
// takes a while, and show a plane: features beyond the two are held at their means, so
// that a sample may lie in a region of another class and yet be predicted rightly. Fit
// the model on the two features alone where that matters.
//
// The package takes models through small interfaces and imports none of the estimators.
package plots
