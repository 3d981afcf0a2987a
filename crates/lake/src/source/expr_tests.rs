use arrow::array::{Float64Array, Int64Array, StringArray};

use super::*;

const NAMES: [&str; 4] = ["Quantity", "Unit Price", "Country", "数量"];

fn place(name: &str) -> Option<usize> {
    NAMES.iter().position(|known| *known == name)
}

fn columns() -> Vec<Cells> {
    vec![
        Cells::Int(Int64Array::from(vec![Some(6), Some(-2), None])),
        Cells::Float(Float64Array::from(vec![2.55, 0.1, 1.0])),
        Cells::Text(StringArray::from(vec!["France", "UK", ""])),
        Cells::Text(StringArray::from(vec!["3", "many", ""])),
    ]
}

fn calculated(text: &str, row: usize) -> String {
    let expr = parse_calculation(text, &place).expect(text);
    match expr.number(&columns(), row) {
        Ok(Some(number)) => number.normalize().to_string(),
        other => format!("{other:?}"),
    }
}

#[test]
fn calculations_are_exact_and_keep_precedence() {
    assert_eq!(calculated("Quantity * \"Unit Price\"", 0), "15.3");
    assert_eq!(calculated("1 + 2 * 3 - 4 / 2", 0), "5");
    assert_eq!(calculated("(1 + 2) * -3", 0), "-9");
    assert_eq!(calculated("0.1 + 0.2", 0), "0.3");
    assert_eq!(calculated("数量 * 2", 0), "6");
    assert_eq!(calculated("`Unit Price` - -1", 1), "1.1");
    assert_eq!(calculated("Quantity * 2", 2), "Ok(None)");
    assert_eq!(calculated("数量 * 2", 1), "Err(NotANumber(Some(3)))");
    assert_eq!(calculated("1 / 0", 0), "Err(NotANumber(None))");
}

#[test]
fn conditions_follow_the_logic_of_sql() {
    for (text, wanted) in [
        ("Quantity > 0 and Country != 'France'", [Some(false), Some(false), None]),
        ("Quantity > 0 or Country = 'UK'", [Some(true), Some(true), None]),
        ("not Quantity > 0", [Some(false), Some(true), None]),
        ("Country in ('UK', 'EIRE')", [Some(false), Some(true), None]),
        ("Country not in ('UK')", [Some(true), Some(false), None]),
        ("Country is null", [Some(false), Some(false), Some(true)]),
        ("Country is not null or Quantity > 100", [Some(true), Some(true), None]),
        ("(Quantity + 1) * 2 >= 14", [Some(true), Some(false), None]),
    ] {
        let expr = parse_condition(text, &place).expect(text);
        let found = [0, 1, 2].map(|row| expr.holds(&columns(), row).expect(text));
        assert_eq!(found, wanted, "{text}");
    }
    let expr = parse_condition("数量 > 2", &place).expect("a condition");
    assert_eq!(expr.holds(&columns(), 1), Err(NotANumber(Some(3))));
}

#[test]
fn errors_point_at_the_character() {
    for (text, wanted) in [
        ("Quantity >", 11),
        ("Quantty > 0", 1),
        ("Quantity > 0 and", 17),
        ("Quantity ? 2", 10),
        ("Country = 'UK", 11),
        ("数量 > 0 )", 8),
        ("Quantity + 'a' > 1", 16),
        ("Quantity", 1),
        ("", 1),
    ] {
        match parse_condition(text, &place) {
            Err(SourceError::Expression { at, reason, .. }) => {
                assert_eq!(at, wanted, "{text}: {reason}");
            }
            other => panic!("{text}: {other:?}"),
        }
    }
    let deep = format!("{}1{} > 0", "(".repeat(5_000), ")".repeat(5_000));
    assert!(parse_condition(&deep, &place).is_err());
    let deep = format!("{}1 > 0", "-".repeat(50_000));
    assert!(parse_condition(&deep, &place).is_err());
}
