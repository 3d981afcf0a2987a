//! A dashboard as one picture or one workbook.
//!
//! The picture lays tiles out in rows of twelve columns, as the page does; the workbook has a sheet
//! that lists the tiles and a sheet for every table of each. A tile without an answer says why.

use perennial_insights::dashboard::COLUMNS;
use perennial_insights::present::{CellValue, ColumnKind, Picture, Table, percent};
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use super::svg::{Anchor, Svg, placed, width_of};
use super::{ExportError, failed, picture, png, xlsx};

const WIDTH: f64 = 1440.0;
const EDGE: f64 = 24.0;
const GAP: f64 = 16.0;
const INK: &str = "#1f2933";
const QUIET: &str = "#66737f";
/// Rows of a table that are drawn; how many more there are is written under them.
const ROWS: usize = 12;
/// Longest name a sheet may have.
const SHEET_NAME: usize = 31;

/// A tile as it is laid out.
#[derive(Clone, Debug)]
pub struct BoardTile {
    /// What stands above it.
    pub title: String,
    /// How many of the 12 columns it takes.
    pub width: u8,
    /// What it shows.
    pub body: Body,
    /// Every table of its answer.
    pub tables: Vec<Table>,
    /// What exactly was computed, or why nothing was.
    pub words: String,
}

/// What a tile shows.
#[derive(Clone, Debug)]
pub enum Body {
    /// A picture.
    Picture(Box<Picture>),
    /// A table.
    Table(Table),
    /// Why there is neither.
    Words,
}

/// The dashboard as one picture.
pub fn svg(title: &str, tiles: &[BoardTile]) -> String {
    let mut svg = Svg::new();
    svg.text((EDGE, 40.0), 22.0, Anchor::Start, INK, title);
    let mut top = 62.0;
    for row in rows(tiles) {
        let mut x = EDGE;
        let mut bottom = top;
        for tile in row {
            let columns = f64::from(tile.width);
            let column = (WIDTH - 2.0 * EDGE + GAP) / f64::from(COLUMNS);
            let width = column * columns - GAP;
            svg.text((x, top + 16.0), 14.0, Anchor::Start, INK, &tile.title);
            if let Some((drawn, height)) = placed(&draw(tile, width), (x, top + 24.0), width) {
                svg.nested(&drawn);
                bottom = f64::max(bottom, top + 24.0 + height);
            }
            x += column * columns;
        }
        top = bottom + GAP;
    }
    svg.finish(WIDTH, top + EDGE - GAP, title)
}

/// The same as PNG.
///
/// # Errors
/// When it cannot be rasterised.
pub fn png(title: &str, tiles: &[BoardTile]) -> Result<Vec<u8>, ExportError> {
    png::write(&svg(title, tiles))
}

/// The dashboard as a workbook.
///
/// # Errors
/// When the writer fails.
pub fn xlsx(title: &str, tiles: &[BoardTile]) -> Result<Vec<u8>, ExportError> {
    let mut workbook = Workbook::new();
    list(&mut workbook, title, tiles).map_err(failed("xlsx"))?;
    for (place, tile) in (1..).zip(tiles) {
        for table in &tile.tables {
            let name = sheet_name(place, &table.name);
            xlsx::fill(workbook.add_worksheet(), &name, table).map_err(failed("xlsx"))?;
        }
    }
    workbook.save_to_buffer().map_err(failed("xlsx"))
}

fn list(workbook: &mut Workbook, title: &str, tiles: &[BoardTile]) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold();
    let wrapped = Format::new().set_text_wrap();
    let sheet = workbook.add_worksheet();
    sheet.set_name("0")?;
    sheet.set_column_width(1, 44)?;
    sheet.set_column_width(2, 110)?;
    sheet.write_string_with_format(0, 1, title, &bold)?;
    for (row, tile) in (1_u32..).zip(tiles) {
        sheet.write_number(row, 0, f64::from(row))?;
        sheet.write_string_with_format(row, 1, &tile.title, &bold)?;
        sheet.write_string_with_format(row, 2, &tile.words, &wrapped)?;
    }
    Ok(())
}

/// `3 cells`: the tile's place tells tables of the same name apart.
fn sheet_name(place: usize, table: &str) -> String {
    let is_allowed = |c: &char| !matches!(c, '[' | ']' | ':' | '*' | '?' | '/' | '\\' | '\'');
    let name: String = table.chars().filter(is_allowed).collect();
    format!("{place} {name}").chars().take(SHEET_NAME).collect()
}

/// Tiles row by row, as many as fit into twelve columns.
fn rows(tiles: &[BoardTile]) -> Vec<Vec<&BoardTile>> {
    let mut rows: Vec<Vec<&BoardTile>> = Vec::new();
    let mut taken = COLUMNS;
    for tile in tiles {
        let width = tile.width.min(COLUMNS);
        if taken + width > COLUMNS {
            rows.push(Vec::new());
            taken = 0;
        }
        taken += width;
        if let Some(row) = rows.last_mut() {
            row.push(tile);
        }
    }
    rows
}

