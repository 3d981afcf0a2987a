//! How good the early warning is: judged by time, on customers whose outcome it had not seen.

use perennial_models::metrics::{Confusion, Report};
use perennial_types::question::Refusal;

use super::answer::{Backtest, LeadShare, LeadTime};
use super::question::Learner;
use super::warning::{Seen, Warner};
use crate::insight::AskError;
use crate::training::refusals::refused;
use crate::training::reliability;

/// Days before leaving of which the share warned of is told.
const LEADS: [u32; 3] = [14, 30, 60];

/// Judges the newest of some past cuts by a model that learned from the others, which are at least
/// one horizon older. Cuts are positions in the sample, the earliest first.
///
/// # Errors
/// The refusal says why there is no backtest.
pub fn backtest(
    seen: Seen<'_>,
    learner: Learner,
    cuts: &[usize],
    threshold: Option<f64>,
) -> Result<Backtest, AskError> {
    let Some((newest, before)) = cuts.split_last() else {
        return Err(no_past().into());
    };
    let judged_at = seen.sample.cuts.get(*newest).map(|cut| cut.date).unwrap_or_default();
    let over = |cut: &&usize| {
        seen.sample.cuts.get(**cut).is_some_and(|cut| cut.complete && cut.horizon_end <= judged_at)
    };
    let before: Vec<usize> = before.iter().filter(over).copied().collect();
    let (mut rows, mut left) = (Vec::new(), Vec::new());
    for cut in &before {
        let (own_rows, own_left) = seen.sample.labelled(*cut);
        rows.extend(own_rows);
        left.extend(own_left);
    }
    if rows.is_empty() {
        return Err(no_past().into());
    }
    let warner = Warner::fit(seen, learner, &rows, &left)?;
    let (rows, left) = seen.sample.labelled(*newest);
    let risks = warner.risks(seen, &rows)?;
    let report = Report::of(&risks, &left).map_err(|error| refused(&error))?;
    let threshold = threshold.unwrap_or(warner.base_rate);
    let confusion = Confusion::at(&risks, &left, threshold).map_err(|error| refused(&error))?;
    Ok(Backtest {
        learned_from: before
            .iter()
            .filter_map(|cut| Some(seen.sample.cuts.get(*cut)?.date))
            .collect(),
        judged_at,
        customers: report.n_rows as u64,
        left: report.n_true as u64,
        base_rate: report.base_rate,
        auc: report.auc,
        average_precision: report.average_precision,
        brier: report.brier,
        calibration_error: report.calibration_error,
        threshold,
        warned: confusion.hits + confusion.false_alarms,
        precision: confusion.precision(),
        recall: confusion.recall(),
        specificity: confusion.specificity(),
        balanced_accuracy: confusion.balanced_accuracy(),
        reliability: reliability(&report),
        lead: lead(seen, &rows, &risks, threshold, report.n_true),
    })
}

/// Days from the cut to leaving, of those warned of who left.
fn lead(seen: Seen<'_>, rows: &[usize], risks: &[f64], threshold: f64, n_left: usize) -> LeadTime {
    let warned = rows.iter().zip(risks).filter(|(_, risk)| **risk >= threshold);
    let mut days: Vec<u32> =
        warned.filter_map(|(row, _)| *seen.sample.left_after_days.get(*row)?).collect();
    days.sort_unstable();
    let quantile = |share: f64| {
        let place = (share * days.len().checked_sub(1)? as f64).round() as usize;
        days.get(place).map(|days| f64::from(*days))
    };
    let at_least = LEADS.map(|lead| {
        let n_early = days.len() - days.partition_point(|days| *days < lead);
        let share = (n_left > 0).then(|| n_early as f64 / n_left as f64);
        LeadShare { days: lead, of_all_who_left: share }
    });
    LeadTime {
        customers: days.len() as u64,
        p10_days: quantile(0.1),
        median_days: quantile(0.5),
        p90_days: quantile(0.9),
        at_least: at_least.to_vec(),
    }
}

fn no_past() -> Refusal {
    Refusal::new(
        "history_too_short",
        "one past horizon alone is over: there is none before it to learn from",
        "wait for a longer history, or take a shorter `horizon_days`",
    )
    .in_chinese(
        "只有一个已结束的观察期，没有更早的观察期可供学习",
        "请等待更长的历史，或缩短 `horizon_days`",
    )
}
