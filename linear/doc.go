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
package linear
