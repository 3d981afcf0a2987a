"""What a user of Python runs instead, a task in a process of its own.

usage: theirs.py TASK FILE   prints one JSON line: seconds (best run, reading not counted) and numbers
"""
import json
import sys
import time
import warnings

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")


def best_of(runs, work):
    best, found = float("inf"), None
    for _ in range(runs):
        began = time.perf_counter()
        found = work()
        best = min(best, time.perf_counter() - began)
    return best, found


def buying(fitter, data):
    """A fit, and the log-likelihood in the unit of the data: the fitter's own is of rescaled time."""
    from lifetimes.fitters.pareto_nbd_fitter import ParetoNBDFitter
    x, last, age = (data[name].to_numpy(float) for name in ("frequency", "recency", "T"))
    seconds, model = best_of(3 if len(data) < 50_000 else 1, lambda: fitter().fit(x, last, age))
    values = np.array(list(model.params_.values))
    if isinstance(model, ParetoNBDFitter):
        log_likelihood = float(np.sum(model._conditional_log_likelihood(values, x, last, age)))
    else:
        ones = np.ones(len(x))
        log_likelihood = float(
            -model._negative_log_likelihood(np.log(values), x, last, age, ones, 0.0) * len(x))
    return seconds, dict(model.params_) | {"log_likelihood": log_likelihood}, model


def bg_nbd(data):
    from lifetimes import BetaGeoFitter
    return buying(BetaGeoFitter, data)[:2]


def mbg_nbd(data):
    from lifetimes import ModifiedBetaGeoFitter
    seconds, found, _ = buying(ModifiedBetaGeoFitter, data)
    # Its likelihood cannot be asked in the unit of the data.
    del found["log_likelihood"]
    return seconds, found


def pareto_nbd(data):
    from lifetimes import ParetoNBDFitter
    return buying(ParetoNBDFitter, data)[:2]


def gamma_gamma(data):
    from lifetimes import GammaGammaFitter
    data = data[data.frequency > 0]
    seconds, model = best_of(3, lambda: GammaGammaFitter().fit(data.frequency, data.monetary_value))
    total = -model._negative_log_likelihood_ * len(data)
    return seconds, dict(model.params_) | {"log_likelihood": total}


def bg_bb(data):
    from lifetimes import BetaGeoBetaBinomFitter
    seconds, model = best_of(3, lambda: BetaGeoBetaBinomFitter().fit(
        data.frequency, data.recency, data.periods, data.weights))
    total = -model._negative_log_likelihood_ * data.weights.sum()
    return seconds, dict(model.params_) | {"log_likelihood": total}


def holdout(data):
    from lifetimes import BetaGeoFitter
    seconds, _, model = buying(BetaGeoFitter, data)
    expected = model.conditional_expected_number_of_purchases_up_to_time(
        data.horizon.iloc[0], data.frequency, data.recency, data["T"])
    error = expected - data.after
    return seconds, {
        "predicted": expected.sum(), "mean_absolute_error": error.abs().mean(),
        "root_mean_squared_error": (error ** 2).mean() ** 0.5,
        "correlation": np.corrcoef(expected, data.after)[0, 1]}


def kaplan_meier(data):
    from lifelines import KaplanMeierFitter
    seconds, model = best_of(5, lambda: KaplanMeierFitter().fit(data.time, data.left))
    median = model.median_survival_time_
    lower, upper = model.confidence_interval_.loc[:median].iloc[-1]
    return seconds, {"median": median, "survival": model.predict(median), "lower": lower, "upper": upper}


def log_rank(data):
    from lifelines.statistics import logrank_test
    a, b = data[data.group == 0], data[data.group == 1]
    seconds, test = best_of(5, lambda: logrank_test(a.time, b.time, a.left, b.left))
    return seconds, {"statistic": test.test_statistic, "p_value": test.p_value}


