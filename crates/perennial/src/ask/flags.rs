//! The common options of questions as flags. Each sets one field of the question's JSON, so a flag
//! means exactly what the field means and the insight alone checks it.

use clap::Args;
use serde_json::{Map, Value, json};

use crate::exit::usage;

/// Flags that set fields of the question.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Fields of the question")]
pub struct Flags {
    /// Only the customers of a condition: `did order within 90 days`, `in segment vip`, or JSON
    #[arg(long, value_name = "CONDITION")]
    who: Option<String>,
    /// Event that starts a customer's clock; a name, several with commas, `*` for any, or JSON
    #[arg(long, value_name = "EVENT")]
    start: Option<String>,
    /// Event that counts as a return; as for --start
    #[arg(long = "return", value_name = "EVENT")]
    return_: Option<String>,
    /// every_period, first_in_range, first_matching or first_ever
    #[arg(long, value_name = "WHO")]
    enter: Option<String>,
    /// on, on_or_after, on_or_before, streak, or `2of4` for at least 2 of 4 windows
    #[arg(long, value_name = "HOW")]
    count: Option<String>,
    /// calendar or rolling
    #[arg(long, value_name = "HOW")]
    window: Option<String>,
    /// hour, day, week, month, quarter, year, purchase_cycle, or brackets as `1,3,7,14day`
    #[arg(long, value_name = "LENGTH")]
    period: Option<String>,
    /// Number of columns, the start's own included
    #[arg(long, value_name = "N")]
    periods: Option<u32>,
    /// Length of one row, where it is not the period
    #[arg(long, value_name = "LENGTH")]
    rows: Option<String>,
    /// First civil date of the rows
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Last civil date of the rows
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// End of the known world, an instant; now unless said
    #[arg(long, value_name = "INSTANT")]
    as_of: Option<String>,
    /// IANA zone of every civil date
    #[arg(long, value_name = "ZONE", env = "PERENNIAL_ZONE")]
    zone: Option<String>,
    /// First day of a week
    #[arg(long, value_name = "DAY")]
    week_start: Option<String>,
    /// First month of a fiscal year
    #[arg(long, value_name = "MONTH")]
    fiscal_year_start: Option<u8>,
    /// everyone, buyers or net_buyers
    #[arg(long, value_name = "WHO")]
    population: Option<String>,
    /// Return events a window needs
    #[arg(long, value_name = "N")]
    min_occurrences: Option<u32>,
    /// Money a window needs
    #[arg(long, value_name = "AMOUNT")]
    min_amount: Option<String>,
    /// Days with a return event a window needs
    #[arg(long, value_name = "N")]
    min_days: Option<u32>,
    /// What is added up: `amount`, `amount:mean`, `events:median:returner`, `amount:p90`
    #[arg(long, value_name = "OF[:HOW[:PER]]")]
    value: Option<String>,
    /// cohort, previous or absolute
    #[arg(long, value_name = "OF")]
    share: Option<String>,
    /// show, hide or eligible
    #[arg(long, value_name = "WHAT")]
    incomplete: Option<String>,
    /// Field to tell customers apart by, `:start`, `:return` or `:current`, for funnels `:first`, `:last` or `:each`; may be repeated
    #[arg(long, value_name = "FIELD[:AT]")]
    breakdown: Vec<String>,
    /// Groups shown by themselves
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// pooled, simple or mixpanel
    #[arg(long, value_name = "FORMULA")]
    mean: Option<String>,
    /// auto, none or bootstrap
    #[arg(long, value_name = "KIND")]
    interval: Option<String>,
    /// List the customers of one cell: `2010-12-01:1`, `2011-01-01:kept` of a period,
    /// `class:champions` of rfm, `at_least:5` of stickiness, or JSON
    #[arg(long, value_name = "ROW:COLUMN")]
    cell: Option<String>,
    /// Event that counts: a name, several by comma, or JSON (rfm, lifecycle, stickiness)
    #[arg(long, value_name = "EVENT")]
    event: Option<String>,
    /// quantile, fixed, mean or median (rfm)
    #[arg(long, value_name = "HOW")]
    scoring: Option<String>,
    /// rfm11, rf10, rfm8 or cells (rfm)
    #[arg(long, value_name = "NAMES")]
    classes: Option<String>,
    /// all or new_old (crr)
    #[arg(long, value_name = "HOW")]
    by: Option<String>,
    /// Published band to compare with (crr)
    #[arg(long, value_name = "INDUSTRY")]
    industry: Option<String>,
    /// Days of the trailing window of an active customer (crr)
    #[arg(long, value_name = "DAYS")]
    trailing_days: Option<f64>,
    /// A step of a funnel, a name, several with commas, `*` for any, or JSON; repeated (funnel)
    #[arg(long, value_name = "EVENT")]
    step: Vec<String>,
    /// Longest time from the first step or the anchor: `30m`, `12h`, `7d` (funnel, path)
    #[arg(long, value_name = "LENGTH")]
    within: Option<String>,
    /// Event at which paths end; as for --start (path)
    #[arg(long, value_name = "EVENT")]
    end: Option<String>,
    /// What a node is: event, stage, or a field (path, sessions)
    #[arg(long, value_name = "FIELD")]
    node: Option<String>,
    /// Any other field: `--set min.days=2`; the value is JSON, or else text
    #[arg(long, value_name = "FIELD=VALUE")]
    set: Vec<String>,
}

