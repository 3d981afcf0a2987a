//! Votes, who stayed after them, and who was asked at all, in SQL.

use perennial_engine::source::SourceFacts;
use perennial_types::calendar::Unit;
use perennial_types::question::{Population, Refusal};

use super::plan::Plan;
use super::question::{Metric, Vote};
use crate::range::{label, too_many};
use crate::sql::{self, Query, Statement, holds, instant, quoted, unsaid, values};

/// Who answered against who did not, by what they were at the end of the range.
const COMPARED: &str = "select
  measure,
  count(value) filter (where answered) as \"responded.n\",
  avg(value) filter (where answered) as \"responded.mean\",
  stddev_samp(value) filter (where answered) as \"responded.deviation\",
  count(value) filter (where not answered) as \"silent.n\",
  avg(value) filter (where not answered) as \"silent.mean\",
  stddev_samp(value) filter (where not answered) as \"silent.deviation\",
  avg(value) filter (where answered) - avg(value) filter (where not answered) as difference
from measures left join compared using (measure)
group by place, measure
order by place";

/// The statements: the whole range, the waves, the classes of both, and who answered.
pub fn explain(plan: &Plan, facts: &SourceFacts) -> Result<Vec<Statement>, Refusal> {
    if !plan.question.breakdown.is_empty() {
        return Err(unsaid(
            "the votes of groups",
            "ask without `breakdown`, of the customers of one group by `who`",
            "分组的评价",
            "请去掉 `breakdown`，用 `who` 限定为一组客户",
        ));
    }
    let mut query = Query::default();
    cast(plan, &mut query)?;
    let figures = figures(plan);
    let mut statements =
        vec![query.statement("/overall", format!("select\n  {figures}\nfrom chosen"))];
    asked(plan, facts, &mut query)?;
    let responses = match plan.question.sent {
        None => "",
        Some(_) => {
            ",\n  any_value(asked) as asked,\n  any_value(responded) as responded,\n  any_value(responded) / nullif(any_value(asked), 0) as response_rate"
        }
    };
    query.with(
        "responses",
        "select place, count(asked_in.customer) as asked, count(asked_in.customer) filter (where in_wave.customer is not null) as responded
from waves left join asked_in using (place) left join in_wave using (place, customer)
group by place",
    );
    statements.push(query.statement(
        "/waves/*",
        format!(
            "select\n  wave,\n  {figures}{responses}\nfrom waves left join in_wave using (place) left join responses using (place)\ngroup by place, wave\norder by place"
        ),
    ));
    statements.push(query.statement("/overall/classes/*", classes("classes", "chosen", "")));
    statements.push(query.statement(
        "/waves/*/classes/*",
        classes("waves cross join classes", "in_wave", "waves.place, wave, "),
    ));
    statements.push(query.statement(
        "/responses",
        "select
  count(*) as asked,
  count(*) filter (where answered) as responded,
  count(*) filter (where answered) / nullif(count(*), 0) as response_rate,
  greatest((select count(*) from chosen) - count(*) filter (where answered), 0) as unasked
from everybody_asked",
    ));
    statements.push(query.statement("/responses/bias/*", COMPARED));
    statements.push(query.statement(
        "/dropped",
        "select
  count(*) filter (where flaw = 0) as without_score,
  count(*) filter (where flaw = 1) as no_number,
  count(*) filter (where flaw = 2) as off_scale,
  count(*) filter (where flaw = 3) as without_wave
from votes",
    ));
    Ok(statements)
}

