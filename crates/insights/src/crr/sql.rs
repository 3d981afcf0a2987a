//! The sets and rates in SQL.

use perennial_types::calendar::Micros;
use perennial_types::question::Refusal;

use super::plan::{Plan, Rule, Window};
use crate::sql::{self, Query, Statement, unsaid};

const RATES: &str = "select
  start, s, e, n, kept, won_back, lost, acquired,
  (e - n) / nullif(s, 0) as classic,
  kept / nullif(s, 0) as \"set\",
  lost / nullif(s, 0) as churn
from counts
order by period";

/// The statements of the periods, and of the whole range, of everybody.
pub fn explain(plan: &Plan) -> Result<Vec<Statement>, Refusal> {
    if !plan.breakdown.is_empty() || plan.splits_new() {
        return Err(unsaid(
            "rates of groups",
            "ask without `breakdown` and `by`, of the customers of one group by `who`",
            "分组的留存率",
            "请去掉 `breakdown` 与 `by`，用 `who` 限定为一组客户",
        ));
    }
    let Rule::Trailing(window) = plan.rule else {
        return Err(unsaid(
            "being active by a subscription",
            "give `active.trailing_days`",
            "按订阅判断活跃",
            "请给出 `active.trailing_days`",
        ));
    };
    let n = plan.n_periods();
    let bounds = plan.boundaries();
    let name = |boundary: usize| plan.date_name(boundary);
    let of = |from: usize, to: usize| -> Option<(String, Micros, Micros)> {
        Some((name(from), *bounds.get(from)?, *bounds.get(to)?))
    };
    let periods: Vec<_> = (0..n).filter_map(|period| of(period, period + 1)).collect();
    let whole: Vec<_> = of(0, n).filter(|_| n > 0).into_iter().collect();
    let mut statements = vec![rates(plan, window, "/periods/*", &periods)?];
    if n > 0 {
        statements.push(rates(plan, window, "/overall", &whole)?);
    }
    Ok(statements)
}

fn rates(
    plan: &Plan,
    window: Window,
    rows: &str,
    spans: &[(String, Micros, Micros)],
) -> Result<Statement, Refusal> {
    let mut query = Query::default();
    sql::occurred(&mut query, None, plan.question.population, plan.as_of)?;
    match window {
        Window::Given(micros) | Window::Measured(micros, _) => {
            let since = |instant: fn(&(String, Micros, Micros)) -> Micros| -> Vec<Micros> {
                spans.iter().map(|span| instant(span).saturating_sub(micros)).collect()
            };
            let (begins, ends) = (since(|span| span.1), since(|span| span.2));
            let [at_start, at_end] = sql::REACH;
            let more = [(at_start, begins.as_slice()), (at_end, ends.as_slice())];
            sql::periods(&mut query, "periods", spans, &more);
        }
        Window::Unknown => {
            sql::width(&mut query, plan.as_of);
            sql::periods(&mut query, "spans", spans, &[]);
            let [at_start, at_end] = sql::REACH;
            query.with(
                "periods",
                format!(
                    "select spans.*,\n  make_timestamptz(epoch_us(begins) - micros) as {at_start},\n  make_timestamptz(epoch_us(ends) - micros) as {at_end}\nfrom spans, width"
                ),
            );
        }
    }
    sql::standing(&mut query, "periods");
    query.with(
        "customers",
        "select
  period,
  coalesce(before >= active_since, false) as at_start,
  coalesce(during, before) >= active_since_at_end as at_end,
  before is null as is_new
from standing",
    );
    query.with(
        "counts",
        "select
  period,
  any_value(start) as start,
  count(*) filter (where at_start) as s,
  count(*) filter (where at_end) as e,
  count(*) filter (where at_end and is_new) as n,
  count(*) filter (where at_start and at_end) as kept,
  count(*) filter (where at_end and not at_start and not is_new) as won_back,
  count(*) filter (where at_start and not at_end) as lost,
  count(*) filter (where is_new) as acquired
from periods left join customers using (period)
group by period",
    );
    Ok(query.statement(rows, RATES))
}
