// Package preprocess makes tables fit for estimators: it scales, encodes, fills
// in and selects features.
//
// Every transformer is fitted like an estimator, on unlabeled data or, where it
// looks at the target, on labelled ones, and its model is a [model.Transformer];
// most have an inverse, and all transform a single row. As a step of a
// [model.Pipe] it is fitted on training samples only:
//
//	fit, err := model.Pipe(preprocess.StandardScaler{}, linear.Logistic{}).Fit(ctx, train)
//
// # Which one
//
// [StandardScaler] before anything that compares or penalises features alike:
// support vector machines, k-means, penalised linear models, principal components.
// Trees need no scaling. [MinMaxScaler] where all features are of one kind, such
// as pixels; [MaxAbsScaler] where zero has to stay zero; [RobustScaler] where outliers
// would decide about the standard deviation. [PowerTransformer] and
// [QuantileTransformer] for features that are skewed.
//
// [OneHot] for categories without order, [Ordinal] for those with one; trees need
// neither. Where there are many categories, let the rare ones share a feature by
// MinFrequency. [SimpleImputer] where the estimator refuses missing values; add its
// Indicator if it may matter that a value is missing. [KBins] and
// [PolynomialFeatures] let a linear model bend. [SelectKBest] looks at one feature at
// a time: two that tell only together are both left out.
//
// # Pitfalls
//
// A transformer that is fitted on all data before a cross-validation has seen the
// test samples, and selection by the target then makes noise look like a signal:
// put it in a pipeline. A sample of weight w counts as w copies, for quantiles and
// tests too; weights with a mean below one, such as shares of a whole, are divided by
// their mean for that. PolynomialFeatures makes (p+d)!/(p!·d!) features of p.
//
// All transformers take a pass or two over the data, O(n·p), and those that need quantiles
// sort, O(n·log n·p).
package preprocess
