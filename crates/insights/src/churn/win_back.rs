//! Win-back: how many of those who left came back, and after how long.
//!
//! Customers count once, by the first time they left in the range; days are of 24 hours. Who is not
//! back by `as_of` may yet come: a share within n days is of those whose n days are over, and the
//! median and the 90th percentile of all who left are those of E. L. Kaplan and P. Meier (1958),
//! "Nonparametric estimation from incomplete observations", Journal of the American Statistical
//! Association 53, 457–481: the first day by which the estimated share of those not yet back is at
//! most 50 % and 10 %.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::life::Leaving;
use super::question::WinBackSet;
use crate::durations::spread_quantile;
use crate::interval::wilson;

/// Who left in the range and came back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnWinBack)]
pub struct WinBackAnswer {
    /// Customers who left, at any instant of the range.
    pub left: u64,
    /// Those back since.
    pub back: u64,
    /// Those not back, who may yet come.
    pub not_back: u64,
    /// Who came back in time.
    pub within: Vec<Within>,
    /// Median days of those back; null of none.
    #[schema(required)]
    pub back_median_days: Option<f64>,
    /// 90th percentile of the days of those back.
    #[schema(required)]
    pub back_p90_days: Option<f64>,
    /// Days until half of all who left are back, by Kaplan and Meier; null where that is not reached.
    #[schema(required)]
    pub median_days: Option<u32>,
    /// Days until nine tenths are.
    #[schema(required)]
    pub p90_days: Option<u32>,
}

/// Who came back within some days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChurnWithin)]
pub struct Within {
    /// How many days of 24 hours.
    pub days: u32,
    /// Customers who left so long ago that the days are over.
    pub closed: u64,
    /// Those of them who came back within.
    pub within: u64,
    /// Within ÷ closed; null of nobody.
    #[schema(required)]
    pub share: Option<f64>,
    /// Its Wilson interval at 95 %.
    #[schema(required)]
    pub interval: Option<(f64, f64)>,
}

impl WinBackSet {
    /// Whether a customer who left belongs to it.
    pub fn holds(self, one: &Leaving, days: u32) -> bool {
        let is_closed = one.followed_days >= days;
        match self {
            WinBackSet::Left => true,
            WinBackSet::Back => one.back_days.is_some(),
            WinBackSet::NotBack => one.back_days.is_none(),
            WinBackSet::Closed => is_closed,
            WinBackSet::Within => is_closed && one.back_days.is_some_and(|back| back <= days),
        }
    }
}

/// The answer of those who left.
pub fn answer(left: &BTreeMap<Leaving, u64>, all_days: &[u32]) -> WinBackAnswer {
    let count = |set: WinBackSet, days: u32| -> u64 {
        left.iter().filter(|(one, _)| set.holds(one, days)).map(|(_, n)| n).sum()
    };
    let within = all_days.iter().map(|days| {
        let (closed, within) = (count(WinBackSet::Closed, *days), count(WinBackSet::Within, *days));
        Within {
            days: *days,
            closed,
            within,
            share: (closed > 0).then(|| within as f64 / closed as f64),
            interval: wilson(within, closed),
        }
    });
    let mut spread: BTreeMap<u32, u64> = BTreeMap::new();
    for (one, n) in left {
        if let Some(days) = one.back_days {
            *spread.entry(days).or_default() += n;
        }
    }
    WinBackAnswer {
        left: count(WinBackSet::Left, 0),
        back: count(WinBackSet::Back, 0),
        not_back: count(WinBackSet::NotBack, 0),
        within: within.collect(),
        back_median_days: spread_quantile(&spread, 0.5),
        back_p90_days: spread_quantile(&spread, 0.9),
        median_days: days_until(left, &spread, 0.5),
        p90_days: days_until(left, &spread, 0.1),
    }
}

/// The first day by which the share of those not yet back is at most this, after Kaplan and Meier.
fn days_until(
    left: &BTreeMap<Leaving, u64>,
    spread: &BTreeMap<u32, u64>,
    share: f64,
) -> Option<u32> {
    let mut away = 1.0;
    for (day, n_back) in spread {
        // Who is back by the end of a day was away until then; who is not was seen for whole days.
        let is_at_risk = |one: &Leaving| one.back_days.unwrap_or(one.followed_days) >= *day;
        let at_risk: u64 = left.iter().filter(|(one, _)| is_at_risk(one)).map(|(_, n)| n).sum();
        away *= 1.0 - *n_back as f64 / at_risk as f64;
        // A product of shares may miss one half by a rounding.
        if away <= share + 1e-12 {
            return Some(*day);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_kaplan_and_meiers_own_example() {
        // Kaplan and Meier (1958), section 2: deaths at 0.8, 3.1, 5.4, 9.2, losses at 1.0, 2.7, 7.0,
        // 12.1; the estimates are 0.875, 0.700, 0.525 and 0.2625. In tenths of a day.
        let one = |back_days, followed_days| Leaving { followed_days, back_days };
        let left: BTreeMap<Leaving, u64> = [
            one(Some(8), 200),
            one(Some(31), 200),
            one(Some(54), 200),
            one(Some(92), 200),
            one(None, 10),
            one(None, 27),
            one(None, 70),
            one(None, 121),
        ]
        .map(|one| (one, 1))
        .into();
        let spread: BTreeMap<u32, u64> = [(8, 1), (31, 1), (54, 1), (92, 1)].into();
        let until = |share: f64| days_until(&left, &spread, share);
        assert_eq!([0.875, 0.7, 0.525, 0.2625].map(until), [8, 31, 54, 92].map(Some));
        assert_eq!(until(0.2624), None, "not reached");
        assert_eq!(until(0.5249), Some(92));
        let found = answer(&left, &[60, 100]);
        assert_eq!((found.left, found.back, found.not_back), (8, 4, 4));
        let closed: Vec<_> = found.within.iter().map(|one| (one.closed, one.within)).collect();
        assert_eq!(closed, [(6, 3), (5, 4)]);
        assert_eq!(found.back_median_days, Some(42.5));
    }
}
