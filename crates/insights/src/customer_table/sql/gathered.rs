//! What is gathered of a customer at a cut: counts, days, sums, firsts and lasts.

use perennial_types::event::{ORDER, REFUND};
use perennial_types::filter::Field;
use perennial_types::question::{Population, Refusal};

use super::super::features::Need;
use super::super::plan::Plan;
use super::expressions::{N_BLOCKS, WINDOWS};
use super::is_of_buyers;
use crate::sql::{self, OCCURRENCE, Query, holds, quoted};
use crate::visits::{SessionRule, Splitter};

/// Quarters of a day, by their features.
const QUARTERS: [&str; 4] = ["night", "morning", "afternoon", "evening"];

/// Gaps of a list of days: their mean, middle, deviation, and the latest.
const GAPS: &str = "avg(gap) as {p}gap_mean,
  quantile_cont(gap, 0.5) as {p}gap_median,
  stddev_samp(gap) as {p}gap_sd,
  arg_max(gap, place) as {p}gap_last";

/// Adds `gathered`: a row per customer and cut, of the population as known there.
pub fn gathered(plan: &Plan, query: &mut Query) -> Result<(), Refusal> {
    dated(plan, query)?;
    let mut joined = vec!["counts".to_owned()];
    counts(plan, query);
    if plan.wants(Need::Gaps) {
        gaps(query);
        joined.push("left join gaps using (customer, cut)".to_owned());
    }
    if plan.wants_orders {
        orders(plan, query);
        joined.push("left join bought using (customer, cut)".to_owned());
        joined.push("left join order_gaps using (customer, cut)".to_owned());
    }
    joined.push("join cuts using (cut)".to_owned());
    joined.push("join seen using (cut)".to_owned());
    seen(plan, query);
    let whose = match plan.question.population {
        Population::Everyone => "",
        Population::Buyers => "\nwhere orders > 0",
        Population::NetBuyers => "\nwhere is_net_buyer",
    };
    query.with(
        "gathered",
        format!("select * exclude (cut_end)\nfrom {}{whose}", joined.join("\n  ")),
    );
    Ok(())
}

/// Adds `dated`: every row that counts for a cut, with its day and what features look at.
fn dated(plan: &Plan, query: &mut Query) -> Result<(), Refusal> {
    let question = &plan.question;
    let end = plan.cuts.last().map_or(i64::MIN, |cut| cut.end);
    match question.known_at {
        None => sql::known(query, end),
        Some(known_at) => query.with(
            "known",
            format!(
                "select *, case when order_id is null then sequence end as alone\nfrom events\nwhere ts < {} and sequence <= {known_at}",
                sql::instant(end)
            ),
        ),
    }
    // Days and, where wanted, their quarters: those of nights that are short or long follow the clock.
    let (starts, day, part) = match plan.wants_rhythm {
        true => (plan.days.quarters(), "unit // 4", "unit % 4"),
        false => (plan.days.starts().to_vec(), "unit", "0"),
    };
    sql::units(query, "units", &starts);
    let columns = looked_at(plan, day, part)?;
    let more = match plan.wants_sessions {
        true => "\nwindow visits as (partition by customer order by ts, sequence)",
        false => "",
    };
    query.with(
        "rows_of_days",
        format!(
            "select\n  {}\nfrom known join units on ts >= begins and ts < ends{more}",
            columns.join(",\n  ")
        ),
    );
    query.with(
        "dated",
        "select rows_of_days.*, cut, cut_day\nfrom rows_of_days join cuts on ts < cut_end",
    );
    Ok(())
}

/// The columns of a row that features look at.
fn looked_at(plan: &Plan, day: &str, part: &str) -> Result<Vec<String>, Refusal> {
    let question = &plan.question;
    let mut columns = vec![
        "customer".to_owned(),
        "ts".to_owned(),
        "sequence".to_owned(),
        "event".to_owned(),
        "order_id".to_owned(),
        "alone".to_owned(),
        "amount".to_owned(),
        "currency".to_owned(),
        "item".to_owned(),
        format!("{day} as day"),
        format!("{part} as part"),
    ];
    for (need, name, field) in [
        (Need::Categories, "category", &question.category),
        (Need::Channel, "channel", &question.channel),
        (Need::Country, "country", &question.country),
    ] {
        if plan.wants(need) {
            columns.push(format!("{} as {name}", sql::text_of(&Field::named(field))?));
        }
    }
    if plan.wants(Need::Support) {
        columns.push(format!("{} as is_support", holds(&question.support, false)?));
    }
    if let Some((_, score)) = &plan.votes {
        let score = sql::number_of(score)?;
        columns.push(format!(
            "case when {} then {score} end as score",
            holds(&question.feedback, false)?
        ));
    }
    if plan.wants_sessions {
        columns.extend(sessions(plan)?);
    }
    Ok(columns)
}

