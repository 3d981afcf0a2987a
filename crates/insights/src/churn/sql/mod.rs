//! Who is at risk, who leaves and who comes back, in SQL.

mod life;

use perennial_types::question::Refusal;

use super::plan::Plan;
use super::question::Tiers;
use crate::sql::{Query, Statement, quoted, unsaid, values};

/// Rates of the columns that count customers at risk and their money, named as the answer does.
const RISK: &str = "at_risk as \"risk.at_risk\",
  churned as \"risk.churned\",
  churned / nullif(at_risk, 0) as \"risk.rate\",
  money_at_risk as \"risk.money_at_risk\",
  money_churned as \"risk.money_churned\",
  money_churned / nullif(money_at_risk, 0) as \"risk.money_rate\"";

/// Counts of customers in a relation of standings.
const AT_RISK: &str = "count(*) filter (where is_at_risk) as at_risk,
  count(*) filter (where is_churned) as churned,
  coalesce(sum(money) filter (where is_at_risk), 0) as money_at_risk,
  coalesce(sum(money) filter (where is_churned), 0) as money_churned";

/// The statements: the periods, their parts, all of them together, ages, and who came back.
pub fn explain(plan: &Plan) -> Result<Vec<Statement>, Refusal> {
    if !plan.question.breakdown.is_empty() {
        return Err(unsaid(
            "the churn of groups",
            "ask without `breakdown`, of the customers of one group by `who`",
            "分组的流失",
            "请去掉 `breakdown`，用 `who` 限定为一组客户",
        ));
    }
    let mut query = Query::default();
    life::standings(plan, &mut query)?;
    let n_over = (0..plan.n_periods()).filter(|period| plan.is_over(*period)).count();
    let mut statements = vec![periods(&mut query)];
    parts(plan, &mut query);
    statements.push(by_part(&mut query));
    if n_over > 0 {
        statements.push(totals(&query, n_over));
    }
    statements.push(ages(&mut query, n_over));
    statements.extend(win_back(plan, query));
    Ok(statements)
}

/// The periods of everybody.
fn periods(query: &mut Query) -> Statement {
    query.with(
        "counts",
        format!(
            "select
  period,
  any_value(start) as start,
  {AT_RISK},
  count(*) filter (where state = 'new') as new,
  count(*) filter (where state = 'won_back') as won_back,
  count(*) filter (where state = 'passing') as passing
from periods left join standings using (period)
group by period"
        ),
    );
    query.statement(
        "/periods/*",
        format!(
            "select
  start,
  {RISK},
  new, won_back, passing,
  at_risk - churned + new + won_back as active_end
from counts
order by period"
        ),
    )
}

/// Adds `parts`, tiers, stated reasons, new and old customers, and `members`, who belongs to which.
fn parts(plan: &Plan, query: &mut Query) {
    let mut members = Vec::new();
    let mut kinds = Vec::new();
    let row = |family: u8, place: u8, of: &str, tier: &str| {
        let tier = if tier.is_empty() { "null".to_owned() } else { quoted(tier) };
        vec![family.to_string(), place.to_string(), quoted(of), tier]
    };
    if let Some(drawn) = plan.question.tiers {
        tiers(drawn, query);
        members.push("select customer, period, 0 as family, tier as place from tiered".to_owned());
        kinds.extend(
            (0_u8..).zip(["high", "middle", "low"]).map(|(at, tier)| row(0, at, "tier", tier)),
        );
    } else {
        query.with("bounds", "select period, null as high, null as middle from periods");
    }
    let mut reasons = "select 1, 0, null, null, null, false where false".to_owned();
    if plan.subscription().is_some_and(|one| one.reason.is_some()) {
        stated(plan.question.top, query);
        members.push(
            "select customer, period, 1 as family, place from standings join stated on stated.word is not distinct from standings.word where is_churned"
                .to_owned(),
        );
        reasons = "select distinct 1, place, 'reason', null, case when not other then word end, other from stated".to_owned();
    }
    members.push(
        "select customer, period, 2 as family, cast(not is_newer as integer) as place from standings where is_at_risk"
            .to_owned(),
    );
    kinds.extend([row(2, 0, "new", ""), row(2, 1, "old", "")]);
    let columns =
        [("family", "integer"), ("place", "bigint"), ("whose", "varchar"), ("tier", "varchar")];
    query.with("members", members.join("\nunion all\n"));
    query.with(
        "parts",
        format!(
            "select family, place, whose, tier, cast(null as varchar) as reason, false as other\nfrom ({})\nunion all\n{reasons}",
            values(&columns, &kinds)
        ),
    );
}

/// The numbers of every part and period.
fn by_part(query: &mut Query) -> Statement {
    query.with(
        "part_counts",
        "select
  family, place, period,
  count(*) as at_risk,
  count(*) filter (where is_churned) as churned,
  sum(money) as money_at_risk,
  coalesce(sum(money) filter (where is_churned), 0) as money_churned
from members join standings using (customer, period)
group by family, place, period",
    );
    // Everybody is at risk of every reason.
    query.with(
        "by_part",
        "select
  family, place, whose, tier, reason, other, counts.period, start,
  case when family = 1 then counts.at_risk else coalesce(own.at_risk, 0) end as at_risk,
  coalesce(own.churned, 0) as churned,
  case when family = 1 then counts.money_at_risk else coalesce(own.money_at_risk, 0) end as money_at_risk,
  coalesce(own.money_churned, 0) as money_churned,
  case tier when 'high' then high when 'middle' then middle end as money_from
from parts cross join counts
  left join part_counts as own using (family, place, period)
  left join bounds using (period)",
    );
    query.statement(
        "/parts/*",
        format!(
            "select
  start,
  whose as \"part.of\", tier as \"part.tier\", reason as \"part.reason\",
  {RISK},
  money_from
from by_part
order by family, place, period"
        ),
    )
}

