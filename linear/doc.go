// Package linear holds models that predict through a linear combination of the
// features: [Regression] by least squares, with the statistics of its estimates,
// [Ridge] and [RidgeCV] with an L2 penalty, [Lasso] and [ElasticNet] with an L1
// penalty, which selects features, along a [Path] or chosen by cross-validation,
// [Logistic] classification and [LogisticCV], and the generalised linear models [Poisson], [Gamma]
// and [Tweedie].
//
// Every estimator takes sample weights and fits an unpenalised intercept unless
// told not to. Penalties are in the units of the data as given: nothing is
// standardised behind the caller's back, though the solvers work in coordinates
// in which columns of very different scale or offset do no harm, and judge
// convergence there.
//
//	fit, err := linear.Logistic{C: 10}.Fit(ctx, train)
//	labels, err := fit.Predict(test.X)
//	probabilities, err := fit.PredictProba(test.X)
//
// # Which one
//
// A number: [Regression] where there are many more samples than features, and its
// Inference where errors of the coefficients are wanted; [RidgeCV] where features say
// nearly the same; [LassoCV] where few of many features matter, and [ElasticNetCV] where
// those come in groups. Counts: [Poisson]; positive amounts: [Gamma], and with zeros
// among them [Tweedie]. A class: [Logistic], whose probabilities can be trusted more
// than most; with L1Ratio 1 it selects features.
//
// # Cost
//
// Least squares and ridge regression take n·p² operations in a pass or two over the
// data, [RidgeCV] p³ more for all penalties together. [Lasso] and [ElasticNet] take
// n·p² too for up to some hundred features, and for more of them a handful of passes
// over those that may matter. [Logistic] takes a few iterations of n·p² operations, or
// more of them of n·p·K where that is cheaper. To predict a row takes p operations.
//
// # Pitfalls
//
// A penalty has the units of the data: put preprocess.StandardScaler before it, in a
// pipeline, unless all features are of one kind. Coefficients of features of different
// scale cannot be compared, and those of features that say nearly the same cannot be
// interpreted one by one. Beyond the range of the training data a straight line goes
// on, rightly or not. Look at Converged of an iterative model; a fit that ends at its
// limit of iterations is no error.
package linear