/// What some votes say.
fn figures(plan: &Plan) -> String {
    let against = match plan.question.metric {
        Metric::Nps => " - count(*) filter (where kind = 2)",
        Metric::Csat | Metric::Ces => "",
    };
    let net = format!("(count(*) filter (where kind = 0){against})");
    // Rounded half away from zero.
    format!(
        "count(score) as votes,
  100 * {net} / nullif(count(score), 0) as score,
  sign({net}) * ((abs({net}) * 200 + count(score)) // (2 * nullif(count(score), 0))) as rounded,
  avg(score) as mean"
    )
}

/// The classes of every wave, or of the whole range, with who stayed.
fn classes(of: &str, votes: &str, by: &str) -> String {
    let using = if by.is_empty() { "(kind)" } else { "(place, kind)" };
    let whole = if by.is_empty() { "()" } else { "(partition by waves.place)" };
    format!(
        "select
  id as class,
  count(score) as votes,
  count(score) / nullif(sum(count(score)) over {whole}, 0) as share,
  count(score) filter (where decided) as \"stayed.decided\",
  count(score) filter (where decided and comes) as \"stayed.stayed\",
  count(score) filter (where not decided) as \"stayed.undecided\",
  count(score) filter (where decided and comes) / nullif(count(score) filter (where decided), 0) as \"stayed.share\"
from {of} left join {votes} using {using}
group by {by}kind, id
order by {by}kind"
    )
}

/// Adds `waves`, `classes`, `votes` with what they may lack, `in_wave`, one vote per customer and wave,
/// and `chosen`, one per customer.
fn cast(plan: &Plan, query: &mut Query) -> Result<(), Refusal> {
    let question = &plan.question;
    let Some(event) = &question.event else { return Ok(()) };
    sql::happened(query, plan.as_of, &[("returns", &question.retained.return_)], &[])?;
    let score_text = sql::field(&plan.score, false);
    let wave = match &plan.wave {
        Some(field) => sql::text_of(field)?,
        None => "null".to_owned(),
    };
    query.with(
        "in_range",
        format!(
            "select customer, ts, sequence, {} as is_vote, {} as is_sent, {} as number, {score_text} is null as has_no_score, {wave} as named\nfrom known\nwhere ts >= {} and ts < {}",
            holds(event, false)?,
            holds(question.sent.as_ref().unwrap_or(&sql::never()), false)?,
            sql::number_of(&plan.score)?,
            instant(plan.range.start),
            instant(plan.range.end),
        ),
    );
    let is_whole = format!(
        "number = round(number) and number between {} and {}",
        plan.scale.least, plan.scale.most
    );
    waves(plan, query, &is_whole);
    let flaw = format!(
        "case when has_no_score then 0 when number is null then 1 when not ({is_whole}) then 2 when place is null then 3 end"
    );
    query.with(
        "placed",
        match plan.wave {
            None => {
                "select in_range.*, place from in_range join waves on ts >= begins and ts < ends"
            }
            Some(_) => "select in_range.*, place from in_range left join waves on wave = named",
        },
    );
    query.with(
        "votes",
        format!("select customer, ts, sequence, place, number, {flaw} as flaw\nfrom placed\nwhere is_vote"),
    );
    sql::purchases_in(query, plan.as_of, question.currency.as_ref());
    let of_buyers = sql::population(query, question.population, plan.as_of);
    let (join, since) = match of_buyers {
        true => (" join buyers using (customer)", " and ts >= since"),
        false => ("", ""),
    };
    let within = plan.within;
    query.with(
        "cast_votes",
        format!(
            "select
  votes.customer, votes.ts, votes.sequence, place, cast(number as bigint) as score,
  case when number >= {} then 0 when number <= {} then 2 else 1 end as kind,
  epoch_us(ts) + {within} <= {} as decided,
  exists (
    select 1 from happened
    where happened.customer = votes.customer and returns and happened.ts > votes.ts
      and epoch_us(happened.ts) < epoch_us(votes.ts) + {within}
  ) as comes
from votes{join}
where flaw is null{since}",
            plan.scale.high_from, plan.scale.low_to, plan.as_of
        ),
    );
    let order = match question.vote {
        Vote::Last => "order by ts desc, sequence desc",
        Vote::First => "order by ts, sequence",
    };
    for (name, by) in [("in_wave", "customer, place"), ("chosen", "customer")] {
        query.with(
            name,
            format!("select *\nfrom cast_votes\nqualify row_number() over (partition by {by} {order}) = 1"),
        );
    }
    let ids = question.metric.classes().into_iter().enumerate();
    let ids = ids.map(|(class, [id, ..])| vec![class.to_string(), quoted(id)]);
    let columns = [("kind", "integer"), ("id", "varchar")];
    query.with("classes", values(&columns, &ids.collect::<Vec<_>>()));
    Ok(())
}

/// Adds `waves`: the periods, or the names that votes and those asked were met with.
fn waves(plan: &Plan, query: &mut Query, is_whole: &str) {
    if plan.wave.is_some() {
        query.with(
            "waves",
            format!(
                "select row_number() over (order by named) - 1 as place, named as wave\nfrom (select distinct named from in_range where named is not null and (is_sent or (is_vote and {is_whole})))"
            ),
        );
        return;
    }
    let columns = [
        ("place", "integer"),
        ("wave", "varchar"),
        ("begins", "timestamptz"),
        ("ends", "timestamptz"),
    ];
    let rows = (0..plan.periods.len()).filter_map(|period| {
        let (begins, ends) = (plan.periods.start(period)?, plan.periods.end(period)?);
        let name = label(&plan.calendar, &plan.periods, period);
        Some(vec![period.to_string(), quoted(&name), instant(begins), instant(ends)])
    });
    query.with("waves", values(&columns, &rows.collect::<Vec<_>>()));
}

/// Adds `asked_in`, who was asked in which wave, `everybody_asked`, who was in the whole range, and
/// `compared`, what they were worth at its end.
fn asked(plan: &Plan, facts: &SourceFacts, query: &mut Query) -> Result<(), Refusal> {
    let end = instant(plan.range.end);
    let is_known = plan.question.sent.is_some();
    // Without events that ask, whoever is active in the range might have answered.
    let which = if is_known { "is_sent and place is not null" } else { "true" };
    let of_buyers = plan.question.population != Population::Everyone;
    let members = match of_buyers {
        true => format!(" and customer in (select customer from buyers where since < {end})"),
        false => String::new(),
    };
    query.with(
        "asked_in",
        format!("select distinct customer, place\nfrom placed\nwhere {which}{members}"),
    );
    query.with(
        "everybody_asked",
        "select customer, customer in (select customer from chosen) as answered\nfrom (select distinct customer from asked_in)",
    );
    let first = facts.ts.map_or(plan.last_date, |(first, _)| plan.calendar.date_of(first));
    let days = plan.calendar.periods_of_dates(Unit::Day, first.min(plan.last_date), plan.last_date);
    let days = days.map_err(|error| too_many(&error.to_string(), &error.in_chinese()))?;
    sql::units(query, "days", days.starts());
    query.with(
        "worth",
        format!(
            "select
  customer, answered,
  max(ts) filter (where not is_refund and amount > 0) as last,
  count(*) filter (where not is_refund and amount > 0) as purchases,
  coalesce(sum(case when is_refund then -abs(amount) else amount end) filter (where is_refund or amount > 0), 0) as money
from everybody_asked left join (select * from purchases where ts < {end}) as purchases using (customer)
group by customer, answered"
        ),
    );
    // Money of several currencies is not added.
    query.with(
        "is_mixed",
        format!("select count(distinct currency) > 1 as is_mixed\nfrom purchases\nwhere (is_refund or amount > 0) and ts < {end} and customer in (select customer from everybody_asked)"),
    );
    query.with(
        "measures",
        values(
            &[("place", "integer"), ("measure", "varchar")],
            &["recency_days", "purchases", "money"]
                .iter()
                .enumerate()
                .map(|(place, measure)| vec![place.to_string(), quoted(measure)])
                .collect::<Vec<_>>(),
        ),
    );
    query.with(
        "compared",
        "select 'recency_days' as measure, answered, cast((select max(unit) from days) - unit as double) as value
from worth join days on last >= begins and last < ends
union all
select 'purchases', answered, cast(purchases as double) from worth
union all
select 'money', answered, cast(money as double) from worth, is_mixed where not is_mixed",
    );
    Ok(())
}
