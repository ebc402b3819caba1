"""Writes preprocess.json: what scikit-learn 1.9.1 makes of some samples.

Run:  python generate.py
"""

import json
import pathlib
import warnings

import numpy as np
import sklearn.feature_selection as fs
import sklearn.preprocessing as pp
from sklearn.datasets import load_wine
from sklearn.impute import SimpleImputer

warnings.filterwarnings("ignore")
rng = np.random.default_rng(7)
n = 36
X = np.column_stack([
    rng.normal(5, 2, n),
    rng.exponential(3, n),
    1e6 + rng.normal(0, 1, n),
    np.full(n, 2.5),
    rng.integers(0, 4, n).astype(float),
])
other = X[:10] * 1.3 - 1  # samples that were not fitted on
missing = X.copy()
missing[rng.random(X.shape) < 0.15] = np.nan
weights = rng.integers(0, 4, n).astype(float)
positive = np.abs(X) + 0.1

# Categories of 1 to 12 samples. scikit-learn makes one of them infrequent also where
# there are just max_categories, which is none too many: not compared. In the
# second column, some are missing and all others frequent.
counts = np.column_stack([
    np.repeat([0.0, 1, 2, 3, 5, 8, 9], [2, 12, 1, 7, 5, 5, 4]),
    np.where(np.arange(n) % 12 == 0, np.nan, np.arange(n) % 2),
])
strange = np.array([[2.0, 1], [4, 0], [-1, 7], [3, np.nan], [8, 1], [5, 0], [9, 0]])


def plain(a):
    return [[None if np.isnan(v) else float(v) for v in row] for row in np.asarray(a, dtype=float)]


def case(transformer, fit, *, y=None, on=None, inverse=True, **kw):
    transformer.fit(fit, y, **kw)
    on = fit if on is None else on
    z = transformer.transform(on)
    out = {"fit": plain(fit), "on": plain(on), "transform": plain(z)}
    if inverse:
        out["inverse"] = plain(transformer.inverse_transform(z))
    if y is not None:
        out["y"] = [float(v) for v in y]
    return out


