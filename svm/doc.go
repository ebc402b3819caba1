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
// ThunderSVM; Joachims 1998, Making large-scale SVM learning practical), and
// sped up by conjugate directions (Torres-Barrán, Alaíz and Dorronsoro 2021, Faster
// SVM training via conjugate SMO). It stops
// where LIBSVM does (Chang and Lin 2011, LIBSVM: a library for support vector
// machines, §4.1): when no pair of variables violates the optimality conditions
// by more than Tol.
//
// # Which one
//
// [Classifier] with its Gaussian kernel for up to some ten thousand samples, where the
// boundary bends; [LinearClassifier] for more samples, or for more features than
// samples, where it hardly does. The ν forms bound the share of errors and of support
// vectors where the others price them: easier to choose, and in [NuRegressor] it
// replaces the width of the tube, which has the units of the target. [OneClass] where
// there are samples of one class only, to find what is unlike them.
//
// # Cost
//
// A kernel machine takes p·n² operations or more, growing with C, and its predictions p
// per support vector, of which there are the more the less the classes can be told
// apart. Probability makes a fit five times as expensive. A linear machine takes n·p²
// once and n·p a few times, or n·p per pass, and p for a prediction.
//
// # Pitfalls
//
// Features must be of similar scale: a kernel compares all of them alike, so that one
// with large numbers decides alone. Put preprocess.StandardScaler before the machine, in
// a pipeline. C and γ depend on each other: search both, in steps of a factor of ten
// at first. Decision values are no probabilities, and those that Probability gives may
// disagree with the labels.
package svm
