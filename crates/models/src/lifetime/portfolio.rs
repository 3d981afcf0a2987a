//! Many customers at once: what each is expected to do, and what that comes to in all.
//!
//! Answers "who of these hundred thousand will still buy, and how much is that together, give or
//! take?". Equal histories are computed once and shared out to threads; the answer depends on
//! neither.
//!
//! The range of a total is [`super::forecast`]'s, with money: chance in the number of orders and in
//! their amounts, customer by customer, and the estimated parameters of both models by the delta
//! method. Its width, not the total itself, is measured on every k-th customer in order of their
//! histories where there are more than 4,000 ([`SAMPLE`]); a range needs no more.

use super::amounts::Amounts;
use super::error::check_argument;
use super::forecast::{Total, delta_variance, total_of};
use super::gamma_gamma::{GammaGamma, Spending};
use super::model::{Interval, check_level, quantile_interval};
use super::{Fit, History, LifetimeError, PurchaseModel};
use crate::learn::parallel::in_pieces;

/// The width of a total's range is measured on about so many customers.
pub const SAMPLE: usize = 4_000;
/// Distinct histories of one piece of work.
const PIECE: usize = 512;

/// What a customer is expected to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outlook {
    /// The probability to be a customer still.
    pub p_alive: f64,
    /// Expected purchases within the horizon.
    pub purchases: f64,
    /// The same, each discounted from the instant it happens.
    pub discounted: f64,
}

/// A customer with what their orders were like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Holding {
    /// Their purchases.
    pub history: History,
    /// Their orders.
    pub spending: Spending,
    /// The share of an amount that is not taken back.
    pub kept: f64,
}

/// What all customers come to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Totals {
    /// Purchases within the horizon.
    pub purchases: Total,
    /// Their money, undiscounted and before margin and costs; `None` where its variance is
    /// infinite, so that no range can be given.
    pub revenue: Option<Total>,
}

/// The outlook of every customer, in their order, on at most `n_threads` threads. `discount` is the
/// continuous rate per unit of time.
///
/// # Errors
/// [`LifetimeError::BadRow`] with the row, [`LifetimeError::BadArgument`],
/// [`LifetimeError::OutOfReach`].
pub fn outlooks(
    model: &dyn PurchaseModel,
    histories: &[History],
    horizon: f64,
    discount: f64,
    n_threads: usize,
) -> Result<Vec<Outlook>, LifetimeError> {
    check_argument("horizon", horizon, 0.0)?;
    check_argument("discount", discount, 0.0)?;
    for (row, history) in histories.iter().enumerate() {
        history.check(row)?;
    }
    let order = by_history(histories);
    let same = |a: &u32, b: &u32| histories.get(*a as usize) == histories.get(*b as usize);
    let alike: Vec<&[u32]> = order.chunk_by(same).collect();
    let one = |rows: &&[u32]| -> Result<Option<Outlook>, LifetimeError> {
        let first = rows.first().and_then(|row| histories.get(*row as usize));
        first.map(|history| outlook(model, history, horizon, discount)).transpose()
    };
    let pieces: Vec<&[&[u32]]> = alike.chunks(PIECE).collect();
    let work = |_: &mut (), piece: usize| -> Result<Vec<Option<Outlook>>, LifetimeError> {
        pieces.get(piece).into_iter().flat_map(|rows| rows.iter()).map(one).collect()
    };
    let nothing = Outlook { p_alive: 0.0, purchases: 0.0, discounted: 0.0 };
    let mut found = vec![nothing; histories.len()];
    let done = in_pieces(pieces.len(), n_threads, || (), work);
    for (rows, outlooks) in pieces.iter().zip(done) {
        for (rows, outlook) in rows.iter().zip(outlooks?) {
            for row in *rows {
                if let (Some(place), Some(outlook)) = (found.get_mut(*row as usize), outlook) {
                    *place = outlook;
                }
            }
        }
    }
    Ok(found)
}

