//! Values as SQL literals: whatever a question holds stays a value, never becomes SQL.

use jiff::Timestamp;
use perennial_types::calendar::Micros;
use rust_decimal::Decimal;

/// A text. Quotes are doubled; a backslash is only a backslash to DuckDB. NUL, which no literal can
/// hold, is spelt by its number.
pub fn quoted(text: &str) -> String {
    let parts = text.split('\0').map(|part| format!("'{}'", part.replace('\'', "''")));
    let parts: Vec<String> = parts.collect();
    match parts.as_slice() {
        [whole] => whole.clone(),
        parts => format!("({})", parts.join(" || chr(0) || ")),
    }
}

/// An instant. The ends of the line stand for "ever".
pub fn instant(micros: Micros) -> String {
    match micros {
        Micros::MIN => return "timestamptz '-infinity'".to_owned(),
        Micros::MAX => return "timestamptz 'infinity'".to_owned(),
        _ => {}
    }
    match Timestamp::from_microsecond(micros) {
        Ok(ts) if (0..253_402_300_800).contains(&(ts.as_second() + 62_135_596_800)) => {
            let text = ts.to_string().replace('T', " ").replace('Z', "+00");
            format!("timestamptz '{text}'")
        }
        _ => format!("make_timestamptz({micros})"),
    }
}

/// A decimal of four places, out of ten-thousandths.
pub fn decimal(ten_thousandths: i128) -> String {
    let number = Decimal::try_from_i128_with_scale(ten_thousandths, 4);
    let text = number.map_or_else(|_| ten_thousandths.to_string() + "e-4", |one| one.to_string());
    format!("cast('{text}' as decimal(38, 4))")
}

/// A relation written out: `select * from (values …) as t (a, b)`, typed where it is empty. Columns
/// are names with their types.
pub fn values(columns: &[(&str, &str)], rows: &[Vec<String>]) -> String {
    if rows.is_empty() {
        let nothing = columns.iter().map(|(name, kind)| format!("cast(null as {kind}) as {name}"));
        return format!("select {} where false", nothing.collect::<Vec<_>>().join(", "));
    }
    let rows: Vec<String> = rows.iter().map(|row| format!("  ({})", row.join(", "))).collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    format!("select * from (values\n{}\n) as written ({})", rows.join(",\n"), names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stays_a_text() {
        assert_eq!(quoted("it's"), "'it''s'");
        assert_eq!(quoted(r"'; drop table x; --\'"), r"'''; drop table x; --\'''");
        assert_eq!(quoted("客户\0x"), "('客户' || chr(0) || 'x')");
    }

    #[test]
    fn instants_are_exact_and_of_no_zone() {
        assert_eq!(instant(1_704_067_200_000_001), "timestamptz '2024-01-01 00:00:00.000001+00'");
        assert_eq!(instant(0), "timestamptz '1970-01-01 00:00:00+00'");
        assert_eq!(instant(Micros::MIN), "timestamptz '-infinity'");
        assert_eq!(instant(-70_000_000_000_000_000), "make_timestamptz(-70000000000000000)");
    }

    #[test]
    fn nothing_is_a_relation_too() {
        let columns = [("a", "bigint"), ("b", "varchar")];
        let empty = values(&columns, &[]);
        assert_eq!(
            empty,
            "select cast(null as bigint) as a, cast(null as varchar) as b where false"
        );
        let one = values(&columns, &[vec!["1".to_owned(), "'x'".to_owned()]]);
        assert_eq!(one, "select * from (values\n  (1, 'x')\n) as written (a, b)");
    }
}
