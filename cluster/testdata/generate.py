"""Writes what scikit-learn finds: kmeans.json, mini_batch.json, restarts.json, mixture.json and dbscan.json.

Run in this folder with the environment of internal/bench/peers/setup.
"""

import json
import warnings

import numpy as np
import sklearn
from sklearn import datasets
from sklearn.cluster import DBSCAN, KMeans, MiniBatchKMeans, kmeans_plusplus
from sklearn.mixture import GaussianMixture


def case(name, data, first, weights=None, tol=1e-4, max_iter=300):
    x = getattr(datasets, "load_" + data)().data
    fit = KMeans(len(first), init=x[first], n_init=1, tol=tol, max_iter=max_iter, algorithm="lloyd")
    w = None if weights is None else np.arange(len(x)) % weights
    fit.fit(x, sample_weight=w)
    return {
        "name": name,
        "data": data,
        "first": first,
        "weights": weights or 0,  # weight of row i is i mod this, if not 0
        "tol": tol,
        "max_iter": max_iter,
        "iterations": int(fit.n_iter_),
        "inertia": float(fit.inertia_),
        "centers": fit.cluster_centers_.tolist() if x.shape[1] < 20 else None,
        "labels": fit.labels_.tolist(),
    }


cases = [
    case("iris", "iris", [0, 60, 120]),
    case("iris from one species", "iris", [0, 1, 2, 3]),
    case("iris with weights", "iris", [0, 60, 120], weights=4),
    case("iris, two iterations", "iris", [0, 1, 2], max_iter=2),
    # The second centre is the first again: its cluster is empty and takes the
    # sample that is farthest away.
    case("iris with an empty cluster", "iris", [101, 142, 0]),
    case("iris with two empty clusters", "iris", [101, 142, 142, 0]),
    case("wine", "wine", [0, 60, 140, 100]),
    case("breast cancer", "breast_cancer", [0, 20, 40, 60, 80]),
    case("digits", "digits", list(range(10))),
    case("digits to the end", "digits", list(range(10, 40)), tol=0),
]

with open("kmeans.json", "w") as f:
    json.dump({"sklearn": sklearn.__version__, "cases": cases}, f, indent=None, separators=(",", ":"))
    f.write("\n")


# mini_batch.json: centres after each batch of the rows in turn, from given
# centres and without reassignment.


def mini_batch(data, first, size, weights=None):
    x = getattr(datasets, "load_" + data)().data
    w = np.ones(len(x)) if weights is None else np.arange(len(x)) % weights + 1.0
    fit = MiniBatchKMeans(len(first), init=x[first], n_init=1, reassignment_ratio=0, random_state=0)
    centers = []
    for at in range(0, len(x), size):
        fit.partial_fit(x[at : at + size], sample_weight=w[at : at + size])
        centers.append(fit.cluster_centers_.tolist())
    return {"data": data, "first": first, "size": size, "weights": weights or 0, "centers": centers, "labels": fit.predict(x).tolist()}


with open("mini_batch.json", "w") as f:
    cases = [mini_batch("iris", [0, 60, 120], 25), mini_batch("iris", [0, 60, 61, 120], 40, weights=3), mini_batch("wine", [0, 70, 150, 100], 30)]
    json.dump({"sklearn": sklearn.__version__, "cases": cases}, f, indent=None, separators=(",", ":"))
    f.write("\n")


# restarts.json: what single runs from k-means++ reach, and the inertia of the
# centres that k-means++ draws, for many seeds.


def restarts(data, k, weights=None, runs=300):
    x = getattr(datasets, "load_" + data)().data
    w = np.ones(len(x)) if weights is None else np.arange(len(x)) % weights + 1.0
    first, last = [], []
    for seed in range(runs):
        centers, _ = kmeans_plusplus(x, k, sample_weight=w, random_state=seed)
        square = ((x[:, None, :] - centers) ** 2).sum(axis=2).min(axis=1)
        first.append(float(f"{w @ square:.10g}"))
        fit = KMeans(k, n_init=1, random_state=seed).fit(x, sample_weight=w)
        last.append(float(f"{fit.inertia_:.10g}"))
    return {"data": data, "k": k, "weights": weights or 0, "first": sorted(first), "last": sorted(last)}


