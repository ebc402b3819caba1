"""Writes kmeans.json: what scikit-learn's KMeans finds from given first centres.

Run in this folder with the environment of internal/bench/peers/setup.
"""

import json

import numpy as np
import sklearn
from sklearn import datasets
from sklearn.cluster import KMeans


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
