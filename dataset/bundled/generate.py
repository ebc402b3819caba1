"""Writes the bundled data sets from those of scikit-learn, and bundled/checksums.json for the tests.

Run with scikit-learn 1.9.1:  python generate.py
"""

import gzip
import hashlib
import io
import json
import pathlib
import struct

import sklearn.datasets

HERE = pathlib.Path(__file__).parent


def write(name, loader, target):
    data = loader()
    classes = data.get("target_names")
    text = io.StringIO()
    text.write(",".join([*map(str, data.feature_names), target]) + "\n")
    for row, y in zip(data.data, data.target):
        # repr of a float is the shortest text that reads back as the same float.
        cells = [repr(float(v)).removesuffix(".0") for v in row]
        cells.append(str(classes[y]) if classes is not None else repr(float(y)).removesuffix(".0"))
        text.write(",".join(cells) + "\n")
    with open(HERE / f"{name}.csv.gz", "wb") as file:
        file.write(gzip.compress(text.getvalue().encode(), 9, mtime=0))
    return {
        "rows": len(data.data),
        "features": [str(f) for f in data.feature_names],
        "classes": None if classes is None else [str(c) for c in classes],
        # Of the bits of X and y, row by row, as big-endian float64.
        "sha256": hashlib.sha256(
            b"".join(struct.pack(">d", v) for row, y in zip(data.data, data.target) for v in [*row, y])
        ).hexdigest(),
    }


checksums = {
    "iris": write("iris", sklearn.datasets.load_iris, "species"),
    "wine": write("wine", sklearn.datasets.load_wine, "cultivar"),
    "breast_cancer": write("breast_cancer", sklearn.datasets.load_breast_cancer, "diagnosis"),
    "digits": write("digits", sklearn.datasets.load_digits, "digit"),
    "diabetes": write("diabetes", sklearn.datasets.load_diabetes, "progression"),
}
(HERE / "checksums.json").write_text(json.dumps(checksums, indent=1) + "\n")