fn outlook(
    model: &dyn PurchaseModel,
    history: &History,
    horizon: f64,
    discount: f64,
) -> Result<Outlook, LifetimeError> {
    let purchases = model.expected(history, horizon)?;
    let discounted = match discount > 0.0 {
        true => model.discounted(history, discount, Some(horizon))?,
        false => purchases,
    };
    Ok(Outlook { p_alive: model.p_alive(history)?, purchases, discounted })
}

/// Positions in order of the histories.
fn by_history(histories: &[History]) -> Vec<u32> {
    let key = |row: &u32| {
        let history = histories.get(*row as usize);
        // Checked times are not negative, so their bits sort as they do.
        history.map(|one| (one.n_repeats, one.age.to_bits(), one.last_repeat.to_bits()))
    };
    let mut order: Vec<u32> = (0..histories.len() as u32).collect();
    order.sort_unstable_by_key(key);
    order
}

/// Two fitted models and what is asked of them.
pub struct Prospect<'a> {
    /// The model of purchases.
    pub model: &'a dyn PurchaseModel,
    /// Its fit, where it has one.
    pub fit: Option<&'a Fit>,
    /// The model of amounts.
    pub amounts: &'a Amounts,
    /// Its fit, where it has one.
    pub amounts_fit: Option<&'a Fit>,
    /// How far ahead to look.
    pub horizon: f64,
    /// Probability of the ranges.
    pub level: f64,
}

/// A customer of the sample, with how many they stand for.
struct Sampled {
    holding: Holding,
    weight: f64,
}

