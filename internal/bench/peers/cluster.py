"""Clustering."""

from work import fitting, work


@work("sklearn", "intelex")
def kmeans(case, iterations, tol):
    KMeans = case.module("cluster").KMeans
    k = len(case.centers)
    new = lambda: KMeans(k, init=case.centers, n_init=1, max_iter=iterations, tol=tol, algorithm="lloyd")
    return fitting(lambda: new().fit(case.X), lambda model: {"centers": model.cluster_centers_})


@work("sklearn")
def kmeans_plusplus(case, k):
    from sklearn.cluster import kmeans_plusplus

    return fitting(lambda: kmeans_plusplus(case.X, k, random_state=0), lambda chosen: {"centers": chosen[0]})
