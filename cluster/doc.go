// Package cluster divides unlabeled samples into groups.
//
//	fit, err := cluster.KMeans{K: 3}.Fit(ctx, iris.Unlabeled())
//	fmt.Println(fit.Inertia, fit.Labels)
//
// [KMeans] finds compact clusters of similar size around their means. It needs the
// number of clusters: try several and look at the inertia, or at
// metrics.Silhouette. Scale the features first (preprocess.StandardScaler), as
// those with a large variance dominate the distance. [MiniBatchKMeans] does nearly
// as well on data too large for KMeans.
//
// [GaussianMixture] allows for clusters of different size, elongated and overlapping,
// gives each sample the probability of each cluster, and estimates the density.
// Compare numbers of clusters and forms of covariance by its BIC.
//
// [DBSCAN] finds clusters of any shape, and how many there are, as regions that are
// denser than a given limit; samples outside are noise.
//
// # Cost
//
// An iteration of k-means takes n·K·p operations at most, and far fewer once bounds tell
// which centres need no look; a batch of [MiniBatchKMeans] the same with n the size of
// the batch. An iteration of a mixture takes n·K·p², or n·K·p with diagonal covariances.
// [DBSCAN] takes n·log n for few features, up to n²·p for 8 or more.
//
// # Pitfalls
//
// k-means finds K round clusters whether or not there are any, and a start may end in a
// poor optimum: more Restarts help. Inertia falls with every further cluster, and
// likelihood rises: neither chooses their number by itself. A mixture may let a component
// shrink onto few samples; RegCovar holds it open. Eps of DBSCAN has the units of the
// features. The numbers of clusters mean nothing: compare divisions with
// metrics.AdjustedRand.
package cluster
