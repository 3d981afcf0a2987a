//! The table in SQL: what is gathered of every customer at every cut, and the features made of it.
//!
//! The columns of its rows are the features, by their names.

mod expressions;
mod gathered;

use perennial_types::question::{Population, Refusal};

use super::features::{Feature, Get};
use super::plan::Plan;
use super::question::CellRef;
use crate::sql::{Query, Statement, instant, quoted, unsaid, values};

/// The statements: the rows of the page, the cuts, and what every feature is like.
pub fn explain(plan: &Plan) -> Result<Vec<Statement>, Refusal> {
    let mut query = Query::default();
    cuts(plan, &mut query);
    gathered::gathered(plan, &mut query)?;
    let mut columns = Vec::with_capacity(plan.features.len());
    for feature in &plan.features {
        columns.push(format!("{} as {}", expression(feature)?, feature.name));
    }
    query.with(
        "features",
        format!(
            "select\n  customer, cut, date as cut_date,\n  {}\nfrom gathered",
            columns.join(",\n  ")
        ),
    );
    Ok(vec![
        query.statement("/rows/*", rows(plan)),
        query.statement(
            "/cuts/*",
            "select date, count(customer) as customers\nfrom cuts left join features using (cut)\ngroup by cut, date\norder by cut",
        ),
        query.statement("/features/*/summaries/*", summaries(plan)),
    ])
}

fn expression(feature: &Feature) -> Result<String, Refusal> {
    expressions::of(feature).ok_or_else(|| {
        unsaid(
            &format!("the feature `{}`", feature.name),
            "ask for other `features`",
            &format!("特征“{}”", feature.zh),
            "请选择其他 `features`",
        )
    })
}

/// Adds `cuts`.
fn cuts(plan: &Plan, query: &mut Query) {
    let columns = [
        ("cut", "integer"),
        ("date", "varchar"),
        ("cut_day", "integer"),
        ("cut_end", "timestamptz"),
    ];
    let rows = plan.cuts.iter().enumerate().map(|(position, cut)| {
        let date = quoted(&cut.date.to_string());
        vec![position.to_string(), date, cut.day.to_string(), instant(cut.end)]
    });
    query.with("cuts", values(&columns, &rows.collect::<Vec<_>>()));
}

/// The rows of the page, or of the customers of the cell.
fn rows(plan: &Plan) -> String {
    let question = &plan.question;
    let names: Vec<&str> = plan.features.iter().map(|feature| feature.name).collect();
    let meant = question.cell.as_ref().map_or_else(String::new, |cell| meant(plan, cell));
    let page = match (question.limit, question.offset) {
        (None, 0) => String::new(),
        (None, offset) => format!("\norder by customer, cut\noffset {offset}"),
        (Some(limit), offset) => format!("\norder by customer, cut\nlimit {limit} offset {offset}"),
    };
    // Customers are told by their place in the list of customers: that of the cell, or of the page.
    let place = "dense_rank() over (order by customer) - 1 as place";
    let (within, beyond) = match question.cell {
        Some(_) => (format!("*, {place}"), "*".to_owned()),
        None => ("*".to_owned(), format!("*, {place}")),
    };
    format!(
        "select place as customer, cut_date as cut,\n  {}\nfrom (\n  select {beyond} from (select {within} from features{meant}{page})\n) as page\norder by page.customer, page.cut",
        names.join(", ")
    )
}

/// The test of a cell.
fn meant(plan: &Plan, cell: &CellRef) -> String {
    let mut tests = vec![format!("cut = {}", plan.cut_of(cell))];
    if let Some(name) = &cell.feature {
        match cell.missing {
            Some(true) => tests.push(format!("{name} is null")),
            Some(false) => tests.push(format!("{name} is not null")),
            None => {}
        }
        tests.extend(cell.value.as_ref().map(|value| format!("{name} = {}", quoted(value))));
        let bound = |op: &str, bound: f64| format!("{name} {op} cast('{bound}' as double)");
        tests.extend(cell.at_least.map(|least| bound(">=", least)));
        tests.extend(cell.below.map(|most| bound("<", most)));
    }
    format!("\nwhere {}", tests.join(" and "))
}

/// What every feature is like at every cut.
fn summaries(plan: &Plan) -> String {
    let parts = plan.features.iter().enumerate().map(|(place, feature)| {
        let name = feature.name;
        let number = match feature.get {
            Get::Number(_) => format!("cast({name} as double)"),
            Get::Text(_) => "cast(null as double)".to_owned(),
        };
        format!("select {place} as place, '{name}' as name, cut, {name} is not null as is_there, {number} as value from features")
    });
    let names = plan.features.iter().enumerate();
    let names: Vec<_> =
        names.map(|(place, one)| vec![place.to_string(), quoted(one.name)]).collect();
    let columns = [("place", "integer"), ("name", "varchar")];
    format!(
        "select
  name,
  count(is_there) filter (where is_there) as present,
  count(is_there) filter (where not is_there) as missing,
  avg(value) as mean,
  stddev_samp(value) as deviation,
  min(value) as least,
  quantile_cont(value, 0.1) as p10,
  quantile_cont(value, 0.25) as p25,
  quantile_cont(value, 0.5) as median,
  quantile_cont(value, 0.75) as p75,
  quantile_cont(value, 0.9) as p90,
  max(value) as most
from ({}) as named cross join cuts
  left join (
    {}
  ) as found using (place, name, cut)
group by place, name, cut
order by place, cut",
        values(&columns, &names),
        parts.collect::<Vec<_>>().join("\n    union all ")
    )
}

/// Whether anything has to be known of the orders.
fn is_of_buyers(population: Population) -> bool {
    population != Population::Everyone
}
