"""Writes titanic.csv: invented passengers of a ship, with words, numbers and gaps.

Who survives depends on sex, age, class and fare much as on the Titanic; nobody
in the table has lived.  Run:  python generate.py
"""

import csv
import pathlib

import numpy as np

rng = np.random.default_rng(1912)
n = 891
pclass = rng.choice(["first", "second", "third"], n, p=[0.24, 0.21, 0.55])
sex = rng.choice(["male", "female"], n, p=[0.65, 0.35])
age = np.clip(rng.gamma(6, 5, n) + np.select([pclass == "first", pclass == "second"], [8, 2], 0) - 2, 0.4, 80)
siblings = rng.poisson(0.5, n)
parents = rng.poisson(0.4, n)
base = np.select([pclass == "first", pclass == "second"], [60.0, 18.0], 9.0)
fare = base * rng.lognormal(0, 0.5, n) * (1 + 0.3 * (siblings + parents))
port = rng.choice(["Southampton", "Cherbourg", "Queenstown"], n, p=[0.72, 0.19, 0.09])
logit = (
    -1.1
    + 2.7 * (sex == "female")
    + np.select([pclass == "first", pclass == "second"], [1.6, 0.8], 0.0)
    - 0.035 * (age - 30)
    + 1.4 * (age < 10)
    - 0.3 * siblings
    + 0.3 * (port == "Cherbourg")
)
survived = np.where(rng.random(n) < 1 / (1 + np.exp(-logit)), "yes", "no")
deck = np.where(pclass == "first", rng.choice(list("ABCDE"), n), rng.choice(list("DEFG"), n))

with open(pathlib.Path(__file__).parent / "titanic.csv", "w", newline="") as file:
    out = csv.writer(file, lineterminator="\n")
    out.writerow(["name", "class", "sex", "age", "siblings", "parents", "fare", "deck", "port", "survived"])
    for i in range(n):
        title = "Mr." if sex[i] == "male" else "Mrs."
        out.writerow([
            f"Passenger, {title} No. {i + 1}",
            pclass[i],
            sex[i],
            "" if rng.random() < 0.2 else f"{age[i]:.0f}" if age[i] >= 1 else f"{age[i]:.2f}",
            siblings[i],
            parents[i],
            f"{fare[i]:.2f}",
            "" if rng.random() < (0.25 if pclass[i] == "first" else 0.95) else deck[i],
            "" if rng.random() < 0.003 else port[i],
            survived[i],
        ])