/// Whether a row begins a session, and how long after the one before it came.
fn sessions(plan: &Plan) -> Result<[String; 2], Refusal> {
    let rule = &plan.question.session;
    let begins = match (rule, rule.splitter()) {
        (SessionRule::StartedBy(filter), _) => holds(filter, false)?,
        (_, Some(Splitter::Gap(gap))) => {
            format!("epoch_us(ts) - epoch_us(lag(ts) over visits) >= {gap}")
        }
        (_, Some(Splitter::Field(field))) => {
            let field = sql::text_of(&field)?;
            format!("{field} is distinct from lag({field}) over visits")
        }
        _ => "false".to_owned(),
    };
    Ok([
        format!("row_number() over visits = 1 or coalesce({begins}, false) as begins_session"),
        "epoch_us(ts) - epoch_us(lag(ts) over visits) as since_last".to_owned(),
    ])
}

/// Adds `counts`: everything but orders and gaps.
fn counts(plan: &Plan, query: &mut Query) {
    let mut columns = vec![
        "customer".to_owned(),
        "cut".to_owned(),
        "min(day) as first_day".to_owned(),
        "max(day) as last_day".to_owned(),
        "count(*) as events".to_owned(),
        "count(distinct day) as active_days".to_owned(),
    ];
    for days in WINDOWS {
        let recent = format!("day > cut_day - {days}");
        columns.push(format!("count(*) filter (where {recent}) as events_{days}"));
        columns.push(format!("count(distinct day) filter (where {recent}) as active_days_{days}"));
        if plan.wants(Need::Support) {
            columns.push(format!(
                "count(*) filter (where is_support and {recent}) as support_events_{days}"
            ));
        }
        if plan.wants_sessions {
            columns.push(format!(
                "count(*) filter (where begins_session and {recent}) as sessions_{days}"
            ));
        }
    }
    for block in 0..N_BLOCKS {
        columns.push(format!(
            "count(*) filter (where (cut_day - day) // 30 = {block}) as block_{block}"
        ));
    }
    columns.extend(conduct(plan));
    query.with(
        "counts",
        format!("select\n  {}\nfrom dated\ngroup by customer, cut", columns.join(",\n  ")),
    );
}

/// Columns of breadth, help, votes, sessions, hours and labels.
fn conduct(plan: &Plan) -> Vec<String> {
    let mut columns = Vec::new();
    if plan.wants(Need::Names) {
        columns.push("count(distinct event) as event_names".to_owned());
    }
    columns.push("count(distinct item) as items".to_owned());
    columns.push(format!(
        "count(distinct item) filter (where {}{}) as items_bought",
        is_order(),
        sql::of_currency(plan.question.currency.as_ref())
    ));
    if plan.wants(Need::Categories) {
        columns.push("count(distinct category) as categories".to_owned());
    }
    if plan.wants(Need::Support) {
        columns.push("count(*) filter (where is_support) as support_events".to_owned());
        columns.push("max(day) filter (where is_support) as last_support_day".to_owned());
    }
    if plan.wants(Need::Votes) {
        columns.push("count(score) as votes".to_owned());
        columns.push("sum(score) as score_sum".to_owned());
        let last = "(ts, sequence)) filter (where score is not null)";
        columns.push(format!("arg_max(score, {last} as last_score"));
        columns.push(format!("arg_max(day, {last} as last_vote_day"));
    }
    if plan.wants_sessions {
        columns.push("count(*) filter (where begins_session) as sessions".to_owned());
        columns.push(
            "coalesce(sum(since_last) filter (where not begins_session), 0) as session_micros"
                .to_owned(),
        );
    }
    if plan.wants_rhythm {
        let weekend = format!("isodow(date '{}' + cast(day as integer)) >= 6", plan.days.first());
        columns.push(format!("count(*) filter (where {weekend}) as weekend_events"));
        columns.extend(
            QUARTERS.iter().enumerate().map(|(part, name)| {
                format!("count(*) filter (where part = {part}) as {name}_events")
            }),
        );
    }
    for (need, name) in [(Need::Channel, "channel"), (Need::Country, "country")] {
        if plan.wants(need) {
            let known = format!("(ts, sequence)) filter (where {name} is not null)");
            columns.push(format!("arg_min({name}, {known} as first_{name}"));
            columns.push(format!("arg_max({name}, {known} as last_{name}"));
        }
    }
    columns
}

/// The test of a line of an order.
fn is_order() -> String {
    format!("(event = {} or (order_id is not null and event <> {}))", quoted(ORDER), quoted(REFUND))
}

