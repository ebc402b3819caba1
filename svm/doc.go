// Package svm holds support vector machines: [Classifier] and [NuClassifier] for
// two or more classes, [Regressor] and [NuRegressor], and [OneClass] for finding
// outliers; and [LinearClassifier] and [LinearRegressor], which learn linear machines
// without kernels, in time linear in the samples.
//
//	fit, err := svm.Classifier{C: 10}.Fit(ctx, train)
//	labels, err := fit.Predict(test.X)
//
// All kernel machines are trained by one solver: sequential minimal optimisation with
// second-order choice of the pairs (Fan, Chen and Lin 2005, Working set selection
// using second order information for training support vector machines), run on
// blocks of a few hundred variables whose kernel rows are computed together, as
// matrix products, and kept in a cache of bounded size (Wen et al. 2018,
// ThunderSVM; Joachims 1998, Making large-scale SVM learning practical). It stops
// where LIBSVM does (Chang and Lin 2011, LIBSVM: a library for support vector
// machines, §4.1): when no pair of variables violates the optimality conditions
// by more than Tol.
//
// Features should be of similar scale, as package dataset/preprocess makes them:
// kernels compare all of them alike.
package svm