impl Prospect<'_> {
    /// What the customers come to, whose `outlooks` are those of the same model and horizon.
    ///
    /// # Errors
    /// [`LifetimeError::BadRow`], [`LifetimeError::BadArgument`], [`LifetimeError::NoMean`],
    /// [`LifetimeError::OutOfReach`].
    pub fn totals(
        &self,
        holdings: &[Holding],
        outlooks: &[Outlook],
    ) -> Result<Totals, LifetimeError> {
        check_level(self.level)?;
        let (mut purchases, mut revenue) = (0.0, 0.0);
        for (holding, outlook) in holdings.iter().zip(outlooks) {
            purchases += outlook.purchases;
            revenue +=
                outlook.purchases * holding.kept * self.amounts.expected(&holding.spending)?;
        }
        let sample = sampled(holdings);
        let (chance, money_chance) = self.chance(&sample)?;
        let parameters = self.of_purchases(&sample, self.fit, |_| Ok(1.0))?;
        let by_purchases = self.of_purchases(&sample, self.fit, |holding| {
            Ok(holding.kept * self.amounts.expected(&holding.spending)?)
        })?;
        let by_amounts = self.of_amounts(&sample)?;
        let money_parameters = by_purchases.map(|one| one + by_amounts.unwrap_or_default());
        Ok(Totals {
            purchases: total_of(purchases, chance, parameters, self.level),
            revenue: money_chance
                .map(|chance| total_of(revenue, chance, money_parameters, self.level)),
        })
    }

    /// Where the purchases of each customer lie, and their money; one result each, in their order.
    pub fn ranges(
        &self,
        holdings: &[Holding],
        n_threads: usize,
    ) -> Vec<Result<[Interval; 2], LifetimeError>> {
        let pieces: Vec<&[Holding]> = holdings.chunks(PIECE).collect();
        let work = |_: &mut (), piece: usize| -> Vec<Result<[Interval; 2], LifetimeError>> {
            let rows = pieces.get(piece).copied().unwrap_or_default();
            rows.iter().map(|holding| self.range(holding)).collect()
        };
        in_pieces(pieces.len(), n_threads, || (), work).into_iter().flatten().collect()
    }

    fn range(&self, holding: &Holding) -> Result<[Interval; 2], LifetimeError> {
        let counts = self.model.distribution(&holding.history, self.horizon)?;
        let money = self.amounts.interval(&holding.spending, &counts, self.level)?;
        let kept = holding.kept;
        let money = Interval { lower: kept * money.lower, upper: kept * money.upper };
        Ok([quantile_interval(&counts, self.level), money])
    }

    /// Variance by chance of the number of purchases and, where it is finite, of their money.
    fn chance(&self, sample: &[Sampled]) -> Result<(f64, Option<f64>), LifetimeError> {
        let (mut of_purchases, mut of_money) = (0.0, Some(0.0));
        for Sampled { holding, weight } in sample {
            let (mut mean, mut square, mut n) = (0.0, 0.0, 0.0);
            for mass in self.model.distribution(&holding.history, self.horizon)? {
                mean += mass * n;
                square += mass * n * n;
                n += 1.0;
            }
            of_purchases += weight * (square - mean * mean);
            let own = self.amounts.variance(&holding.spending, mean, square);
            let sum = of_money.zip(own);
            of_money = sum.map(|(sum, own)| sum + weight * holding.kept * holding.kept * own);
        }
        Ok((of_purchases, of_money))
    }

    /// Variance of Σ worth · E[N] by the estimated parameters of the model of purchases.
    fn of_purchases(
        &self,
        sample: &[Sampled],
        fit: Option<&Fit>,
        worth: impl Fn(&Holding) -> Result<f64, LifetimeError>,
    ) -> Result<Option<f64>, LifetimeError> {
        let Some(covariance) = fit.and_then(|fit| fit.log_covariance.as_ref()) else {
            return Ok(None);
        };
        let worths: Vec<f64> =
            sample.iter().map(|one| worth(&one.holding)).collect::<Result<_, _>>()?;
        let values: Vec<f64> = self.model.parameters().into_iter().map(|(_, one)| one).collect();
        let sum = |values: &[f64]| {
            let moved = self.model.with_parameters(values)?;
            let mut sum = 0.0;
            for (one, worth) in sample.iter().zip(&worths) {
                sum += one.weight * worth * moved.expected(&one.holding.history, self.horizon)?;
            }
            Ok(sum)
        };
        delta_variance(&values, covariance, sum).map(Some)
    }

    /// Variance of the money by the estimated parameters of the model of amounts.
    fn of_amounts(&self, sample: &[Sampled]) -> Result<Option<f64>, LifetimeError> {
        let covariance = self.amounts_fit.and_then(|fit| fit.log_covariance.as_ref());
        let (Some(covariance), Amounts::GammaGamma(model)) = (covariance, self.amounts) else {
            return Ok(None);
        };
        let mut purchases = Vec::with_capacity(sample.len());
        for one in sample {
            purchases.push(self.model.expected(&one.holding.history, self.horizon)?);
        }
        let sum = |values: &[f64]| {
            let moved = GammaGamma::with_parameters(values)?;
            let mut sum = 0.0;
            for (Sampled { holding, weight }, purchases) in sample.iter().zip(&purchases) {
                sum += weight * purchases * holding.kept * moved.expected(&holding.spending)?;
            }
            Ok(sum)
        };
        delta_variance(&[model.p, model.q, model.v], covariance, sum).map(Some)
    }
}

