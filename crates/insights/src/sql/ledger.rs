//! What every customer paid, and what was marked, in SQL: as [`crate::ledger`] reads it.

use perennial_types::calendar::Micros;
use perennial_types::filter::Field;
use perennial_types::question::Refusal;

use super::filters::{field, plain_number};
use super::query::Query;
use super::rows::purchases;
use super::text::quoted;
use super::unsaid;

/// The test of a currency, after other tests; nothing where all count.
pub fn of_currency(currency: Option<&String>) -> String {
    currency.map_or_else(String::new, |currency| format!(" and currency = {}", quoted(currency)))
}

/// Adds `known`, `purchases` and `entries`: money that came, and with `nets` money that went back,
/// of one currency where one is named.
pub fn entries(query: &mut Query, as_of: Micros, nets: bool, currency: Option<&String>) {
    purchases(query, as_of);
    let which = if nets { "is_refund or amount > 0" } else { "not is_refund and amount > 0" };
    query.with(
        "entries",
        format!(
            "select customer, ts, case when is_refund then -abs(amount) else amount end as amount\nfrom purchases\nwhere amount <> 0 and ({which}){}",
            of_currency(currency)
        ),
    );
}

/// The columns of [`happened`](super::happened) that give each occurrence its number and currency.
///
/// # Errors
/// `not_in_sql` where a field has no number in SQL.
pub fn numbered(of: &Field) -> Result<[(&'static str, String); 2], Refusal> {
    let number = match of {
        Field::Amount => "any_value(order_amount)".to_owned(),
        Field::Quantity => "any_value(order_quantity)".to_owned(),
        Field::Ts => return Err(no_value("an instant as a number", "以时间作为数值")),
        other => format!("sum({})", four_places(&field(other, false))),
    };
    let currency =
        "arg_min(currency, (ts, sequence)) filter (where currency is not null)".to_owned();
    Ok([("number", number), ("currency", currency)])
}

/// The text of a field in the first line of an occurrence that has one.
///
/// # Errors
/// `not_in_sql` where a field is no text in SQL.
pub fn word(of: &Field) -> Result<String, Refusal> {
    let text = text_of(of)?;
    Ok(format!("arg_min({text}, (ts, sequence)) filter (where {text} is not null)"))
}

/// The text of a field in a row.
///
/// # Errors
/// As [`word`].
pub fn text_of(of: &Field) -> Result<String, Refusal> {
    match of {
        Field::Amount | Field::Quantity | Field::Ts => {
            Err(no_value("a number or an instant as a text", "以数值或时间作为文字"))
        }
        text => Ok(field(text, false)),
    }
}

/// The number of a field in a row, at four places.
///
/// # Errors
/// As [`numbered`].
pub fn number_of(of: &Field) -> Result<String, Refusal> {
    match of {
        Field::Amount | Field::Quantity => Ok(field(of, false)),
        Field::Ts => Err(no_value("an instant as a number", "以时间作为数值")),
        text => Ok(four_places(&field(text, false))),
    }
}

/// The number a text is in a property, at four places, rounded half away from zero; null where it is
/// none.
pub fn four_places(text: &str) -> String {
    format!("cast({} as decimal(38, 4))", plain_number(text))
}

fn no_value(what: &str, what_zh: &str) -> Refusal {
    unsaid(what, "name a field of text or a property", what_zh, "请使用文本字段或属性")
}