impl Flags {
    /// Sets the fields whose flags were given.
    pub fn write_into(&self, question: &mut Map<String, Value>) -> anyhow::Result<()> {
        let texts = [
            ("enter", &self.enter),
            ("window", &self.window),
            ("rows", &self.rows),
            ("from", &self.from),
            ("to", &self.to),
            ("as_of", &self.as_of),
            ("zone", &self.zone),
            ("week_start", &self.week_start),
            ("population", &self.population),
            ("share", &self.share),
            ("incomplete", &self.incomplete),
            ("by", &self.by),
            ("industry", &self.industry),
            ("mean.kind", &self.mean),
            ("mean.interval", &self.interval),
            ("min.amount", &self.min_amount),
            ("scoring", &self.scoring),
            ("classes", &self.classes),
        ];
        for (path, text) in texts {
            put(question, path, text.as_ref().map(|text| json!(text)))?;
        }
        put(question, "who", self.who.as_deref().map(condition))?;
        put(question, "periods", self.periods.map(Value::from))?;
        put(question, "fiscal_year_start", self.fiscal_year_start.map(Value::from))?;
        put(question, "min.occurrences", self.min_occurrences.map(Value::from))?;
        put(question, "min.days", self.min_days.map(Value::from))?;
        put(question, "top", self.top.map(Value::from))?;
        put(question, "active.trailing_days", self.trailing_days.map(Value::from))?;
        if !self.step.is_empty() {
            let steps =
                self.step.iter().map(|text| event(text)).collect::<anyhow::Result<Vec<Value>>>()?;
            put(question, "steps", Some(steps.into()))?;
        }
        put(question, "within", self.within.as_deref().map(length).transpose()?)?;
        put(question, "end", self.end.as_deref().map(event).transpose()?)?;
        put(question, "node.by", self.node.as_deref().map(Value::from))?;
        put(question, "start", self.start.as_deref().map(event).transpose()?)?;
        put(question, "return", self.return_.as_deref().map(event).transpose()?)?;
        put(question, "event", self.event.as_deref().map(event).transpose()?)?;
        put(question, "count", self.count.as_deref().map(count))?;
        put(question, "period", self.period.as_deref().map(period).transpose()?)?;
        put(question, "value", self.value.as_deref().map(value).transpose()?)?;
        put(question, "cell", self.cell.as_deref().map(cell).transpose()?)?;
        if !self.breakdown.is_empty() {
            let fields: Vec<Value> = self.breakdown.iter().map(|text| breakdown(text)).collect();
            put(question, "breakdown", Some(fields.into()))?;
        }
        for text in &self.set {
            let (path, value) = text.split_once('=').ok_or_else(|| {
                usage(format!("`--set {text}` has no `=`"), "write `--set FIELD=VALUE`")
            })?;
            let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
            put(question, path, Some(value))?;
        }
        Ok(())
    }
}

/// Sets a field, `min.days` being `days` of `min`.
fn put(question: &mut Map<String, Value>, path: &str, value: Option<Value>) -> anyhow::Result<()> {
    let Some(value) = value else { return Ok(()) };
    match path.split_once('.') {
        None => {
            question.insert(path.to_owned(), value);
            Ok(())
        }
        Some((outer, inner)) => {
            let object = question.entry(outer).or_insert_with(|| json!({}));
            let object = object.as_object_mut().ok_or_else(|| {
                usage(
                    format!("`{outer}` of the question is no object"),
                    format!("write {{…}} for `{outer}`"),
                )
            })?;
            put(object, inner, Some(value))
        }
    }
}