def cox(data):
    from lifelines import CoxPHFitter
    seconds, model = best_of(3 if len(data) < 50_000 else 1,
                             lambda: CoxPHFitter().fit(data, "time", "left"))
    errors = {f"se {name}": value for name, value in model.standard_errors_.items()}
    return seconds, dict(model.params_) | errors | {"log_likelihood": model.log_likelihood_}


def weibull(data):
    from lifelines import WeibullAFTFitter
    seconds, model = best_of(3, lambda: WeibullAFTFitter().fit(data, "time", "left"))
    scale = model.params_["lambda_"].drop("Intercept")
    shape = model.params_["rho_"]["Intercept"]
    return seconds, dict(scale) | {"log_shape": shape, "log_likelihood": model.log_likelihood_}


def judged(make, data):
    """Figures of each fold, averaged; or of one fit on all rows, where there are no folds."""
    from sklearn.metrics import (
        average_precision_score, brier_score_loss, log_loss, roc_auc_score)
    x, left = data.drop(columns=["left", "fold"], errors="ignore").to_numpy(), data.left.to_numpy()
    if "fold" not in data:
        seconds, model = best_of(1, lambda: make().fit(x, left))
        return seconds, {"auc": roc_auc_score(left, model.predict_proba(x)[:, 1])}
    scores = {"auc": roc_auc_score, "average_precision": average_precision_score,
              "brier": brier_score_loss, "log_loss": log_loss}
    sums, began = dict.fromkeys(scores, 0.0), time.perf_counter()
    for fold in sorted(data.fold.unique()):
        held = (data.fold == fold).to_numpy()
        probabilities = make().fit(x[~held], left[~held]).predict_proba(x[held])[:, 1]
        for name, score in scores.items():
            sums[name] += score(left[held], probabilities)
    seconds = time.perf_counter() - began
    return seconds, {name: total / data.fold.nunique() for name, total in sums.items()}


def logistic(data):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    return judged(lambda: make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)), data)


def a_forest(leaf):
    from sklearn.ensemble import RandomForestClassifier
    return RandomForestClassifier(100, min_samples_leaf=leaf, random_state=42, n_jobs=2)


def forest(data):
    return judged(lambda: a_forest(10), data)


def forest_leaf_1(data):
    return judged(lambda: a_forest(1), data)


def boosting(data):
    from sklearn.ensemble import GradientBoostingClassifier
    return judged(lambda: GradientBoostingClassifier(random_state=42), data)


def score(data):
    x, left = data.drop(columns="left").to_numpy(), data.left.to_numpy()
    model = a_forest(10).fit(x, left)
    seconds, probabilities = best_of(3, lambda: model.predict_proba(x)[:, 1])
    return seconds, {"mean": probabilities.mean()}


def factors(data):
    import factor_analyzer.factor_analyzer as analyzer
    # Its call of scikit-learn's check names an argument that has another name by now.
    check = analyzer.check_array

    def renamed(*values, **options):
        if "force_all_finite" in options:
            options["ensure_all_finite"] = options.pop("force_all_finite")
        return check(*values, **options)
    analyzer.check_array = renamed
    found, began = {}, time.perf_counter()
    for method in ("ml", "minres"):
        for rotation in (None, "varimax", "promax"):
            model = analyzer.FactorAnalyzer(n_factors=3, method=method, rotation=rotation)
            model.fit(data)
            # Signs and order of factors are free: what is compared does not depend on them.
            name = f"{method} {rotation or 'none'}"
            found[f"{name} fourth powers"] = float((model.loadings_ ** 4).sum())
            found[f"{name} largest loading"] = float(np.abs(model.loadings_).max())
    seconds = time.perf_counter() - began
    found["sampling adequacy"] = float(analyzer.calculate_kmo(data)[1])
    found["sphericity"] = float(analyzer.calculate_bartlett_sphericity(data)[0])
    return seconds, found


def main():
    task, file = sys.argv[1:3]
    seconds, numbers = globals()[task](pd.read_csv(file))
    print(json.dumps({"seconds": seconds, "numbers": {k: float(v) for k, v in numbers.items()}}))


if __name__ == "__main__":
    main()
