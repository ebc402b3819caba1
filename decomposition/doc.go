// Package decomposition finds the directions in which data extend: [PCA] about
// their mean, [IncrementalPCA] batch by batch, [TruncatedSVD] about the origin.
//
// Vectors in feature space, such as principal components, are the rows of a
// matrix, leading ones first. Their signs are fixed: the component of largest
// magnitude is positive, the one of lowest index among equals.
//
//	fit, err := decomposition.PCA{Components: 2}.Fit(ctx, iris.Unlabeled())
//	scores, err := fit.Transform(iris.X)
//
// # Which one, and what it costs
//
// PCA for nearly everything: a picture of many features (2 components), fewer
// features for another estimator (a Fraction of the variance), or a model of the
// density. It costs n·p·min(n, p) operations, and far less for a few components of
// more than a thousand features. IncrementalPCA for data that come in batches or do not fit in
// memory. TruncatedSVD for counts, and wherever zero is a value with a meaning, as
// it does not centre.
//
// # Pitfalls
//
// Components follow the units of the features: what is measured in millimetres has a
// million times the variance of the same in metres. Standardise with
// preprocess.StandardScaler unless all features have one unit. A component of
// large variance need not be one that predicts a target. Fitted on all data
// before a cross-validation, components have seen the test samples: put the fit in
// a model.Pipe.
package decomposition