/// A condition in its JSON form, or as text.
fn condition(text: &str) -> Value {
    serde_json::from_str::<Map<String, Value>>(text).map_or_else(|_| json!(text), Value::Object)
}

fn event(text: &str) -> anyhow::Result<Value> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text)
            .map_err(|error| usage(format!("`{text}`: {error}"), "write a name or a JSON filter"));
    }
    match text.split(',').collect::<Vec<_>>().as_slice() {
        [one] => Ok(json!({ "event": one })),
        several => Ok(json!({ "event": several })),
    }
}

fn count(text: &str) -> Value {
    match text.split_once("of").map(|(k, n)| (k.parse::<u32>(), n.parse::<u32>())) {
        Some((Ok(at_least), Ok(of))) => json!({ "at_least": at_least, "of": of }),
        _ => json!(text),
    }
}

fn period(text: &str) -> anyhow::Result<Value> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(json!(text));
    }
    let end = text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len());
    let sizes: Result<Vec<u32>, _> =
        text[..end].split(',').map(|size| size.trim().parse()).collect();
    let sizes =
        sizes.map_err(|_| usage(format!("`--period {text}`"), "brackets are `1,3,7,14day`"))?;
    Ok(json!({ "brackets": sizes, "unit": text[end..] }))
}

fn value(text: &str) -> anyhow::Result<Value> {
    let mut parts = text.split(':');
    let of = parts.next().unwrap_or_default();
    let mut value = json!({ "of": of });
    if let Some(how) = parts.next() {
        value["aggregate"] = match how.strip_prefix('p').map(str::parse::<f64>) {
            Some(Ok(percentile)) => json!({ "percentile": percentile / 100.0 }),
            _ => json!(how),
        };
    }
    if let Some(per) = parts.next() {
        value["per"] = json!(per);
    }
    if parts.next().is_some() {
        return Err(usage(
            format!("`--value {text}` has too many parts"),
            "write `amount:mean:returner`",
        ));
    }
    Ok(value)
}

fn breakdown(text: &str) -> Value {
    match text.rsplit_once(':') {
        Some((field, at @ ("start" | "return" | "current" | "first" | "last" | "each"))) => {
            json!({ "field": field, "at": at })
        }
        _ => json!({ "field": text }),
    }
}

/// `30m`, `12h` or `7d`.
fn length(text: &str) -> anyhow::Result<Value> {
    let wrong = || usage(format!("`--within {text}` is no length"), "write `30m`, `12h` or `7d`");
    let end = text.find(|c: char| c.is_alphabetic()).ok_or_else(wrong)?;
    let number: f64 = text[..end].trim().parse().map_err(|_| wrong())?;
    match &text[end..] {
        "m" | "min" | "minutes" => Ok(json!({ "minutes": number })),
        "h" | "hours" => Ok(json!({ "hours": number })),
        "d" | "days" => Ok(json!({ "days": number })),
        _ => Err(wrong()),
    }
}

/// Cells that are named by one field alone.
const NAMED_CELLS: [&str; 6] = ["class", "scores", "tier", "exactly", "at_least", "regularity"];

/// `2010-12-01:1` of a triangle, `2011-01-01:kept` of a period, `class:champions`, or JSON.
fn cell(text: &str) -> anyhow::Result<Value> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text)
            .map_err(|error| usage(format!("`{text}`: {error}"), "write the cell as JSON"));
    }
    let (row, column) = text
        .rsplit_once(':')
        .ok_or_else(|| usage(format!("`--cell {text}` has no `:`"), "write `2010-12-01:1`"))?;
    if NAMED_CELLS.contains(&row) {
        let is_count = matches!(row, "exactly" | "at_least");
        let n = column.parse::<u32>().ok().filter(|_| is_count);
        return Ok(json!({ (row): n.map_or_else(|| json!(column), Value::from) }));
    }
    Ok(match column.parse::<u32>() {
        Ok(index) => json!({ "cohort": row, "index": index }),
        Err(_) => json!({ "period": row, "set": column }),
    })
}