wine = load_wine()
cases = {
    "standard": case(pp.StandardScaler(), X, on=other),
    "standard missing": case(pp.StandardScaler(), missing),
    "standard weighted": case(pp.StandardScaler(), X, on=other, sample_weight=weights),
    "standard only centred": case(pp.StandardScaler(with_std=False), X, on=other),
    "minmax": case(pp.MinMaxScaler(), X, on=other),
    "minmax range": case(pp.MinMaxScaler(feature_range=(-3, 2)), missing),
    "minmax clip": case(pp.MinMaxScaler(clip=True), X, on=other, inverse=False),
    "maxabs": case(pp.MaxAbsScaler(), missing),
    "robust": case(pp.RobustScaler(), missing),
    "robust unit": case(pp.RobustScaler(quantile_range=(10, 80), unit_variance=True), X[:, [0, 1, 2, 4]], on=other[:, [0, 1, 2, 4]]),
    "l2": case(pp.Normalizer(), X, inverse=False),
    "l1": case(pp.Normalizer(norm="l1"), X, inverse=False),
    "max": case(pp.Normalizer(norm="max"), X - 4, inverse=False),
    "onehot": case(pp.OneHotEncoder(sparse_output=False), X[:, 3:]),
    "onehot missing": case(pp.OneHotEncoder(sparse_output=False), missing[:, 3:]),
    "onehot drop": case(pp.OneHotEncoder(sparse_output=False, drop="first"), X[:, 4:]),
    "onehot ignore": case(pp.OneHotEncoder(sparse_output=False, handle_unknown="ignore"), X[:, 4:], on=[[1.0], [7.0]], inverse=False),
    "ordinal": case(pp.OrdinalEncoder(), X[:, 3:] * 2.5),
    "ordinal unknown": case(pp.OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan), X[:, 4:], on=[[1.0], [7.0]], inverse=False),
    "onehot rare": case(pp.OneHotEncoder(sparse_output=False, min_frequency=4, handle_unknown="infrequent_if_exist"), counts, on=strange, inverse=False),
    "onehot rare share": case(pp.OneHotEncoder(sparse_output=False, min_frequency=0.15, handle_unknown="ignore", drop="first"), counts, on=strange, inverse=False),
    "onehot rare most": case(pp.OneHotEncoder(sparse_output=False, max_categories=3, handle_unknown="infrequent_if_exist"), counts[:, :1], on=strange[:, :1], inverse=False),
    "onehot rare both": case(pp.OneHotEncoder(sparse_output=False, max_categories=4, min_frequency=2), counts, inverse=False),
    "onehot rare all": case(pp.OneHotEncoder(sparse_output=False, max_categories=1), counts, inverse=False),
    "ordinal rare": case(pp.OrdinalEncoder(min_frequency=4), counts, inverse=False),
    "ordinal rare most": case(pp.OrdinalEncoder(max_categories=3, handle_unknown="use_encoded_value", unknown_value=np.nan), counts, on=strange, inverse=False),
    "impute mean": case(SimpleImputer(), missing, inverse=False),
    "impute median": case(SimpleImputer(strategy="median"), missing, inverse=False),
    "impute most frequent": case(SimpleImputer(strategy="most_frequent"), missing[:, 3:], inverse=False),
    "impute constant": case(SimpleImputer(strategy="constant", fill_value=-7.0), missing, inverse=False),
    "impute indicator": case(SimpleImputer(add_indicator=True), missing, inverse=False),
    "polynomial": case(pp.PolynomialFeatures(), X[:8, :3], inverse=False),
    "polynomial cubic": case(pp.PolynomialFeatures(3, include_bias=False), X[:8, :3], inverse=False),
    "polynomial interactions": case(pp.PolynomialFeatures(3, interaction_only=True), X[:8], inverse=False),
    "bins uniform": case(pp.KBinsDiscretizer(4, encode="ordinal", strategy="uniform"), X[:, :2], on=other[:, :2]),
    "bins quantile": case(pp.KBinsDiscretizer(5, encode="ordinal", quantile_method="averaged_inverted_cdf"), X[:, [0, 1, 4]]),
    "bins onehot": case(pp.KBinsDiscretizer(4, encode="onehot-dense", quantile_method="averaged_inverted_cdf"), X[:, :2]),
    "bins k-means": case(pp.KBinsDiscretizer(4, encode="ordinal", strategy="kmeans"), X[:, [0, 1, 2]], on=other[:, [0, 1, 2]]),
    "bins k-means far": case(pp.KBinsDiscretizer(6, encode="ordinal", strategy="kmeans"), np.vstack([X[:, :1], X[:, :1] + 60])),
    "bins k-means weighted": case(pp.KBinsDiscretizer(3, encode="ordinal", strategy="kmeans"), X[:, :2], sample_weight=weights),
    "quantile": case(pp.QuantileTransformer(), missing),
    "quantile few": case(pp.QuantileTransformer(n_quantiles=11), X, on=other),
    "quantile normal": case(pp.QuantileTransformer(output_distribution="normal"), missing),
    "power": case(pp.PowerTransformer(), X[:, :2], on=other[:, :2]),
    "power missing": case(pp.PowerTransformer(), missing[:, :2]),
    "power box-cox": case(pp.PowerTransformer(method="box-cox"), positive[:, :2]),
    "power raw": case(pp.PowerTransformer(standardize=False), X[:, :2]),
    "variance": case(fs.VarianceThreshold(), X, inverse=False),
    "variance above": case(fs.VarianceThreshold(2), missing, inverse=False),
    "best f": case(fs.SelectKBest(k=4), wine.data[::3], y=wine.target[::3], inverse=False),
    "best chi2": case(fs.SelectKBest(fs.chi2, k=3), wine.data[::3], y=wine.target[::3], inverse=False),
    "best regression": case(fs.SelectKBest(fs.f_regression, k=2), X[:, [0, 1, 4]], y=X[:, 0] * 2 + X[:, 1] ** 2, inverse=False),
}
f, fp = fs.f_classif(wine.data, wine.target)
c, cp = fs.chi2(wine.data, wine.target)
r, rp = fs.f_regression(wine.data[:, 1:], wine.data[:, 0])
out = {
    "weights": weights.tolist(),
    "cases": cases,
    "scores": {"f": f.tolist(), "fp": fp.tolist(), "chi2": c.tolist(), "chi2p": cp.tolist(), "r": r.tolist(), "rp": rp.tolist()},
}
(pathlib.Path(__file__).parent / "preprocess.json").write_text(json.dumps(out) + "\n")
