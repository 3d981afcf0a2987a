//! The table `customer_day`: what was said of a customer on a day, its columns said once.
//!
//! One row is one value: on that civil day this customer had this score, by this version of this
//! model. Rows are only ever added. Writers, the catalog and readers derive their own schema from
//! [`DAY_COLUMNS`], as they do from [`crate::event::COLUMNS`] for events.

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayType {
    /// 64-bit signed integer.
    Int64,
    /// Civil date.
    Date,
    /// UTF-8 text.
    Text,
    /// Double, never NaN, never infinite.
    Double,
}

/// A column with its place in the table.
#[derive(Clone, Copy, Debug)]
pub struct DayColumn {
    /// DuckLake column id and Parquet field id: its place, from 1.
    pub id: i32,
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub column_type: DayType,
    /// Whether a row may lack it.
    pub nullable: bool,
    /// Whether its smallest and largest value may stand in the catalog.
    pub in_statistics: bool,
}

const fn column(
    id: i32,
    name: &'static str,
    column_type: DayType,
    nullable: bool,
    in_statistics: bool,
) -> DayColumn {
    DayColumn { id, name, column_type, nullable, in_statistics }
}

/// Every column, in order: whose value, of which day, called what, as a number, as a text, by
/// which model and version (`name@version`), and the sequence of the scoring it came with. Of
/// two scorings of one name and day the one with the larger sequence is in force.
pub const DAY_COLUMNS: [DayColumn; 7] = [
    column(1, "customer", DayType::Int64, false, true),
    column(2, "day", DayType::Date, false, true),
    column(3, "name", DayType::Text, false, true),
    column(4, "value", DayType::Double, true, true),
    column(5, "text", DayType::Text, true, false),
    column(6, "model", DayType::Text, false, true),
    column(7, "sequence", DayType::Int64, false, true),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_places() {
        let ids: Vec<i32> = DAY_COLUMNS.iter().map(|column| column.id).collect();
        assert_eq!(ids, [1, 2, 3, 4, 5, 6, 7]);
    }
}
