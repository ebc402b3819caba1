"""A peer of the benchmark: peer.py NAME answers requests on standard input, one JSON
object per line, as serve.go describes."""

import ctypes
import gc
import importlib.metadata
import json
import os
import sys
import time

import numpy as np

import cluster  # noqa: F401 - the families register their kinds of work
import decomposition  # noqa: F401
import dense  # noqa: F401
import linear  # noqa: F401
import program  # noqa: F401
import svm  # noqa: F401
import tree  # noqa: F401
from work import KINDS, Case


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
            case = Case(request.get("data", ""), peer, request.get("setting", ""))
            state["work"] = prepare(case, **request.get("params", {}))
            release()
            return {"version": version(peer)}
        case "run":
            work = state["work"]
            reply = {"seconds": timed(work, request.get("least", 0))}
            if work.peak_mb:
                reply["peak_mb"] = work.peak_mb()
            return reply
        case "write":
            for name, a in state["work"].result().items():
                flat = np.ascontiguousarray(a, np.float64).ravel()
                np.save(os.path.join(request["dir"], name + ".npy"), flat)
            return {}
    raise ValueError(f"unknown request {request['do']!r}")


def release():
    """Gives back to the system what loading and preparing left behind: it is no part of the
    memory of the work."""
    gc.collect()
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        pass  # another C library


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
