"""Golden values of package decomposition, from scikit-learn.

Run from this directory: python generate.py
"""
import json

import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA, IncrementalPCA, TruncatedSVD


def write(name, cases):
    with open(name + ".json", "w") as f:
        json.dump({"sklearn": sklearn.__version__, "cases": cases}, f, separators=(",", ":"))
        f.write("\n")


def case(name, x, rows=5, components=None, whiten=False):
    """The first rows of x are what the methods are asked about; components and
    their images are given for the first six at most."""
    m = PCA(n_components=components, whiten=whiten, svd_solver="full").fit(x)
    k = len(m.components_)
    # With a covariance that is singular, or nearly, there is none to speak of.
    likely = m.noise_variance_ > 1e-20 * m.explained_variance_[0] or k == x.shape[1] and m.explained_variance_[-1] > 1e-20 * m.explained_variance_[0]
    # scikit-learn's score of a whitening model takes the components to be scaled,
    # which they no longer are: ask the same model without whitening.
    plain = PCA(n_components=components, svd_solver="full").fit(x)
    return {
        "data": name,
        "components": components if isinstance(components, int) else 0,
        "fraction": components if isinstance(components, float) else 0,
        "mle": components == "mle",
        "whiten": whiten,
        "kept": k,
        "vectors": m.components_[:6].tolist(),
        "variance": m.explained_variance_.tolist(),
        "ratio": m.explained_variance_ratio_.tolist(),
        "singular": m.singular_values_.tolist(),
        "mean": m.mean_.tolist(),
        "noise": m.noise_variance_,
        "transformed": m.transform(x[:rows])[:, :6].tolist(),
        "likelihood": plain.score_samples(x[:rows]).tolist() if likely and np.isfinite(plain.score(x)) else None,
    }


sets = {
    "iris": load_iris().data,
    "wine": load_wine().data,
    "digits": load_digits().data,
    "breast cancer": load_breast_cancer().data,
}
cases = []
for name, x in sets.items():
    for components in (None, 1, 3, 0.5, 0.95, 0.999, "mle"):
        cases.append(case(name, x, components=components))
    cases.append(case(name, x, components=3, whiten=True))
    # More features than samples.
    cases.append(case(name + " wide", x[: x.shape[1] - 1], rows=3, components=2))
    cases.append(case(name + " wide", x[: x.shape[1] - 1], rows=3, components=0.9))
write("pca", cases)


def basics(name, m, x, components, **more):
    return {
        "data": name,
        "components": components,
        "vectors": m.components_.tolist(),
        "variance": m.explained_variance_.tolist(),
        "ratio": m.explained_variance_ratio_.tolist(),
        "singular": m.singular_values_.tolist(),
        "transformed": m.transform(x[:5]).tolist(),
        **more,
    }


cases = []
for name, x in sets.items():
    for components in (1, 3):
        m = TruncatedSVD(components, algorithm="arpack", tol=0, random_state=0).fit(x)
        cases.append(basics(name, m, x, components))
write("truncated_svd", cases)

cases = []
for name, x in sets.items():
    for components, batch in ((2, 30), (3, 50), (None, 40)):
        if (components is None and x.shape[1] > 20) or batch < x.shape[1]:
            continue
        m = IncrementalPCA(components, batch_size=batch).fit(x)
        cases.append(basics(name, m, x, components or 0, batch=batch, mean=m.mean_.tolist()))
write("incremental_pca", cases)
