//! Filters of events as SQL, by the two-valued logic of [`perennial_types::filter`]: what is not
//! there fails every test but `is_not_set`, `!=` and `not_in`.
//!
//! Limit: a property is compared with a number at 18 decimal places and 20 digits before them.

use perennial_types::filter::{Condition, EventFilter, EventNames, Field, Op, Test, Value};
use perennial_types::question::Refusal;
use rust_decimal::Decimal;

use super::text::{instant, quoted};
use super::unsaid;

/// Digits of a property's number after the point.
const PLACES: u32 = 18;
/// What a text looks like that is a number without an exponent.
const PLAIN_NUMBER: &str = "[+-]?([0-9][0-9_]*[.]?[0-9_]*|[.][0-9][0-9_]*)";
/// What may follow it.
const EXPONENT: &str = "([eE][+-]?[0-9]+)?";

/// Whether a row passes a filter. `of_orders` says whether money and quantity are those of the whole
/// order, in the columns `order_amount` and `order_quantity`.
///
/// # Errors
/// `not_in_sql` where a number is too long for DuckDB.
pub fn holds(filter: &EventFilter, of_orders: bool) -> Result<String, Refusal> {
    let names = match &filter.event {
        EventNames::Any => None,
        EventNames::OneOf(names) => Some(one_of("event", names)),
    };
    let condition = filter.condition.as_ref().map(|one| condition(one, of_orders)).transpose()?;
    Ok(match (names, condition) {
        (None, None) => "true".to_owned(),
        (Some(one), None) | (None, Some(one)) => one,
        (Some(names), Some(condition)) => format!("{names} and {condition}"),
    })
}

/// A filter that nothing passes, where one is optional.
pub fn never() -> EventFilter {
    EventFilter { event: EventNames::OneOf(Vec::new()), condition: None }
}

fn one_of(column: &str, texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    match texts.as_slice() {
        [] => "false".to_owned(),
        [only] => format!("{column} = {only}"),
        several => format!("{column} in ({})", several.join(", ")),
    }
}

fn condition(condition: &Condition, of_orders: bool) -> Result<String, Refusal> {
    let each = |parts: &[Condition], word: &str, none: &str| -> Result<String, Refusal> {
        let parts = parts.iter().map(|part| self::condition(part, of_orders));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        Ok(match parts.as_slice() {
            [] => none.to_owned(),
            [only] => only.clone(),
            several => format!("({})", several.join(word)),
        })
    };
    match condition {
        Condition::All(parts) => each(parts, " and ", "true"),
        Condition::Any(parts) => each(parts, " or ", "false"),
        Condition::Not(inner) => Ok(format!("not ({})", self::condition(inner, of_orders)?)),
        Condition::Test(test) => self::test(test, of_orders),
    }
}

/// The expression of a field's value: text, but for money, quantity and the instant.
pub fn field(field: &Field, of_orders: bool) -> String {
    match field {
        Field::Amount if of_orders => "order_amount".to_owned(),
        Field::Quantity if of_orders => "order_quantity".to_owned(),
        Field::Property(name) => {
            let pointer = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
            format!("json_extract_string(properties, {})", quoted(&pointer))
        }
        other => other.name(),
    }
}

/// The number a text is; null where it is none.
pub fn number(text: &str) -> String {
    like(text, &format!("{PLAIN_NUMBER}{EXPONENT}"))
}

/// The same where a number with an exponent is none, as where values are added up.
pub fn plain_number(text: &str) -> String {
    like(text, PLAIN_NUMBER)
}

fn like(text: &str, pattern: &str) -> String {
    format!(
        "try_cast(case when regexp_full_match({text}, {}) then {text} end as decimal(38, {PLACES}))",
        quoted(pattern)
    )
}

fn test(test: &Test, of_orders: bool) -> Result<String, Refusal> {
    let value = field(&test.field, of_orders);
    let one = |op: &str, constant: &Value| compared(&test.field, &value, op, constant);
    let any_equal = || -> Result<String, Refusal> {
        let members = match &test.value {
            Value::List(members) => members.as_slice(),
            single => std::slice::from_ref(single),
        };
        let tests = members.iter().map(|member| one("=", member)).collect::<Result<Vec<_>, _>>()?;
        Ok(match tests.as_slice() {
            [] => "false".to_owned(),
            [only] => only.clone(),
            several => format!("({})", several.join(" or ")),
        })
    };
    let part = |function: &str| match &test.value {
        Value::Text(text) => format!("{function}({value}, {})", quoted(text)),
        _ => "false".to_owned(),
    };
    let positive = match test.op {
        Op::IsSet => return Ok(format!("{value} is not null")),
        Op::IsNotSet => return Ok(format!("{value} is null")),
        Op::NotEqual | Op::NotIn => return Ok(format!("not coalesce({}, false)", any_equal()?)),
        Op::Equal | Op::In => any_equal()?,
        Op::Greater | Op::GreaterOrEqual | Op::Less | Op::LessOrEqual => {
            one(test.op.name(), &test.value)?
        }
        Op::Contains => part("contains"),
        Op::StartsWith => part("starts_with"),
        Op::EndsWith => part("ends_with"),
    };
    let is_always_there = matches!(test.field, Field::Event | Field::Ts | Field::Source);
    Ok(if is_always_there { positive } else { format!("coalesce({positive}, false)") })
}

