//! Measures, scores and classes in SQL.

use perennial_types::event::REFUND;
use perennial_types::filter::EventFilter;
use perennial_types::question::{Population, Refusal};

use super::naming::digits;
use super::plan::{Plan, nets};
use super::question::{Frequency, Measure, Scoring, Ties};
use crate::sql::{self, Query, Statement, holds, instant, quoted, values};

/// The measures, of each of which more is better.
const MEASURES: [&str; 3] = ["recency", "frequency", "money"];

/// Money in ten-thousandths.
const TEN_THOUSANDTHS: &str = "cast(total * 10000 as hugeint)";

/// The statements of the classes and of the cells.
pub fn explain(plan: &Plan) -> Result<Vec<Statement>, Refusal> {
    let mut query = Query::default();
    measured(plan, &mut query)?;
    scored(plan, &mut query);
    let cells = plan.naming.cells().map(|cell| {
        let class = plan.naming.class_of(cell);
        let id = plan.naming.classes().get(class).map(|class| quoted(&class.id));
        vec![quoted(&digits(cell)), class.to_string(), id.unwrap_or_else(|| "null".to_owned())]
    });
    query.with(
        "cells",
        values(
            &[("scores", "varchar"), ("place", "integer"), ("class", "varchar")],
            &cells.collect::<Vec<_>>(),
        ),
    );
    query.with("standing", "select scored.*, place, class\nfrom scored join cells using (scores)");
    let figures = "count(customer) as customers,
  count(customer) / nullif((select count(*) from scored), 0) as share,
  coalesce(sum(n), 0) as purchases,
  coalesce(sum(total), 0) as money,
  coalesce(sum(total), 0) / nullif((select greatest(sum(total), 0) from scored), 0) as money_share,
  avg(days) as mean_recency_days,
  avg(n) as mean_purchases";
    Ok(vec![
        query.statement(
            "/classes/*",
            format!(
                "select\n  class,\n  {figures}\nfrom (select distinct place, class from cells) left join standing using (place, class)\ngroup by place, class\norder by place"
            ),
        ),
        query.statement(
            "/cells/*",
            format!(
                "select\n  scores, r, f, m, class,\n  {figures}\nfrom standing\ngroup by scores, r, f, m, class\norder by r desc, f desc, m desc"
            ),
        ),
    ])
}

/// Adds `purchases` as the question means them, and `measured`: per customer the days since the last
/// purchase at the reference date, the purchases, their money.
fn measured(plan: &Plan, query: &mut Query) -> Result<(), Refusal> {
    let question = &plan.question;
    let Some(reference) = plan.references.first() else { return Ok(()) };
    sql::known(query, plan.as_of);
    query.with("purchases", purchases(plan)?);
    let mut whose = String::new();
    if question.population == Population::NetBuyers {
        sql::net(query, "purchases");
        whose = "\n  and customer in (select customer from net)".to_owned();
    }
    let starts = plan.days.starts();
    let n_days = usize::try_from(reference.day + 1).unwrap_or_default();
    sql::units(query, "days", starts.get(..=n_days).unwrap_or(starts));
    let within =
        format!("ts >= {} and ts < {}{whose}", instant(reference.start), instant(reference.end));
    let n = match question.frequency {
        Frequency::Orders => "count(*)",
        Frequency::Days => "count(distinct unit)",
    };
    query.with(
        "bought",
        format!(
            "select customer, {} - max(unit) as days, {n} as n, sum(amount) as amount\nfrom purchases join days on ts >= begins and ts < ends\nwhere not is_refund and amount > 0\n  and {within}\ngroup by customer",
            reference.day
        ),
    );
    query.with(
        "back",
        format!(
            "select customer, sum(abs(amount)) as amount\nfrom purchases\nwhere is_refund and {}\n  and {within}\ngroup by customer",
            nets(question)
        ),
    );
    let money = match question.money {
        Measure::Sum => TEN_THOUSANDTHS.to_owned(),
        // Rounded half away from zero.
        Measure::Mean => format!("sign(total) * ((abs({TEN_THOUSANDTHS}) * 2 + n) // (n * 2))"),
    };
    query.with(
        "measured",
        format!(
            "select *, -days as recency, n as frequency, {money} as money\nfrom (\n  select customer, days, n, bought.amount - coalesce(back.amount, 0) as total\n  from bought left join back using (customer)\n)"
        ),
    );
    Ok(())
}

/// What a purchase is to the question: its own filter over rows, or orders; in its currency.
fn purchases(plan: &Plan) -> Result<String, Refusal> {
    let question = &plan.question;
    let refund = format!("event = {}", quoted(REFUND));
    let (is_purchase, is_refund) = match &question.event {
        None => {
            let order = EventFilter::named(perennial_types::event::ORDER);
            (format!("({} or {refund} or order_id is not null)", holds(&order, false)?), refund)
        }
        Some(filter) => {
            let own = holds(filter, false)?;
            (format!("({own} or {refund})"), format!("not ({own})"))
        }
    };
    let of_currency = question
        .currency
        .as_ref()
        .map_or_else(String::new, |currency| format!(" and currency = {}", quoted(currency)));
    Ok(format!(
        "select\n  customer,\n  min(ts) as ts,\n  {} as is_refund,\n  coalesce(sum(amount), 0) as amount,\n  arg_min(currency, (ts, sequence)) filter (where amount is not null and currency is not null) as currency\nfrom known\nwhere {is_purchase}{of_currency}\ngroup by {}",
        sql::first(&is_refund),
        sql::OCCURRENCE,
    ))
}

