//! Tables in a terminal: aligned, shares shaded where there is colour, incomplete ones marked.

use std::io::IsTerminal;

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ContentArrangement, Table as Grid, TableComponent,
    presets,
};
use perennial_insights::present::{CellValue, ColumnKind, Table, percent};

/// A table as text. `width` is the terminal's, where there is one.
pub fn text(table: &Table) -> String {
    let shades = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut grid = Grid::new();
    grid.load_preset(presets::UTF8_HORIZONTAL_ONLY)
        .set_content_arrangement(ContentArrangement::Disabled);
    // A line under the head is enough; one under every row would double the length.
    for line in [
        TableComponent::HorizontalLines,
        TableComponent::LeftBorderIntersections,
        TableComponent::RightBorderIntersections,
        TableComponent::MiddleIntersections,
    ] {
        grid.remove_style(line);
    }
    grid.set_header(table.columns.iter().map(|head| {
        let cell = Cell::new(&head.name).add_attribute(Attribute::Bold);
        cell.set_alignment(alignment(head.kind))
    }));
    let is_marked = |place: usize| {
        table.rows.iter().any(|row| matches!(row.get(place), Some(CellValue::Open(_))))
    };
    let marked: Vec<bool> = (0..table.columns.len()).map(is_marked).collect();
    for row in &table.rows {
        let cells = row.iter().zip(&table.columns).zip(&marked);
        grid.add_row(cells.map(|((value, head), marked)| {
            cell(value, *marked, shades).set_alignment(alignment(head.kind))
        }));
    }
    grid.to_string()
}

fn alignment(kind: ColumnKind) -> CellAlignment {
    match kind {
        ColumnKind::Text | ColumnKind::Flag => CellAlignment::Left,
        ColumnKind::Count | ColumnKind::Share | ColumnKind::Decimal | ColumnKind::Number => {
            CellAlignment::Right
        }
    }
}

/// A cell; in a column with marks, what has none is as wide as what has one.
fn cell(value: &CellValue, is_marked_column: bool, shades: bool) -> Cell {
    let mark = if is_marked_column { " " } else { "" };
    match value {
        CellValue::Absent => Cell::new(""),
        CellValue::Open(value) => Cell::new(format!("{}*", plain(value))),
        CellValue::Text(_) | CellValue::Count(_) | CellValue::Flag(_) => {
            Cell::new(format!("{}{mark}", plain(value)))
        }
        CellValue::Share { share, complete } => {
            let mark = if *complete { " " } else { "*" };
            let cell = Cell::new(format!("{}{mark}", percent(*share)));
            if !shades {
                return cell;
            }
            let (background, ink) = shade(*share);
            cell.bg(background).fg(ink)
        }
    }
}

fn plain(value: &CellValue) -> String {
    match value {
        CellValue::Absent => String::new(),
        CellValue::Text(text) => visible(text),
        CellValue::Count(count) => grouped(*count),
        CellValue::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        CellValue::Share { share, .. } => percent(*share),
        CellValue::Open(value) => plain(value),
    }
}

/// Blues of the 256-colour cube, darker for more, with a legible ink.
fn shade(share: f64) -> (Color, Color) {
    const STEPS: [u8; 7] = [195, 153, 117, 75, 33, 26, 18];
    let step = (share.clamp(0.0, 1.0) * 6.99) as usize;
    let ink = if step < 4 { Color::Black } else { Color::White };
    (Color::AnsiValue(STEPS[step.min(6)]), ink)
}

/// Digits in groups of three.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Text with control and direction characters shown, not obeyed.
pub fn visible(text: &str) -> String {
    let is_hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars()
        .map(|c| if is_hidden(c) { c.escape_unicode().to_string() } else { c.to_string() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_and_tricks_are_shown() {
        assert_eq!(grouped(8_911_407), "8,911,407");
        assert_eq!(grouped(135), "135");
        assert_eq!(visible("a\u{202e}b\u{1b}[31m"), "a\\u{202e}b\\u{1b}[31m");
    }
}