fn draw(tile: &BoardTile, width: f64) -> String {
    match &tile.body {
        Body::Picture(picture) => picture::draw(picture, ""),
        Body::Table(table) => draw_table(table, width),
        Body::Words => {
            let mut svg = Svg::new();
            let y = picture::caption(&mut svg, 24.0, width, "", &tile.words);
            svg.finish(width, y + 10.0, &tile.title)
        }
    }
}

fn draw_table(table: &Table, width: f64) -> String {
    const ROW: f64 = 22.0;
    let mut svg = Svg::new();
    let shown = &table.rows[..table.rows.len().min(ROWS)];
    let widest = |column: usize, name: &str| {
        let values = shown.iter().filter_map(|row| row.get(column));
        let values = values.map(|value| width_of(&cell_text(value), 12.0));
        values.fold(width_of(name, 11.0), f64::max) + 24.0
    };
    let widths: Vec<f64> =
        table.columns.iter().enumerate().map(|(at, head)| widest(at, &head.name)).collect();
    let mut x = 16.0;
    for (column, (head, width)) in table.columns.iter().zip(&widths).enumerate() {
        let is_text = matches!(head.kind, ColumnKind::Text | ColumnKind::Flag);
        let (at, anchor) =
            if is_text { (x, Anchor::Start) } else { (x + width - 24.0, Anchor::End) };
        svg.text((at, 24.0), 11.0, anchor, QUIET, &head.name);
        for (row, values) in shown.iter().enumerate() {
            let text = values.get(column).map(cell_text).unwrap_or_default();
            svg.text((at, 24.0 + ROW * (row as f64 + 1.0)), 12.0, anchor, INK, &text);
        }
        x += width;
    }
    let mut bottom = 24.0 + ROW * (shown.len() as f64 + 1.0);
    let n_more = table.rows.len() - shown.len();
    if n_more > 0 {
        svg.text((16.0, bottom), 11.0, Anchor::Start, QUIET, &format!("+ {n_more}"));
        bottom += ROW;
    }
    svg.finish(f64::max(width, x), bottom, &table.name)
}

fn cell_text(value: &CellValue) -> String {
    match value {
        CellValue::Absent => "–".to_owned(),
        CellValue::Text(text) => text.clone(),
        CellValue::Count(count) => count.to_string(),
        CellValue::Flag(flag) => if *flag { "✓" } else { "–" }.to_owned(),
        CellValue::Share { share, complete } => {
            format!("{}{}", percent(*share), if *complete { "" } else { "*" })
        }
        CellValue::Open(value) => format!("{}*", cell_text(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tile(width: u8) -> BoardTile {
        let mut table =
            Table::new("steps", true, &[("step", ColumnKind::Text), ("n", ColumnKind::Count)]);
        table.rows =
            (0..15).map(|n| vec![CellValue::Text(format!("<{n}>")), CellValue::Count(n)]).collect();
        BoardTile {
            title: format!("{width} & more"),
            width,
            body: Body::Table(table.clone()),
            tables: vec![table],
            words: String::new(),
        }
    }

    #[test]
    fn tiles_fill_rows_of_twelve_columns() {
        let tiles = [6, 6, 12, 4, 4, 5, 12].map(tile);
        let widths: Vec<Vec<u8>> =
            rows(&tiles).iter().map(|row| row.iter().map(|tile| tile.width).collect()).collect();
        assert_eq!(widths, [vec![6, 6], vec![12], vec![4, 4], vec![5], vec![12]]);
    }

    #[test]
    fn a_board_is_one_document_and_says_what_it_leaves_out() {
        let words = BoardTile { body: Body::Words, words: "no money here".to_owned(), ..tile(6) };
        let drawn = svg("A & B", &[tile(6), words]);
        assert_eq!(drawn.matches("xmlns").count(), 1, "{drawn}");
        assert_eq!(drawn.matches("<svg ").count(), 3);
        assert_eq!(drawn.matches("</svg>").count(), 3);
        for text in ["A &amp; B", "6 &amp; more", "&lt;11&gt;", "+ 3", "no money here"] {
            assert!(drawn.contains(text), "no {text} in {drawn}");
        }
        assert!(!drawn.contains("&lt;12&gt;"));
        assert!(png("A & B", &[tile(12)]).unwrap().starts_with(b"\x89PNG"));
    }

    #[test]
    fn sheets_of_a_workbook_have_names_of_their_own() {
        assert_eq!(sheet_name(3, "a/b: [c]"), "3 ab c");
        assert_eq!(sheet_name(12, &"群".repeat(40)).chars().count(), 31);
        let bytes = xlsx("board", &[tile(6), tile(6)]).unwrap();
        let book: calamine::Xlsx<_> =
            calamine::open_workbook_from_rs(std::io::Cursor::new(bytes)).unwrap();
        assert_eq!(calamine::Reader::sheet_names(&book), ["0", "1 steps", "2 steps"]);
    }
}
