// Package preprocess makes tables fit for estimators: it scales, encodes, fills
// in and selects features.
//
// Every transformer is fitted like an estimator, on unlabeled data or, where it
// looks at the target, on labelled ones, and its model is a [model.Transformer];
// most have an inverse, and all transform a single row. As a step of a
// [model.Pipe] it is fitted on training samples only:
//
//	fit, err := model.Pipe(preprocess.StandardScaler{}, linear.Logistic{}).Fit(ctx, train)
package preprocess
