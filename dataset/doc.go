// Package dataset holds the table that everything in the library works on, and
// ways to get one: in memory, from CSV, bundled, or generated.
//
// A [Dataset] is a matrix X of n samples by p features with a target per sample.
// What the target is, is part of its type: [Regression] has real numbers,
// [Classification] class indices, [Unlabeled] nothing, so that the compiler
// rejects a classifier fitted on regression targets.
//
//	ds, err := dataset.FromRows([][]float64{{1, 2}, {3, 4}, {5, 6}}, []int{0, 1, 1})
//	ds.Classes = []string{"no", "yes"}
//	train, test := ds.Split(0.75, 42)
//
// Labels that are text become class indices by [EncodeClasses].
//
// [CSV] reads tables as text, [Iris] and its siblings come with the library, and
// [MakeBlobs] and its siblings make up what an experiment needs:
//
//	iris := dataset.Iris()
//	own, err := dataset.CSV{Target: "species"}.ReadClassificationFile("flowers.csv")
//	moons, err := dataset.MakeMoons(dataset.Moons{Samples: 500, Noise: 0.2, Seed: 1})
//
// Names of features, classes and categorical values stand in the embedded
// [Schema] and are optional. Data are never changed by the library; what is unfit
// is refused with an error that wraps one of [ErrEmpty], [ErrShape],
// [ErrNotFinite], [ErrWeights], [ErrClasses] and [ErrLevel] and names the place.
//
// # Cost
//
// [New] shares the matrix, and Unlabeled what it is made from; FromRows, Split and
// Subset copy. To validate takes a pass over the data.
//
// # Pitfalls
//
// A column of text is categorical: its cells become indices of levels, which most
// estimators would take for numbers; put preprocess.OneHot before them. An empty cell
// is missing, NaN, which trees take and others refuse. Split is random, which is wrong
// for samples that follow each other in time or belong together: see
// model.TimeSeriesSplit and model.GroupKFold. What [Iris] and its siblings return is a
// copy of one's own.
package dataset