/// Adds `cuts` and `scored`: a score is 1 and one more for every cut that is passed.
fn scored(plan: &Plan, query: &mut Query) {
    let question = &plan.question;
    let bins = plan.n_bins();
    let mut source = "measured";
    let passes = match (question.scoring, question.ties) {
        (Scoring::Quantile, Ties::Share) => {
            sorted(query);
            let place = format!("[(size * k + {}) // {bins}]", bins - 1);
            let cuts = MEASURES.map(|one| format!("{one}_sorted{place} as {one}"));
            query.with("cuts", format!("select {}\nfrom sorted, {}", cuts.join(", "), parts(bins)));
            MEASURES.map(|one| format!("measured.{one} > cuts.{one}"))
        }
        (Scoring::Quantile, Ties::First) => {
            query.with("placed", PLACED);
            let ranks = MEASURES.map(|one| {
                format!("row_number() over (order by {one}, place, customer) - 1 as {one}")
            });
            query.with(
                "ranked",
                format!(
                    "select customer, days, n, total, {}\nfrom measured left join placed using (customer)",
                    ranks.join(", ")
                ),
            );
            source = "ranked as measured";
            let cuts = MEASURES.map(|one| format!("(count(*) - 1) * k as {one}"));
            query.with(
                "cuts",
                format!("select {}\nfrom measured, {}\ngroup by k", cuts.join(", "), parts(bins)),
            );
            MEASURES.map(|one| format!("measured.{one} * {bins} > cuts.{one}"))
        }
        (Scoring::Mean, _) => {
            let sums = MEASURES.map(|one| format!("sum({one}) as {one}"));
            query.with(
                "cuts",
                format!("select count(*) as size, {}\nfrom measured", sums.join(", ")),
            );
            MEASURES.map(|one| format!("measured.{one} * size >= cuts.{one}"))
        }
        (Scoring::Median, _) => {
            sorted(query);
            let middles = MEASURES.map(|one| {
                format!("{one}_sorted[(size + 1) // 2] + {one}_sorted[size // 2 + 1] as {one}")
            });
            query.with("cuts", format!("select {}\nfrom sorted", middles.join(", ")));
            MEASURES.map(|one| format!("measured.{one} * 2 >= cuts.{one}"))
        }
        (Scoring::Fixed, _) => {
            query.with("cuts", given(plan));
            MEASURES.map(|one| format!("measured.{one} >= cuts.{one}"))
        }
    };
    let [r, f, m] = passes.map(|passes| format!("1 + count(*) filter (where {passes})"));
    query.with(
        "scored",
        format!(
            "select *, concat(r, f, m) as scores\nfrom (\n  select\n    customer, any_value(days) as days, any_value(n) as n, any_value(total) as total,\n    {r} as r,\n    {f} as f,\n    {m} as m\n  from {source}, cuts\n  group by customer\n)"
        ),
    );
}

/// Where every customer stands in the order in which ties are broken: whole numbers by their value,
/// then other ids as texts. DuckDB sees the identities in the catalog it attached the lake by.
const PLACED: &str = "select
  customer,
  row_number() over (
    order by
      not regexp_full_match(id, '[0-9]+'),
      case when regexp_full_match(id, '[0-9]+') then length(ltrim(id, '0')) end,
      case when regexp_full_match(id, '[0-9]+') then ltrim(id, '0') end,
      id,
      customer
  ) as place
from (
  select customer, arg_min(outside_id, id) as id
  from __ducklake_metadata_lake.identity
  group by customer
)";

/// Adds the measures of all customers, in order.
fn sorted(query: &mut Query) {
    let lists = MEASURES.map(|one| format!("list_sort(list({one})) as {one}_sorted"));
    query.with("sorted", format!("select count(*) as size, {}\nfrom measured", lists.join(", ")));
}

/// The numbers of the cuts.
fn parts(bins: u8) -> String {
    format!("(select unnest(range(1, {bins})) as k)")
}

/// The cuts of fixed scoring.
fn given(plan: &Plan) -> String {
    let Some(cutoffs) = &plan.question.cutoffs else { return values(&CUTS, &[]) };
    let text =
        |number: Option<i64>| number.map_or_else(|| "null".to_owned(), |one| one.to_string());
    let days = cutoffs.recency_days.iter().map(|days| text(days.map(|days| -days)));
    let frequency = cutoffs.frequency.iter().map(|n| text(*n));
    let money = cutoffs.money.iter().map(|money| text(money.map(|money| money.0)));
    let rows = days.zip(frequency).zip(money).map(|((days, n), money)| vec![days, n, money]);
    values(&CUTS, &rows.collect::<Vec<_>>())
}

/// Columns of the cuts.
const CUTS: [(&str, &str); 3] =
    [("recency", "bigint"), ("frequency", "bigint"), ("money", "hugeint")];
