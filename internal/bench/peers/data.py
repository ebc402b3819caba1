"""Makes a data set of the benchmark: data.py NAME DIR writes .npy files into DIR.

A name gives the generator and its size, as in classification-100kx50; k stands for
000. Arrays are float64 or int64 in C order. Data to learn from is X, y; where a
quality figure is a score on data not seen, X_test, y_test are 20,000 more rows of
the same draw. centers are the initial centres of a clustering.
"""

import gzip
import os
import re
import sys

import numpy as np
from sklearn import datasets

SEED = 0
TEST = 20_000


def normal(n, p, k=None):
    """Standard normal."""
    X = np.random.default_rng(SEED).standard_normal((n, p))
    return {"X": X} | ({"centers": rows_of(X, k)} if k else {})


def spd(n):
    """Symmetric positive definite."""
    X = np.random.default_rng(SEED).standard_normal((n, n))
    return {"A": X @ X.T / n + np.eye(n)}


def sym(n):
    """Symmetric."""
    X = np.random.default_rng(SEED).standard_normal((n, n))
    return {"A": (X + X.T) / 2}


def regression(n, p):
    X, y = datasets.make_regression(n + TEST, p, noise=1, random_state=SEED)
    return with_test(X, y)


def sparse(n, p):
    """50 informative features among p."""
    X, y = datasets.make_regression(n, p, n_informative=50, noise=1, random_state=SEED)
    return {"X": X, "y": y}


def classification(n, p, k=2):
    """Two classes as the generator's defaults have them; more need more informative features."""
    informative = {} if k == 2 else {"n_classes": k, "n_informative": 20}
    X, y = datasets.make_classification(n + TEST, p, random_state=SEED, **informative)
    return with_test(X, y)


def friedman1(n, p):
    X, y = datasets.make_friedman1(n + TEST, p, noise=1, random_state=SEED)
    return with_test(X, y)


def blobs(n, p, k):
    X, _ = datasets.make_blobs(n, p, centers=k, random_state=SEED)
    return {"X": X, "centers": rows_of(X, k)}


def lowrank(n, p):
    """Effective rank 50 with a tail of noise."""
    return {"X": datasets.make_low_rank_matrix(n, p, effective_rank=50, tail_strength=0.5, random_state=SEED)}


def fmnist(n=60_000):
    """The first n of Fashion-MNIST, scaled to [0, 1], and its 10,000 test images."""
    X, y = idx("train-images-idx3"), idx("train-labels-idx1")
    X_test, y_test = idx("t10k-images-idx3"), idx("t10k-labels-idx1")
    X = X.reshape(len(X), -1)[:n] / 255
    X_test = X_test.reshape(len(X_test), -1) / 255
    return {"X": X, "y": y[:n], "X_test": X_test, "y_test": y_test, "centers": rows_of(X, 10)}


def idx(name):
    folder = os.environ.get("SAPWOOD_FASHION_MNIST", "/usr/share/datasets/fashion-mnist")
    path = os.path.join(folder, name + "-ubyte.gz")
    if not os.path.exists(path):
        sys.exit(f"no {path}: install Debian's dataset-fashion-mnist, or name its folder in SAPWOOD_FASHION_MNIST")
    with gzip.open(path) as f:
        content = f.read()
    dims = content[3]
    shape = np.frombuffer(content, ">u4", dims, 4).astype(int)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dims).reshape(shape)


def rows_of(X, k):
    return X[np.sort(np.random.default_rng(SEED).choice(len(X), k, replace=False))]


def with_test(X, y):
    return {"X": X[:-TEST], "y": y[:-TEST], "X_test": X[-TEST:], "y_test": y[-TEST:]}


def main(name, folder):
    generator, *sizes = re.split("[-x]", name)
    sizes = [int(s[:-1]) * 1000 if s.endswith("k") else int(s) for s in sizes]
    arrays = globals()[generator](*sizes)
    unfinished = f"{folder}.{os.getpid()}"
    os.makedirs(unfinished)
    for key, a in arrays.items():
        a = np.ascontiguousarray(a, np.float64 if a.dtype.kind == "f" else np.int64)
        np.save(os.path.join(unfinished, key + ".npy"), a)
    os.rename(unfinished, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