/// Adds `gaps`: those between days with an event.
fn gaps(query: &mut Query) {
    query.with(
        "gaps",
        format!(
            "select\n  customer, cut,\n  {}\nfrom (\n  select customer, cut, day as place, day - lag(day) over (partition by customer, cut order by day) as gap\n  from (select distinct customer, cut, day from dated)\n)\nwhere gap is not null\ngroup by customer, cut",
            GAPS.replace("{p}", "")
        ),
    );
}

/// Adds `deals`, orders and refunds as known at every cut, `bought` and `order_gaps`.
fn orders(plan: &Plan, query: &mut Query) {
    query.with(
        "deals",
        format!(
            "select
  customer, cut, any_value(cut_day) as cut_day,
  min(ts) as ts,
  {} as sequence,
  {} as day,
  event = {} as is_refund,
  abs(coalesce(sum(amount), 0)) as amount,
  event <> {} and coalesce(sum(amount), 0) > 0 as is_bought,
  arg_min(currency, (ts, sequence)) filter (where amount is not null and currency is not null) as currency
from dated
where (event in ({}, {}) or order_id is not null){}
group by cut, {OCCURRENCE}",
            sql::first("sequence"),
            sql::first("day"),
            quoted(REFUND),
            quoted(REFUND),
            quoted(ORDER),
            quoted(REFUND),
            sql::of_currency(plan.question.currency.as_ref()),
        ),
    );
    let mut columns = vec![
        "customer".to_owned(),
        "cut".to_owned(),
        "count(*) filter (where is_bought) as orders".to_owned(),
        "count(*) filter (where is_refund) as refunds".to_owned(),
        "coalesce(sum(amount) filter (where is_bought), 0) as money".to_owned(),
        "coalesce(sum(amount) filter (where is_refund), 0) as refund_money".to_owned(),
        "max(amount) filter (where is_bought) as money_max".to_owned(),
        "min(day) filter (where is_bought) as first_order_day".to_owned(),
        "max(day) filter (where is_bought) as last_order_day".to_owned(),
        "arg_max(currency, (ts, sequence)) filter (where is_bought and currency is not null) as last_currency".to_owned(),
    ];
    for days in WINDOWS {
        let recent = format!("is_bought and day > cut_day - {days}");
        columns.push(format!("count(*) filter (where {recent}) as orders_{days}"));
        columns.push(format!("coalesce(sum(amount) filter (where {recent}), 0) as money_{days}"));
    }
    if is_of_buyers(plan.question.population) {
        query.with(
            "paid",
            "select customer, cut, currency, sum(amount) as amount\nfrom deals\nwhere is_bought\ngroup by customer, cut, currency",
        );
        query.with(
            "net",
            "select distinct customer, cut\nfrom (\n  select paid.customer, paid.cut, any_value(paid.amount) as paid, coalesce(sum(back.amount), 0) as back\n  from paid left join deals as back\n    on back.customer = paid.customer and back.cut = paid.cut and back.is_refund\n    and (back.currency is null or back.currency is not distinct from paid.currency)\n  group by paid.customer, paid.cut, paid.currency\n)\nwhere paid > back",
        );
        columns.push(
            "(customer, cut) in (select (customer, cut) from net) as is_net_buyer".to_owned(),
        );
    }
    query.with(
        "bought",
        format!("select\n  {}\nfrom deals\ngroup by customer, cut", columns.join(",\n  ")),
    );
    query.with(
        "order_gaps",
        format!(
            "select\n  customer, cut,\n  {}\nfrom (\n  select customer, cut, (ts, sequence) as place, day - lag(day) over (partition by customer, cut order by ts, sequence) as gap\n  from deals\n  where is_bought\n)\nwhere gap is not null\ngroup by customer, cut",
            GAPS.replace("{p}", "order_")
        ),
    );
}

/// Adds `seen`: what anybody had before every cut.
fn seen(plan: &Plan, query: &mut Query) {
    let orders = match plan.wants_orders {
        true => "cut in (select cut from deals)",
        false => "false",
    };
    let any = |is_wanted: bool, name: &str| match is_wanted {
        true => format!("coalesce(bool_or({name} > 0), false)"),
        false => "false".to_owned(),
    };
    query.with(
        "seen",
        format!(
            "select
  cut,
  {orders} as seen_orders,
  {} as seen_items,
  {} as seen_items_bought,
  {} as seen_categories,
  {} as seen_support,
  {} as seen_votes
from cuts left join counts using (cut)
group by cut",
            any(true, "items"),
            any(true, "items_bought"),
            any(plan.wants(Need::Categories), "categories"),
            any(plan.wants(Need::Support), "support_events"),
            any(plan.wants(Need::Votes), "votes"),
        ),
    );
}
