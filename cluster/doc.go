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
package cluster