with open("restarts.json", "w") as f:
    sets = [restarts("digits", 10), restarts("iris", 6, weights=3), restarts("wine", 25)]
    json.dump({"sklearn": sklearn.__version__, "sets": sets}, f, indent=None, separators=(",", ":"))
    f.write("\n")


# mixture.json: GaussianMixture from given parameters, after a fixed number of
# iterations and at convergence. The first means are rows of the data, the first
# weights equal, the first precisions those of the whole data.


def mixture(name, data, covariance, first, max_iter, tol):
    x = getattr(datasets, "load_" + data)().data
    k, p = len(first), x.shape[1]
    precision = {
        "full": np.tile(np.diag(1 / x.var(0)), (k, 1, 1)),
        "tied": np.diag(1 / x.var(0)),
        "diag": np.tile(1 / x.var(0), (k, 1)),
        "spherical": np.full(k, 1 / x.var(0).mean()),
    }[covariance]
    fit = GaussianMixture(
        k, covariance_type=covariance, tol=tol, max_iter=max_iter,
        weights_init=np.full(k, 1 / k), means_init=x[first], precisions_init=precision,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit.fit(x)
    return {
        "name": name, "data": data, "covariance": covariance, "first": first,
        "max_iter": max_iter, "tol": tol, "iterations": int(fit.n_iter_), "converged": bool(fit.converged_),
        "precisions": precision.reshape(-1, p if covariance != "spherical" else 1).tolist(),
        "lower_bound": float(fit.lower_bound_), "score": float(fit.score(x)), "bic": float(fit.bic(x)), "aic": float(fit.aic(x)),
        "weights": fit.weights_.tolist(), "means": fit.means_.tolist(),
        "covariances": fit.covariances_.reshape(-1, p if covariance != "spherical" else 1).tolist(),
        "labels": fit.predict(x).tolist(), "probabilities": fit.predict_proba(x[::10]).tolist(),
    }


cases = [
    mixture(f"{data} {covariance} {end}", data, covariance, first, max_iter, tol)
    for data, first in (("iris", [0, 60, 120]), ("wine", [0, 70, 150]))
    for covariance in ("full", "tied", "diag", "spherical")
    for end, max_iter, tol in (("5 iterations", 5, 0), ("converged", 300, 1e-6))
]

with open("mixture.json", "w") as f:
    json.dump({"sklearn": sklearn.__version__, "cases": cases}, f, indent=None, separators=(",", ":"))
    f.write("\n")


# dbscan.json: labels and core samples.


def dbscan(data, eps, min_samples, weights=None):
    x = getattr(datasets, "load_" + data)().data
    w = None if weights is None else 1 + np.arange(len(x)) % weights
    fit = DBSCAN(eps=eps, min_samples=min_samples).fit(x, sample_weight=w)
    return {
        "data": data, "eps": eps, "min_samples": min_samples,
        "weights": weights or 0,  # weight of row i is 1 + i mod this, if not 0
        "labels": fit.labels_.tolist(), "core": fit.core_sample_indices_.tolist(),
    }


cases = [
    dbscan("iris", 0.5, 5),
    dbscan("iris", 0.3, 4),
    dbscan("iris", 0.4, 12, weights=3),
    dbscan("iris", 100, 5),
    dbscan("iris", 0.01, 5),
    dbscan("wine", 30, 4),
    dbscan("breast_cancer", 60, 6),
    dbscan("digits", 20, 4),
    dbscan("digits", 23, 10),
    dbscan("digits", 22, 9, weights=3),
    dbscan("digits", 18, 3),
]

with open("dbscan.json", "w") as f:
    json.dump({"sklearn": sklearn.__version__, "cases": cases}, f, indent=None, separators=(",", ":"))
    f.write("\n")
