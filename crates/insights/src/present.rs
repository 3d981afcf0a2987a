//! An answer made ready for people: tables, pictures and sentences, without a format.
//!
//! The command line prints the tables, exports write them, pictures become SVG or PNG; none of
//! them needs to know the insight.

use perennial_types::question::{Text, Warning};
use serde::Serialize;
use utoipa::ToSchema;

use crate::glossary;
use crate::grouping::Group;

/// An answer for people.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Presentation {
    /// Tables; the first is the one to show when there is room for one.
    pub tables: Vec<Table>,
    /// Pictures; the first is the default one.
    pub pictures: Vec<Picture>,
    /// The definition in English and in Chinese.
    pub definition: (String, String),
    /// Sentences to print above everything else.
    pub warnings: Vec<Text>,
}

/// A table.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Table {
    /// Its name: a sheet's, a section's.
    pub name: String,
    /// Its columns.
    pub columns: Vec<ColumnHead>,
    /// Its rows, one value per column.
    #[schema(value_type = Vec<Vec<BareValue>>)]
    pub rows: Vec<Vec<CellValue>>,
    /// Whether it is one fact per row, to be computed on; the other kind is laid out to be read.
    pub tidy: bool,
}

/// A column of a table.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ColumnHead {
    /// Its name.
    pub name: String,
    /// What stands in it.
    pub kind: ColumnKind,
}

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// Text.
    Text,
    /// A whole number.
    Count,
    /// A share between 0 and 1.
    Share,
    /// Exact decimal text of at most four places: money.
    Decimal,
    /// Text of any other number: a mean, a ratio, seconds.
    Number,
    /// True or false.
    Flag,
}

/// What stands in a cell; in JSON the bare value, null where there is none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum CellValue {
    /// Nothing: it cannot be computed, or does not exist.
    Absent,
    /// Text.
    Text(String),
    /// A whole number.
    Count(u64),
    /// A share; `complete` is false where it can still change.
    Share {
        /// Between 0 and 1, more where customers were won back.
        share: f64,
        /// Whether it is final.
        complete: bool,
    },
    /// True or false.
    Flag(bool),
    /// A count or text that can still change.
    Open(Box<CellValue>),
}

/// The bare value: one that can still change looks like one that cannot.
#[derive(ToSchema)]
#[schema(as = CellValue)]
#[serde(untagged)]
#[expect(dead_code, reason = "it is only described")]
enum BareValue {
    /// Nothing: it cannot be computed, or does not exist.
    Absent,
    /// Text.
    Text(String),
    /// A whole number.
    Count(u64),
    /// A share; `complete` is false where it can still change.
    Share { share: f64, complete: bool },
    /// True or false.
    Flag(bool),
}

/// A picture.
#[derive(Clone, Debug, Serialize)]
pub enum Picture {
    /// Shares by row and column.
    Heatmap(Heatmap),
    /// Shares over columns, one line per series.
    Curve(Curve),
    /// One bar per row.
    Bars(Bars),
    /// What flows from layer to layer.
    Sankey(Sankey),
    /// Numbers over columns, one line per series.
    Lines(Lines),
}

/// Nodes in layers and what flows between them.
#[derive(Clone, Debug, Serialize)]
pub struct Sankey {
    /// Its title.
    pub title: String,
    /// The nodes of every layer, from above.
    pub layers: Vec<Vec<SankeyNode>>,
    /// What flows from a layer to the next.
    pub links: Vec<SankeyLink>,
}

/// One node.
#[derive(Clone, Debug, Serialize)]
pub struct SankeyNode {
    /// What it is called.
    pub name: String,
    /// How much flows through it.
    pub value: f64,
    /// How much of it flows no further.
    pub ending: f64,
    /// What is written beside it.
    pub text: String,
}

/// One flow.
#[derive(Clone, Debug, Serialize)]
pub struct SankeyLink {
    /// The layer it leaves.
    pub layer: usize,
    /// Position of the node it leaves.
    pub from: usize,
    /// Position of the node of the next layer it comes to.
    pub to: usize,
    /// How much it is.
    pub value: f64,
}

/// Horizontal bars.
#[derive(Clone, Debug, Serialize)]
pub struct Bars {
    /// Its title.
    pub title: String,
    /// The bars, from above.
    pub rows: Vec<BarRow>,
    /// What the hatched part is.
    pub note: String,
}

/// One bar.
#[derive(Clone, Debug, Serialize)]
pub struct BarRow {
    /// What it is called.
    pub name: String,
    /// How long it is.
    pub value: f64,
    /// How much of its end can still change.
    pub rest: f64,
    /// What is written beside it.
    pub text: String,
}

/// Shares by row and column.
#[derive(Clone, Debug, Serialize)]
pub struct Heatmap {
    /// Its title.
    pub title: String,
    /// Names of the rows, each with its size.
    pub rows: Vec<(String, u64)>,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Cells, row by row; `None` where there is none.
    pub cells: Vec<Vec<Option<HeatCell>>>,
    /// A last row of means.
    pub mean: Vec<Option<f64>>,
}

