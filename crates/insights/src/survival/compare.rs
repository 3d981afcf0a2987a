//! Whether groups stay equally long: one test of all, one of each pair, corrected.

use perennial_models::survival::SurvivalError;
use perennial_models::survival::log_rank::{self, Comparison as Found};

use super::answer::{Comparison, PairAnswer, TestAnswer};
use super::curve::Columns;
use super::question::TestWeight;
use crate::refused;
use crate::significance::Correction;
use crate::stays::{Grouped, Stay};

/// Compares the groups.
pub fn compare(groups: &[Grouped], weight: TestWeight) -> Comparison {
    let all: Vec<&Grouped> = groups.iter().collect();
    let overall = test(&all, weight);
    let mut pairs = Vec::new();
    for (first, one) in groups.iter().enumerate() {
        for (second, other) in groups.iter().enumerate().skip(first + 1) {
            // A pair of which nobody left, or who were never watched together, says nothing.
            if let Ok(found) = test(&[one, other], weight) {
                pairs.extend(pair(first, second, &found));
            }
        }
    }
    let correction = Correction::Holm;
    let p_values: Vec<f64> = pairs.iter().map(|pair| pair.p).collect();
    for (pair, corrected) in pairs.iter_mut().zip(correction.corrected(&p_values)) {
        pair.p_corrected = corrected;
    }
    Comparison {
        test: weight.name().to_owned(),
        refused: overall.as_ref().err().map(refused::survival),
        overall: overall.ok().map(|found| TestAnswer {
            statistic: found.statistic,
            degrees_of_freedom: found.degrees_of_freedom,
            p: found.p_value,
        }),
        correction,
        pairs,
    }
}

fn test(groups: &[&Grouped], weight: TestWeight) -> Result<Found, SurvivalError> {
    let mut rows: Vec<(&Stay, u32)> = Vec::new();
    for (code, group) in (0_u32..).zip(groups) {
        rows.extend(group.stays.iter().map(|stay| (stay, code)));
    }
    let columns = Columns::new(rows.iter().map(|(stay, _)| *stay));
    let codes: Vec<u32> = rows.iter().map(|(_, code)| *code).collect();
    log_rank::test(&columns.observations(), &codes, weight.model())
}

fn pair(first: usize, second: usize, found: &Found) -> Option<PairAnswer> {
    let [one, other] = found.groups.as_slice() else { return None };
    Some(PairAnswer {
        first,
        second,
        first_left: one.observed as u64,
        first_expected: one.expected,
        second_left: other.observed as u64,
        second_expected: other.expected,
        statistic: found.statistic,
        p: found.p_value,
        p_corrected: 1.0,
    })
}
