"""A peer of the benchmark: peer.py NAME answers requests on standard input, one JSON
object per line, as serve.go describes.

A function here makes one kind of work ready for one or more peers: it takes the data,
the setting and the workload's parameters and returns a Work. Only Work.run is timed.
"""

import importlib.metadata
import json
import os
import sys
import time

import numpy as np

THREADS = int(os.environ.get("SAPWOOD_THREADS", os.cpu_count()))


class Work:
    """run does the work; result gives arrays of the last run by name; reset puts back,
    untimed, what run changes; units is how many units of work a run is."""

    def __init__(self, run, result=None, reset=None, units=1):
        self.run, self.result, self.reset, self.units = run, result, reset, units


class Data:
    """The arrays of a data set, read when asked for."""

    def __init__(self, folder):
        self.folder = folder

    def __getattr__(self, name):
        array = np.load(os.path.join(self.folder, name + ".npy"))
        setattr(self, name, array)
        return array


KINDS = {}


def work(*peers):
    """Registers a function as the kind of work that it is named after."""

    def register(function):
        for peer in peers:
            KINDS[peer, function.__name__] = function
        return function

    return register


def fitting(fit, result):
    """The work of fitting: result takes what the last fit returned."""
    last = {}

    def run():
        last["model"] = fit()

    return Work(run, lambda: result(last["model"]))


# Dense linear algebra.


@work("openblas")
def gemm(data, setting):
    C = np.empty_like(data.X)
    return Work(lambda: np.matmul(data.X, data.X, out=C), lambda: {"C": C})


@work("openblas")
def gemm_t(data, setting):
    C = np.empty((data.X.shape[1],) * 2)
    return Work(lambda: np.matmul(data.X.T, data.X, out=C), lambda: {"C": C})


@work("openblas")
def syrk(data, setting):
    from scipy.linalg.blas import dsyrk

    C = np.zeros((data.X.shape[1],) * 2, order="F")

    def run():
        dsyrk(1.0, data.X.T, 0.0, C, lower=1, overwrite_c=1)

    return Work(run, lambda: {"C": np.tril(C) + np.tril(C, -1).T})


@work("openblas")
def gemv(data, setting):
    v = data.X[0].copy()
    y = np.empty(len(data.X))
    return Work(lambda: np.matmul(data.X, v, out=y), lambda: {"y": y})


@work("openblas")
def chol(data, setting):
    from scipy.linalg.lapack import dpotrf

    A = np.asfortranarray(data.A)
    L = A.copy(order="F")

    def reset():
        L[...] = A

    return Work(lambda: dpotrf(L, lower=1, clean=0, overwrite_a=1), lambda: {"L": np.tril(L)}, reset)


@work("openblas")
def eigsym(data, setting):
    from scipy.linalg import eigh

    core, driver = setting.split()
    return fitting(
        lambda: eigh(data.A, driver=driver, check_finite=False),
        lambda model: {"values": model[0], "vectors": model[1]},
    )


# The protocol.


def version(peer):
    package = {
        "sklearn": "scikit-learn",
        "intelex": "scikit-learn-intelex",
        "libsvm": "libsvm-official",
        "liblinear": "liblinear-multicore",
        "openblas": "numpy",
    }.get(peer, peer)
    v = importlib.metadata.version(package)
    if peer != "openblas":
        return v
    from threadpoolctl import threadpool_info

    return next(i["version"] + " " + i["architecture"] for i in threadpool_info() if i["internal_api"] == "openblas")


def answer(peer, state, request):
    match request["do"]:
        case "load":
            prepare = KINDS.get((peer, request["kind"]))
            if prepare is None:
                raise ValueError(f"{peer} has no {request['kind']}")
            data = Data(request["data"])
            state["work"] = prepare(data, request.get("setting", ""), **request.get("params", {}))
            return {"version": version(peer)}
        case "run":
            return {"seconds": timed(state["work"], request.get("least", 0))}
        case "write":
            for name, a in state["work"].result().items():
                flat = np.ascontiguousarray(a, np.float64).ravel()
                np.save(os.path.join(request["dir"], name + ".npy"), flat)
            return {}
    raise ValueError(f"unknown request {request['do']!r}")


def timed(work, least):
    """Repeats the work until least seconds of it have passed: the mean time per unit."""
    total = units = 0
    while True:
        if work.reset:
            work.reset()
        start = time.perf_counter()
        work.run()
        total += time.perf_counter() - start
        units += work.units
        if total >= least:
            return total / units


def main(peer):
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is not part of the protocol
    state = {}
    for line in sys.stdin:
        try:
            reply = answer(peer, state, json.loads(line))
        except Exception as e:
            reply = {"error": f"{type(e).__name__}: {e}"}
        print(json.dumps(reply), file=out, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