/// One cell of a heatmap.
#[derive(Clone, Debug, Serialize)]
pub struct HeatCell {
    /// What colours it.
    pub share: Option<f64>,
    /// What is written in it.
    pub text: String,
    /// Whether it can still change.
    pub complete: bool,
}

/// Lines.
#[derive(Clone, Debug, Serialize)]
pub struct Curve {
    /// Its title.
    pub title: String,
    /// Names of the points on the horizontal axis.
    pub points: Vec<String>,
    /// The lines.
    pub series: Vec<Series>,
}

/// Lines of numbers that are no shares: money, days.
#[derive(Clone, Debug, Serialize)]
pub struct Lines {
    /// Its title.
    pub title: String,
    /// What the numbers are counted in, `EUR` for one; empty where that is not known.
    pub unit: String,
    /// Names of the points on the horizontal axis.
    pub points: Vec<String>,
    /// The lines.
    pub series: Vec<Series>,
}

/// One line.
#[derive(Clone, Debug, Serialize)]
pub struct Series {
    /// Its name.
    pub name: String,
    /// Its values, `None` where there is none.
    pub values: Vec<Option<f64>>,
    /// Lower and upper ends around them, where known.
    pub band: Vec<Option<(f64, f64)>>,
}

impl Presentation {
    /// The same for readers of Chinese: names of tables and columns, titles, notes, warnings, the
    /// definition, and the cells and lines that are words of ours. What else stands there is data, and
    /// stays; so do facts to compute on, whose names are those that questions take.
    pub fn in_chinese(mut self) -> Presentation {
        for table in &mut self.tables {
            table.translate_cells();
            translate(&mut table.name);
            table.columns.iter_mut().for_each(|column| translate(&mut column.name));
        }
        for picture in &mut self.pictures {
            picture.translate_names();
            let title = picture.title_mut();
            let (words, group) = own_title(title);
            let (mut words, mut group) = (words.to_owned(), group.map(str::to_owned));
            translate(&mut words);
            group.iter_mut().filter(|group| glossary::is_reserved(group)).for_each(translate);
            *title = [Some(words), group].into_iter().flatten().collect::<Vec<_>>().join(TITLE_OF);
            if let Picture::Bars(bars) = picture {
                translate(&mut bars.note);
            }
        }
        self.definition.0.clone_from(&self.definition.1);
        self.warnings.iter_mut().for_each(|warning| warning.en.clone_from(&warning.zh));
        self
    }
}

/// What stands between the words of a title and the group that a picture is of.
pub(crate) const TITLE_OF: &str = " – ";

/// The words of a title, and the group that it names behind them.
fn own_title(title: &str) -> (&str, Option<&str>) {
    match title.split_once(TITLE_OF) {
        Some((words, group)) if glossary::in_chinese(title).is_none() => (words, Some(group)),
        _ => (title, None),
    }
}

fn translate(name: &mut String) {
    if let Some(zh) = glossary::in_chinese(name) {
        *name = zh.to_owned();
    }
}

impl Picture {
    /// Translates the names that are words of ours: all of a picture that holds no data, those of
    /// lines that are nothing but words, and elsewhere what no data is called.
    fn translate_names(&mut self) {
        let title = own_title(self.title_mut()).0.to_owned();
        let is_worded = glossary::is_worded_picture(&title);
        let is_line = matches!(self, Picture::Curve(_) | Picture::Lines(_));
        if let Picture::Sankey(sankey) = self {
            for node in sankey.layers.iter_mut().flatten() {
                let zh = glossary::in_chinese(&node.name);
                if let Some(zh) = zh.filter(|_| glossary::is_reserved(&node.name)) {
                    node.text = node.text.replacen(&node.name, zh, 1);
                }
            }
        }
        let mut names = self.names_mut();
        let are_words = names.iter().all(|name| glossary::in_chinese(name).is_some());
        let is_told = is_worded || (is_line && are_words);
        for name in &mut names {
            if is_told || glossary::is_reserved(name) {
                translate(name);
            }
            if let Some(days) = glossary::days_in_chinese(&title, name) {
                **name = days;
            }
            // A word may stand behind the period it is of.
            let split = name.rsplit_once(' ').filter(|_| is_worded);
            let both = split.and_then(|(period, word)| {
                Some(format!("{period} {}", glossary::in_chinese(word)?))
            });
            if let Some(both) = both {
                **name = both;
            }
        }
    }

    /// The names of rows, columns, lines and nodes.
    pub(crate) fn names_mut(&mut self) -> Vec<&mut String> {
        match self {
            Picture::Heatmap(heatmap) => {
                let rows = heatmap.rows.iter_mut().map(|(name, _)| name);
                rows.chain(&mut heatmap.columns).collect()
            }
            Picture::Curve(curve) => curve.series.iter_mut().map(|one| &mut one.name).collect(),
            Picture::Lines(lines) => lines.series.iter_mut().map(|one| &mut one.name).collect(),
            Picture::Bars(bars) => bars.rows.iter_mut().map(|row| &mut row.name).collect(),
            Picture::Sankey(sankey) => {
                sankey.layers.iter_mut().flatten().map(|node| &mut node.name).collect()
            }
        }
    }

