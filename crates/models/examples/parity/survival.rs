//! Time until leaving.

use perennial_models::survival::{Covariates, Observations, cox as coxes, kaplan_meier as curves};
use perennial_models::survival::{log_rank as ranks, weibull as weibulls};

use super::Found;
use super::numbers::Numbers;

const TIME: &str = "time";
const LEFT: &str = "left";
const GROUP: &str = "group";

pub fn kaplan_meier(numbers: &Numbers, _threads: usize) -> Found {
    let left = numbers.flags(LEFT)?;
    let curve = curves::fit(&Observations::new(numbers.column(TIME)?, &left), 0.95)?;
    let median = curve.median().ok_or("half never leave")?;
    let at = curve.survival_at(median).unwrap_or(f64::NAN);
    let (lower, upper) = curve.interval_at(median).unwrap_or((f64::NAN, f64::NAN));
    let named = [("median", median), ("survival", at), ("lower", lower), ("upper", upper)];
    Ok(named.map(|(name, value)| (name.to_owned(), value)).into())
}

pub fn log_rank(numbers: &Numbers, _threads: usize) -> Found {
    let left = numbers.flags(LEFT)?;
    let observations = Observations::new(numbers.column(TIME)?, &left);
    let test = ranks::test(&observations, &numbers.whole(GROUP)?, ranks::Weight::LogRank)?;
    Ok(vec![("statistic".to_owned(), test.statistic), ("p_value".to_owned(), test.p_value)])
}

pub fn cox(numbers: &Numbers, _threads: usize) -> Found {
    let left = numbers.flags(LEFT)?;
    let (names, columns): (Vec<&str>, Vec<&[f64]>) =
        numbers.but(&[TIME, LEFT, GROUP]).into_iter().unzip();
    let covariates = Covariates { names: &names, columns: &columns };
    let observations = Observations::new(numbers.column(TIME)?, &left);
    let model = coxes::fit(&observations, &covariates, &coxes::Settings::default())?;
    let mut found: Vec<(String, f64)> = Vec::new();
    for one in &model.coefficients {
        found.push((one.name.clone(), one.value));
        found.push((format!("se {}", one.name), one.standard_error));
    }
    found.push(("log_likelihood".to_owned(), model.log_likelihood));
    Ok(found)
}

pub fn weibull(numbers: &Numbers, _threads: usize) -> Found {
    let left = numbers.flags(LEFT)?;
    let (names, columns): (Vec<&str>, Vec<&[f64]>) =
        numbers.but(&[TIME, LEFT, GROUP]).into_iter().unzip();
    let covariates = Covariates { names: &names, columns: &columns };
    let observations = Observations::new(numbers.column(TIME)?, &left);
    let model = weibulls::fit(&observations, &covariates, 0.95)?;
    let mut found: Vec<(String, f64)> =
        model.effects.iter().map(|one| (one.name.clone(), one.value)).collect();
    found.push(("log_shape".to_owned(), model.log_shape.value));
    found.push(("log_likelihood".to_owned(), model.log_likelihood));
    Ok(found)
}