/// Every k-th customer in order of the histories, each standing for as many as it takes.
fn sampled(holdings: &[Holding]) -> Vec<Sampled> {
    let histories: Vec<History> = holdings.iter().map(|holding| holding.history).collect();
    let step = holdings.len().div_ceil(SAMPLE).max(1);
    let order = by_history(&histories);
    // From the middle of each stretch, so that neither end weighs more.
    let rows = order.chunks(step).filter_map(|rows| {
        let middle = rows.get(rows.len() / 2)?;
        let holding = *holdings.get(*middle as usize)?;
        Some(Sampled { holding, weight: rows.len() as f64 })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifetime::{bg_nbd, forecast, gamma_gamma, tests::cdnow};
    use crate::shared::shared;

    #[test]
    fn many_are_each_what_one_is() {
        let Some(histories) = cdnow() else { return };
        let model = bg_nbd::fit(&histories).unwrap().model;
        for (discount, n_threads) in [(0.0, 1), (0.003, 1), (0.003, 2)] {
            let all = outlooks(&model, &histories, 39.0, discount, n_threads).unwrap();
            for (history, outlook) in histories.iter().zip(&all).step_by(97) {
                assert_eq!(outlook.p_alive, model.p_alive(history).unwrap());
                assert_eq!(outlook.purchases, model.expected(history, 39.0).unwrap());
                let discounted = model.discounted(history, discount, Some(39.0)).unwrap();
                assert!((outlook.discounted - discounted).abs() < 1e-8);
            }
        }
        let mut bad = histories;
        bad[5].age = f64::NAN;
        assert_eq!(outlooks(&model, &bad, 39.0, 0.0, 2).unwrap_err().code(), "bad_row");
    }

    /// The customers of CDNOW with what their repeats were worth.
    fn holdings() -> Option<Vec<Holding>> {
        let mut reader = shared("cdnow/cdnow_customers_summary_with_transactions.csv")?;
        let rows = reader.deserialize::<(u32, u32, f64, f64, f64)>().map(|row| row.unwrap());
        let holding = |(_, n_repeats, last_repeat, age, mean_amount)| Holding {
            history: History { n_repeats, last_repeat, age },
            spending: Spending { n_orders: n_repeats, mean_amount },
            kept: 1.0,
        };
        Some(rows.map(holding).collect())
    }

    #[test]
    fn the_total_is_the_forecasts_and_money_widens_it() {
        let Some(holdings) = holdings() else { return };
        let histories: Vec<History> = holdings.iter().map(|holding| holding.history).collect();
        let fitted = bg_nbd::fit(&histories).unwrap();
        let spendings: Vec<Spending> = holdings.iter().map(|holding| holding.spending).collect();
        let money = gamma_gamma::fit(&spendings).unwrap();
        let amounts = Amounts::GammaGamma(money.model);
        let prospect = Prospect {
            model: &fitted.model,
            fit: Some(&fitted.fit),
            amounts: &amounts,
            amounts_fit: Some(&money.fit),
            horizon: 39.0,
            level: 0.95,
        };
        let all = outlooks(&fitted.model, &histories, 39.0, 0.0, 2).unwrap();
        let totals = prospect.totals(&holdings, &all).unwrap();
        let known =
            forecast::total(&fitted.model, Some(&fitted.fit), &histories, 39.0, 0.95).unwrap();
        let close = |got: f64, expected: f64| {
            assert!((got - expected).abs() < 1e-6 * expected.abs(), "{got} for {expected}");
        };
        close(totals.purchases.expected, known.expected);
        close(totals.purchases.variance_of_chance, known.variance_of_chance);
        let of_parameters = |total: &Total| total.variance_of_parameters.unwrap();
        close(of_parameters(&totals.purchases), of_parameters(&known));
        let revenue = totals.revenue.unwrap();
        // Everybody's money is their purchases times what one brings.
        let summed: f64 = holdings
            .iter()
            .zip(&all)
            .map(|(one, outlook)| outlook.purchases * money.model.expected(&one.spending).unwrap())
            .sum();
        close(revenue.expected, summed);
        let relative = |total: &Total| total.variance_of_chance.sqrt() / total.expected;
        assert!(relative(&revenue) > relative(&totals.purchases), "amounts vary too");
        // Twice everybody is twice the total; the range grows by √2 where chance makes it.
        let twice: Vec<Holding> = holdings.iter().chain(&holdings).copied().collect();
        let all_twice: Vec<Outlook> = all.iter().chain(&all).copied().collect();
        // Threads change nothing, and a range holds what is expected of a busy customer.
        let ranges = prospect.ranges(&holdings, 2);
        assert_eq!(ranges, prospect.ranges(&holdings, 1));
        let busiest = all.iter().enumerate().max_by(|a, b| a.1.purchases.total_cmp(&b.1.purchases));
        let (row, outlook) = busiest.unwrap();
        let [purchases, money] = ranges[row].clone().unwrap();
        assert!(purchases.lower < outlook.purchases && outlook.purchases < purchases.upper);
        assert!(0.0 <= money.lower && money.lower < money.upper);
        let doubled = prospect.totals(&twice, &all_twice).unwrap();
        close(doubled.purchases.expected, 2.0 * known.expected);
        let ratio = doubled.purchases.variance_of_chance / known.variance_of_chance;
        assert!((ratio - 2.0).abs() < 0.05, "{ratio}: 4,714 customers, every second one measured");
    }
}
