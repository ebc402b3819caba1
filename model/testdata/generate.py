"""Writes calibration.json: what scikit-learn 1.9.1 makes of some scores.

Run:  python generate.py
"""

import json
import pathlib

import numpy as np
from sklearn.calibration import _sigmoid_calibration
from sklearn.isotonic import IsotonicRegression

rng = np.random.default_rng(3)
n = 80
labels = rng.integers(0, 2, n)
scores = np.round(rng.normal(2 * labels - 0.7, 1.5), 2)
weights = rng.integers(1, 4, n).astype(float)
a, b = _sigmoid_calibration(scores, labels)
grid = np.linspace(-5, 5, 23)
iso = IsotonicRegression(out_of_bounds="clip").fit(scores, labels, sample_weight=weights)
out = {
    "scores": scores.tolist(), "labels": labels.tolist(), "weights": weights.tolist(),
    "a": a, "b": b, "grid": grid.tolist(), "isotonic": iso.predict(grid).tolist(),
}
(pathlib.Path(__file__).parent / "calibration.json").write_text(json.dumps(out) + "\n")