    pub(crate) fn title_mut(&mut self) -> &mut String {
        match self {
            Picture::Heatmap(heatmap) => &mut heatmap.title,
            Picture::Curve(curve) => &mut curve.title,
            Picture::Bars(bars) => &mut bars.title,
            Picture::Sankey(sankey) => &mut sankey.title,
            Picture::Lines(lines) => &mut lines.title,
        }
    }
}

impl Table {
    /// Translates the cells of columns that hold words of ours, of a table laid out to be read.
    fn translate_cells(&mut self) {
        if self.tidy {
            return;
        }
        for cell in self.rows.iter_mut().flatten() {
            match cell {
                CellValue::Flag(flag) => {
                    *cell = CellValue::Text(if *flag { "是" } else { "否" }.to_owned());
                }
                // A word may stand before the period it is of.
                CellValue::Text(text) => {
                    let word = text.split(" · ").next().filter(|word| glossary::is_reserved(word));
                    if let Some((word, zh)) = word.zip(word.and_then(glossary::in_chinese)) {
                        *text = text.replacen(word, zh, 1);
                    }
                }
                _ => {}
            }
        }
        for (position, column) in self.columns.iter().enumerate() {
            if !glossary::is_worded_column(&self.name, &column.name) {
                continue;
            }
            for cell in self.rows.iter_mut().filter_map(|row| row.get_mut(position)) {
                if let CellValue::Text(text) = cell {
                    let word = text.trim_start_matches("· ");
                    if let Some(zh) = glossary::in_chinese(word) {
                        *text = text.replace(word, zh);
                    }
                }
            }
        }
    }

    /// An empty table of these columns.
    pub fn new(name: &str, tidy: bool, columns: &[(&str, ColumnKind)]) -> Table {
        let head = |(name, kind): &(&str, ColumnKind)| ColumnHead {
            name: (*name).to_owned(),
            kind: *kind,
        };
        Table {
            name: name.to_owned(),
            columns: columns.iter().map(head).collect(),
            rows: Vec::new(),
            tidy,
        }
    }
}

impl CellValue {
    /// A share, or nothing.
    pub fn share(share: Option<f64>, complete: bool) -> CellValue {
        share.map_or(CellValue::Absent, |share| CellValue::Share { share, complete })
    }

    /// The value, marked where it is not `complete`.
    pub fn marked(self, complete: bool) -> CellValue {
        match self {
            CellValue::Share { share, .. } => CellValue::Share { share, complete },
            CellValue::Absent => CellValue::Absent,
            value if complete => value,
            value => CellValue::Open(Box::new(value)),
        }
    }

    /// Whether it can still change.
    pub fn is_open(&self) -> bool {
        matches!(self, CellValue::Open(_) | CellValue::Share { complete: false, .. })
    }

    /// A text, or nothing.
    pub fn text(text: Option<impl Into<String>>) -> CellValue {
        text.map_or(CellValue::Absent, |text| CellValue::Text(text.into()))
    }
}

/// A share as people read it: `36.6 %`.
pub fn percent(share: f64) -> String {
    let text = format!("{:.1} %", share * 100.0);
    // Nothing is a little less than nothing.
    if text == "-0.0 %" { "0.0 %".to_owned() } else { text }
}

/// A group as people read it; nothing without a breakdown.
pub fn group_text(group: Option<&Group>, other: bool) -> Option<String> {
    let values = group.into_iter().flatten().map(|value| value.as_deref().unwrap_or("(none)"));
    let names: Vec<&str> = other.then_some("Other").into_iter().chain(values).collect();
    (group.is_some() || other).then(|| names.join(" / "))
}

/// Warnings as people read them, with the names that may have been meant.
pub fn warning_lines(warnings: &[Warning]) -> Vec<Text> {
    let line = |warning: &Warning| {
        let quoted = |open: char, close: char| -> Vec<String> {
            warning.nearest.iter().map(|name| format!("{open}{name}{close}")).collect()
        };
        if warning.nearest.is_empty() {
            return Text::new(&warning.message, &warning.message_zh);
        }
        Text::new(
            format!("{}; did you mean {}?", warning.message, quoted('`', '`').join(", ")),
            format!("{}；您是指{}吗？", warning.message_zh, quoted('“', '”').join("、")),
        )
    };
    warnings.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn no_share_is_less_than_nothing_by_its_sign_alone() {
        assert_eq!([0.0, -0.0, -0.000_1].map(percent), ["0.0 %"; 3]);
        assert_eq!([0.366_2, -0.25, 1.0].map(percent), ["36.6 %", "-25.0 %", "100.0 %"]);
    }
}
