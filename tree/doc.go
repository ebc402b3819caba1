// Package tree learns decision trees.
//
// [Classifier] and [Regressor] grow one tree by CART (Breiman, Friedman, Olshen and Stone,
// Classification and Regression Trees, 1984): a node is split where the
// impurity of its two sides is least, over all features and all cuts between
// distinct values, until it is pure or a limit is met.
//
// [ForestClassifier], [ForestRegressor], [ExtraTreesClassifier] and
// [ExtraTreesRegressor] average many such trees, grown in parallel.
//
// [BoostingClassifier] and [BoostingRegressor] add up small trees, each of which
// makes good what those before it left, on histograms of at most 255 bins.
//
//	fit, err := tree.Classifier{MaxDepth: 3}.Fit(ctx, train)
//	labels, err := fit.Predict(test.X)
//	fmt.Print(fit)
//
// Splits of single trees and forests are exact. Sums over samples are kept in integers, so that a partition
// has one gain, bit for bit, whatever feature makes it and in whatever order the
// samples come; between equal gains the lower feature wins, then the lower
// threshold. A tree is therefore, unless it draws at random, a function of the data as a set: permuting the
// rows or writing a repeated row as a weight changes nothing. It is the same at
// every GOMAXPROCS.
//
// A missing value is NaN. Training sends the missing values of a feature to the
// side where they lower the impurity more; where a node met none, they follow
// the larger side.
//
// # Which one
//
// [BoostingClassifier] and [BoostingRegressor] for most tables of more than a thousand
// samples. Forests where there are fewer, or no time to tune anything: their defaults
// are hard to spoil, and extra trees are the cheaper kind. A single tree of small
// MaxDepth to explain a decision; plots.Tree draws it.
//
// # Cost
//
// A single tree sorts each feature, p·n·log n, and looks at all samples per level, p·n.
// A forest takes that per tree, of √p features for classes and all of them for numbers,
// on all cores. Boosting takes p·n per iteration, and per class if there are more than
// two. A prediction takes the depth of each tree.
//
// # Pitfalls
//
// A single tree without limits learns its training data by heart: set MaxDepth or
// MinSamplesLeaf, or prune with CCPAlpha. Trees do not extrapolate: beyond the data they
// predict what they saw at its edge. FeatureImportances favour features of many values
// and say nothing of samples not seen; model.PermutationImportance does. A category of
// many levels, which a split divides into any two sets, is learned by heart as well: let
// the rare levels be one. The more iterations boosting has, the smaller its LearningRate
// should be, and EarlyStopping, which is off by default, finds how many.
package tree
