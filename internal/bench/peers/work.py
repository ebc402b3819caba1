"""What the kinds of work of a peer are made of.

A function registered with @work makes one kind of work ready for one or more peers:
it takes the Case and the workload's parameters and returns a Work. Only Work.run is
timed.
"""

import importlib
import os

import numpy as np

THREADS = int(os.environ.get("SAPWOOD_THREADS", os.cpu_count()))

KINDS = {}


def work(*peers):
    """Registers a function as the kind of work that it is named after."""

    def register(function):
        for peer in peers:
            KINDS[peer, function.__name__] = function
        return function

    return register


class Work:
    """run does the work; result gives arrays of the last run by name; reset puts back,
    untimed, what run changes; units is how many units of work a run is; peak_mb gives the
    peak memory of the processes that run has started."""

    def __init__(self, run, result=None, reset=None, units=1, peak_mb=None):
        self.run, self.result, self.reset, self.units, self.peak_mb = run, result, reset, units, peak_mb


class Case:
    """The arrays of a data set, read when asked for, the peer and its setting."""

    def __init__(self, folder, peer, setting):
        self.folder, self.peer, self.setting = folder, peer, setting

    def __getattr__(self, name):
        array = np.load(os.path.join(self.folder, name + ".npy"))
        setattr(self, name, array)
        return array

    def module(self, name):
        """scikit-learn's module, or its twin in Intel's extension."""
        return importlib.import_module({"sklearn": "sklearn.", "intelex": "sklearnex."}[self.peer] + name)


def fitting(fit, result):
    """The work of fitting: result makes arrays of what the last fit returned."""
    last = {}

    def run():
        last["model"] = fit()

    return Work(run, lambda: result(last["model"]))


def predicting(predict, X):
    """The work of predicting all rows at once: the time is that of all of them."""
    return fitting(lambda: predict(X), lambda predicted: {"predicted": predicted})


def row_by_row(predict, X, n):
    """The work of predicting the first n rows one at a time: the time is that of one row.
    Judged are the predictions of all rows."""
    from sklearn import config_context

    rows = [X[i : i + 1] for i in range(n)]

    def run():
        # What scikit-learn's guide recommends where the latency of predictions matters.
        with config_context(assume_finite=True, skip_parameter_validation=True):
            for row in rows:
                predict(row)

    return Work(run, lambda: {"predicted": predict(X)}, units=n)