/// A value against a constant; null or false where they cannot be compared.
fn compared(field: &Field, value: &str, op: &str, constant: &Value) -> Result<String, Refusal> {
    Ok(match (field, constant) {
        (Field::Amount | Field::Quantity, Value::Number(bound)) => {
            of_four_places(value, op, *bound)
        }
        (Field::Ts, Value::Text(text)) => match text.parse::<jiff::Timestamp>() {
            Ok(ts) => format!("{value} {op} {}", instant(ts.as_microsecond())),
            Err(_) => "false".to_owned(),
        },
        (_, Value::Text(text)) => format!("{value} {op} {}", quoted(text)),
        (_, Value::Bool(truth)) => format!("{value} {op} '{truth}'"),
        (_, Value::Number(bound)) => {
            let bound = bound.normalize();
            if bound.scale() > PLACES
                || bound.abs() >= Decimal::from(10_u64.pow(18)) * Decimal::from(100)
            {
                return Err(unsaid(
                    &format!("a comparison with `{bound}`"),
                    "compare with fewer digits",
                    &format!("与 `{bound}` 的比较"),
                    "请使用位数更少的数值",
                ));
            }
            format!("{} {op} cast('{bound}' as decimal(38, {PLACES}))", number(value))
        }
        (_, Value::None | Value::List(_)) => "false".to_owned(),
    })
}

/// A value of four places against a number; null or false where there is no value.
pub fn compares(value: &str, op: Op, bound: Decimal) -> String {
    match op {
        Op::NotEqual => format!("not ({})", of_four_places(value, "=", bound)),
        op => of_four_places(value, op.name(), bound),
    }
}

/// A value of four places against a number of any: finer than the value can be, the number lies
/// between two of them.
fn of_four_places(value: &str, op: &str, bound: Decimal) -> String {
    let mut floor =
        bound.round_dp_with_strategy(4, rust_decimal::RoundingStrategy::ToNegativeInfinity);
    let is_exact = floor == bound;
    floor.rescale(4);
    let literal = format!("cast('{floor}' as decimal(38, 4))");
    match op {
        op if is_exact => format!("{value} {op} {literal}"),
        ">" | ">=" => format!("{value} > {literal}"),
        "<" | "<=" => format!("{value} <= {literal}"),
        // False of a value, null of none.
        _ => format!("{value} <> {value}"),
    }
}

#[cfg(test)]
mod tests {
    use perennial_types::filter::EventFilter;
    use serde_json::{Value, json};

    fn sql(filter: Value) -> String {
        let filter: EventFilter = serde_json::from_value(filter).unwrap();
        super::holds(&filter, true).unwrap()
    }

    fn of(condition: Value) -> String {
        sql(json!({"event": "*", "where": condition}))
    }

    #[test]
    fn names_are_quoted() {
        assert_eq!(sql(json!({"event": "*"})), "true");
        assert_eq!(sql(json!({"event": ["o'r", "\\"]})), r"event in ('o''r', '\')");
    }

    #[test]
    fn absence_is_false_and_its_opposite_true() {
        let test = |op: &str| of(json!({"field": "currency", "op": op, "value": "EUR"}));
        assert_eq!(test("="), "coalesce(currency = 'EUR', false)");
        assert_eq!(test("!="), "not coalesce(currency = 'EUR', false)");
        assert_eq!(of(json!({"field": "item", "op": "is_not_set"})), "item is null");
        assert_eq!(of(json!({"any": []})), "false");
    }

    #[test]
    fn money_is_that_of_the_order_and_a_finer_bound_lies_between_two_amounts() {
        let test =
            |op: &str, value: Value| of(json!({"field": "amount", "op": op, "value": value}));
        assert_eq!(
            test(">", json!(12.5)),
            "coalesce(order_amount > cast('12.5000' as decimal(38, 4)), false)"
        );
        assert_eq!(
            test(">=", json!(0.00005)),
            "coalesce(order_amount > cast('0.0000' as decimal(38, 4)), false)"
        );
        assert_eq!(
            test("<", json!(-0.00005)),
            "coalesce(order_amount <= cast('-0.0001' as decimal(38, 4)), false)"
        );
        assert_eq!(test("=", json!(0.00005)), "coalesce(order_amount <> order_amount, false)");
    }

    #[test]
    fn properties_are_found_whatever_their_name() {
        let found = of(json!({"field": "properties.a/b~'c", "op": "starts_with", "value": "%_"}));
        assert_eq!(
            found,
            "coalesce(starts_with(json_extract_string(properties, '/a~1b~0''c'), '%_'), false)"
        );
        assert!(of(json!({"field": "score", "op": ">", "value": 1e-7})).contains("'0.0000001'"));
    }

    #[test]
    fn numbers_too_long_for_duckdb_are_refused() {
        let filter = json!({"event": "*", "where": {"field": "x", "op": ">", "value": 1e-20}});
        let filter: EventFilter = serde_json::from_value(filter).unwrap();
        assert_eq!(super::holds(&filter, true).unwrap_err().code, "not_in_sql");
    }
}
