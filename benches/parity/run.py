"""Holds Perennial's models against the peers' on the same files and folds, and writes PARITY.md.

usage: run.py PARITY_BINARY [--quick | --large]

Both run in processes of their own, one after the other. Public data are read from the folder that
PERENNIAL_SHARED names (`../shared` otherwise); tasks whose data are not there are skipped and say so.
--quick leaves out what takes scikit-learn minutes and writes nothing, --large adds a million rows.
Ends with 1 when a number is further off than its task allows.
"""
import datetime
import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

import numpy as np
import pandas as pd

HERE = pathlib.Path(__file__).parent
SHARED = pathlib.Path(os.environ.get("PERENNIAL_SHARED", HERE / "../../../shared"))
DATA = SHARED / "data"


def cdnow():
    return pd.read_csv(DATA / "cdnow/cdnow_customers_summary.csv", index_col=0)


def cdnow_money():
    data = pd.read_csv(DATA / "cdnow/cdnow_customers_summary_with_transactions.csv", index_col=0)
    return data.set_axis(["frequency", "recency", "T", "monetary_value"], axis=1)


def cdnow_halves():
    from lifetimes.utils import calibration_and_holdout_data
    orders = pd.read_csv(DATA / "cdnow/cdnow_sample.csv", dtype={"sample_id": str}, parse_dates=["date"])
    halves = calibration_and_holdout_data(
        orders, "sample_id", "date", calibration_period_end="1997-09-30",
        observation_period_end="1998-06-30", freq="D", freq_multiplier=7)
    return pd.DataFrame({
        "frequency": halves.frequency_cal, "recency": halves.recency_cal, "T": halves.T_cal,
        "after": halves.frequency_holdout, "horizon": halves.duration_holdout})


def rossi():
    return pd.read_csv(DATA / "survival/rossi.csv").rename(columns={"week": "time", "arrest": "left"})


def waltons():
    data = pd.read_csv(DATA / "survival/waltons_dataset.csv").rename(columns={"T": "time", "E": "left"})
    return data.assign(group=(data.group == "control").astype(int))[["time", "left", "group"]]


def telco():
    data = pd.read_csv(DATA / "telco_churn/telco_customer_churn.csv")
    data["TotalCharges"] = pd.to_numeric(data.TotalCharges, errors="coerce").fillna(0)
    columns = pd.get_dummies(data.drop(columns=["customerID", "Churn"])).astype(float)
    folds = pd.read_csv(SHARED / "bench/models/telco_folds.csv")
    return columns.assign(left=(data.Churn == "Yes").astype(int), fold=folds.iloc[:, -1])


def donations():
    return pd.read_csv(DATA / "cdnow/donations.csv")[["frequency", "recency", "periods", "weights"]]


def usage_measures():
    return pd.read_csv(DATA / "factor_analyzer_test01/test01.csv").dropna()


def made_customers():
    from lifetimes.generate_data import beta_geometric_nbd_model
    np.random.seed(1)
    data = beta_geometric_nbd_model(40, 0.243, 4.414, 0.793, 2.426, size=100_000)
    return data[["frequency", "recency", "T"]]


def made_stays():
    rng = np.random.default_rng(0)
    columns = rng.normal(size=(100_000, 8))
    stays = np.round(rng.exponential(np.exp(-columns[:, 0] * 0.5)), 3) + 0.001
    data = pd.DataFrame(columns, columns=list("abcdefgh"))
    return data.assign(time=stays, left=(rng.random(len(data)) < 0.6).astype(int))


def made_churn(n_rows):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(n_rows, 30))
    effects = rng.normal(size=30) * (np.arange(30) < 10)
    log_odds = x @ effects * 0.5 + x[:, 0] * x[:, 1] - 1
    left = rng.random(n_rows) < 1 / (1 + np.exp(-log_odds))
    return pd.DataFrame(x, columns=[f"x{i}" for i in range(30)]).assign(left=left.astype(int))


