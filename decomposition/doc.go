// Package decomposition finds the directions in which data extend: [PCA] about
// their mean, [IncrementalPCA] batch by batch, [TruncatedSVD] about the origin.
//
// Vectors in feature space, such as principal components, are the rows of a
// matrix, leading ones first. Their signs are fixed: the component of largest
// magnitude is positive, the one of lowest index among equals.
//
//	fit, err := decomposition.PCA{Components: 2}.Fit(ctx, iris.Unlabeled())
//	scores, err := fit.Transform(iris.X)
package decomposition