/// Adds `tiered`, the tier of everybody at risk by number, and `bounds`, from how much money on a
/// customer is of the high and of the middle one.
fn tiers(drawn: Tiers, query: &mut Query) {
    let double = |share: f64| format!("cast('{share}' as double)");
    let exact = |money: &str| format!("cast(cast({money} * 10000 as hugeint) as double)");
    query.with(
        "ranked",
        "select
  customer, period, money,
  coalesce(sum(money) over (partition by period order by money desc groups between unbounded preceding and 1 preceding), 0) as before,
  sum(money) over (partition by period) as total
from standings
where is_at_risk",
    );
    query.with(
        "tiered",
        format!(
            "select customer, period, money,
  case when money > 0 and place < {} then 0 when money > 0 and place < {} then 1 else 2 end as tier
from (select *, {} / nullif({}, 0) as place from ranked)",
            double(drawn.high),
            double(drawn.middle),
            exact("before"),
            exact("total"),
        ),
    );
    query.with(
        "bounds",
        "select period, min(money) filter (where tier = 0) as high, min(money) filter (where tier <= 1) as middle\nfrom tiered\ngroup by period",
    );
}

/// Adds `stated`: the reasons of those who churned, the most stated first, the rest in one place.
fn stated(top: usize, query: &mut Query) {
    query.with(
        "stated",
        format!(
            "select word, least(place, {top}) as place, place >= {top} as other\nfrom (\n  select word, row_number() over (order by count(*) desc, word nulls first) - 1 as place\n  from standings\n  where is_churned\n  group by word\n)"
        ),
    );
}

/// Everybody and every part, the periods that are over added up.
fn totals(query: &Query, n_over: usize) -> Statement {
    let sums = "sum(at_risk) as at_risk, sum(churned) as churned, sum(money_at_risk) as money_at_risk, sum(money_churned) as money_churned";
    query.statement(
        "/totals/*",
        format!(
            "select
  whose as \"part.of\", tier as \"part.tier\", reason as \"part.reason\",
  {n_over} as periods,
  {RISK},
  churned / nullif(first(churned) over everybody, 0) as of_churned,
  money_churned / nullif(first(money_churned) over everybody, 0) as of_money
from (
  select -1 as family, 0 as place, 'everybody' as whose, null as tier, null as reason, {sums}
  from counts
  where period < {n_over}
  union all
  select family, place, whose, tier, reason, {sums}
  from by_part
  where period < {n_over}
  group by family, place, whose, tier, reason
)
window everybody as (order by family, place rows between unbounded preceding and unbounded following)
order by family, place"
        ),
    )
}

/// The hazard at every age.
fn ages(query: &mut Query, n_over: usize) -> Statement {
    query.with(
        "by_age",
        format!(
            "select\n  age,\n  {AT_RISK}\nfrom standings\nwhere is_at_risk and period < {n_over}\ngroup by age"
        ),
    );
    query.statement(
        "/ages/*",
        format!(
            "select
  age,
  {RISK},
  churned / nullif(sum(churned) over (), 0) as of_churned,
  case when row_number() over (order by age) = age then product(1 - churned / at_risk) over (order by age) end as remaining
from by_age
order by age"
        ),
    )
}

/// Who came back, and within how many days.
fn win_back(plan: &Plan, mut query: Query) -> Vec<Statement> {
    life::leavings(plan, &mut query);
    query.with(
        "days",
        "select day, n_back, (select count(*) from leavings where coalesce(back_days, followed_days) >= day) as at_risk
from (select back_days as day, count(*) as n_back from leavings where back_days is not null group by back_days)",
    );
    query.with(
        "away",
        "select day, product(1 - n_back / at_risk) over (order by day) as share from days",
    );
    let whole = "select
  count(*) as \"left\",
  count(back_days) as back,
  count(*) filter (where back_days is null) as not_back,
  quantile_cont(back_days, 0.5) as back_median_days,
  quantile_cont(back_days, 0.9) as back_p90_days,
  (select min(day) from away where share <= 0.5 + 1e-12) as median_days,
  (select min(day) from away where share <= 0.1 + 1e-12) as p90_days
from leavings";
    let statement = query.statement("/win_back", whole);
    let days = plan.question.win_back_days.iter().enumerate();
    let days = days.map(|(place, days)| vec![place.to_string(), days.to_string()]);
    query.with(
        "asked",
        values(&[("place", "integer"), ("days", "integer")], &days.collect::<Vec<_>>()),
    );
    let within = "select
  days,
  count(customer) filter (where followed_days >= days) as closed,
  count(customer) filter (where followed_days >= days and back_days <= days) as within,
  count(customer) filter (where followed_days >= days and back_days <= days)
    / nullif(count(customer) filter (where followed_days >= days), 0) as share
from asked left join leavings on true
group by place, days
order by place";
    vec![statement, query.statement("/win_back/within/*", within)]
}