# Title, task, data, how far a number may be off: a share of it, or of 1 where it is smaller.
TASKS = [
    ("BG/NBD, CDNOW", "bg_nbd", cdnow, 0.005),
    ("MBG/NBD, CDNOW", "mbg_nbd", cdnow, 0.005),
    ("Pareto/NBD, CDNOW", "pareto_nbd", cdnow, 0.005),
    ("Gamma-Gamma, CDNOW", "gamma_gamma", cdnow_money, 0.005),
    ("BG/BB, donations", "bg_bb", donations, 0.005),
    ("BG/NBD, second half of CDNOW", "holdout", cdnow_halves, 0.005),
    ("Kaplan–Meier, waltons", "kaplan_meier", waltons, 1e-6),
    ("log-rank, waltons", "log_rank", waltons, 1e-6),
    ("Cox, rossi", "cox", rossi, 1e-4),
    ("Weibull, rossi", "weibull", rossi, 1e-3),
    ("factor analysis, 6 solutions", "factors", usage_measures, 1e-3),
    ("logistic regression, Telco folds", "logistic", telco, 0.005),
    ("forest, scikit-learn's defaults, Telco folds", "forest_leaf_1", telco, 0.02),
    ("forest, leaves of 10, Telco folds", "forest", telco, 0.02),
    ("boosting, Telco folds", "boosting", telco, 0.02),
    ("BG/NBD, 100,000 customers", "bg_nbd", made_customers, 0.005),
    ("Cox, 100,000 × 8", "cox", made_stays, 1e-4),
    ("Kaplan–Meier, 100,000", "kaplan_meier", made_stays, 1e-6),
    ("logistic regression, 200,000 × 30", "logistic", lambda: made_churn(200_000), 0.001),
]
SLOW = [
    ("forest, leaves of 10, 200,000 × 30", "forest", lambda: made_churn(200_000), 0.03),
    ("scoring 200,000 × 30", "score", lambda: made_churn(200_000), 0.02),
]
LARGE = [("forest, leaves of 10, 1,000,000 × 30", "forest", lambda: made_churn(1_000_000), 0.03)]


def measured(command):
    """What a process printed, its peak memory in MiB."""
    process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE)
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"failed: {' '.join(map(str, command))}")
    return json.loads(output.splitlines()[-1]), usage.ru_maxrss / 1024


def is_off(ours, theirs, allowed):
    """Whether a number is further off than allowed. Better figures of forecasts are no fault."""
    return not abs(ours - theirs) <= allowed * max(1.0, abs(theirs))


def compare(binary, folder, title, task, make, allowed):
    """The rows of one task, and the names of numbers that are off."""
    try:
        data = make()
    except FileNotFoundError as missing:
        print(f"skipped: {title}: `{missing.filename}` is not there (PERENNIAL_SHARED)", flush=True)
        return [], []
    file = pathlib.Path(folder) / "data.csv"
    data.to_csv(file, index=False)
    ours, our_memory = measured([binary, task, file])
    theirs, their_memory = measured([sys.executable, HERE / "theirs.py", task, file])
    ratio = theirs["seconds"] / ours["seconds"]
    rows = [f"| **{title}** | | | |",
            f"| seconds | {ours['seconds']:.4f} | {theirs['seconds']:.4f} | {ratio:.1f}× |",
            f"| peak MiB | {our_memory:.0f} | {their_memory:.0f} | {their_memory / our_memory:.1f}× |"]
    wrong = []
    for name, value in theirs["numbers"].items():
        own = ours["numbers"].get(name, float("nan"))
        off = is_off(own, value, allowed)
        wrong += [f"{title}: {name}: {own} against {value}"] if off else []
        rows.append(f"| {name} | {own:.6g} | {value:.6g} | {'**off**' if off else ''} |")
    print(f"{title}: {ratio:.1f}× the speed, {len(theirs['numbers'])} numbers, {len(wrong)} off", flush=True)
    return rows, wrong


def main():
    binary = pathlib.Path(sys.argv[1]).resolve()
    is_quick = "--quick" in sys.argv
    tasks = TASKS + ([] if is_quick else SLOW) + (LARGE if "--large" in sys.argv else [])
    packages = ["scikit-learn", "lifelines", "lifetimes", "factor_analyzer"]
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in packages)
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if "model name" in line), "?")
    lines = ["# Parity", "",
             f"{datetime.date.today()}, {os.cpu_count()} cores of {cpu}, {platform.system()}; {versions}.",
             "Made by `make parity`: our models and the peers' on the same files and folds, each in a",
             "process of its own; the ratio is theirs ÷ ours. Log-likelihoods are in the unit of the data.",
             "", "| | Perennial | peer | |", "|---|---:|---:|---:|"]
    faults, n_skipped, began = [], 0, time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for task in tasks:
            rows, wrong = compare(binary, folder, *task)
            lines, faults, n_skipped = lines + rows, faults + wrong, n_skipped + (not rows)
    if n_skipped == 0 and not is_quick:
        (HERE.parent / "PARITY.md").write_text("\n".join(lines) + "\n")
    print(*faults, sep="\n")
    n_compared = len(tasks) - n_skipped
    n_failed = len({fault.split(": ")[0] for fault in faults})
    print(f"took {time.perf_counter() - began:.0f} s")
    print(f"{n_compared - n_failed} passed, {n_failed} failed, {n_skipped} skipped")
    sys.exit(bool(faults))


main()
