//! Which cells and names of an answer are words, to be said in the reader's language, and which are data.

use super::word;

/// Columns whose cells are words, not data, of tables laid out to be read: table and column. Facts to
/// compute on keep the names that questions take.
static WORDED_COLUMNS: &[(&str, &str)] = &[
    ("retention", "cohort"),
    ("moves", "from"),
    ("rfm", "class"),
    ("regularity", "gaps are"),
    ("benchmark", "measure"),
    ("benchmark", "standing"),
    ("responses", "measure"),
    ("sessions", "measure"),
];

/// Pictures whose rows, columns and lines are words, not data, by their titles.
static WORDED_PICTURES: &[&str] = &[
    "From one period to the next",
    "States as shares of the customers active at the end",
    "Customers of a day by those of its week and month",
    "Own rates beside published ones",
    "Share of the customers who have each feature",
    "Shares of the classes by wave",
    "Share of the money by share of the customers",
    "Hazard by age",
    "Observed, trend and seasonally adjusted",
    "From the money of the base to that of the period",
];

/// Names that no data has: everybody, the computed rest, nothing.
const RESERVED: [&str; 5] = ["everybody", "Other", "(none)", "overall", "all first sessions"];

/// Whether the cells of a column are words, by the names of table and column in English.
pub fn is_worded_column(table: &str, column: &str) -> bool {
    WORDED_COLUMNS.contains(&(table, column))
}

/// Whether the names in a picture are words, by its title in English.
pub fn is_worded_picture(title: &str) -> bool {
    WORDED_PICTURES.contains(&title)
}

/// A row of the grid of recency and frequency, `R 5 · ≤ 17 d`, whose days are said in Chinese.
pub fn days_in_chinese(title: &str, name: &str) -> Option<String> {
    let counted =
        name.strip_suffix(" d").filter(|_| title == "Customers by recency and frequency")?;
    Some(format!("{counted} 天"))
}

/// Whether a name is a word wherever it stands.
pub fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
}

/// What a picture says of itself, in the language of its title, which is a word of ours.
pub fn beside<'a>(title: &str, name: &'a str) -> std::borrow::Cow<'a, str> {
    let is_chinese = title.chars().any(|one| ('\u{4e00}'..='\u{9fff}').contains(&one));
    match (is_chinese, word(name)) {
        (true, Some((_, _, zh))) => (*zh).into(),
        (false, Some((_, en, _))) => (*en).into(),
        (_, None) => name.into(),
    }
}
