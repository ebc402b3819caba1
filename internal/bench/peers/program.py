"""Whole programs, from start to exit."""

import os
import resource
import subprocess
import sys

from work import Work, work


@work("sklearn")
def program(case, name):
    script = os.path.join(os.path.dirname(__file__), name + ".py")
    last = {}

    def run():
        last["out"] = subprocess.run([sys.executable, script], check=True, capture_output=True, text=True).stdout

    def peak_mb():
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6

    return Work(run, lambda: {"accuracy": [float(last["out"].split()[-1])]}, peak_mb=peak_mb)
