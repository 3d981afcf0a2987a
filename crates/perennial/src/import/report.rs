//! The closing report of an import: what was read, taken, rejected and why.
#![expect(clippy::print_stderr, reason = "notes are not part of the report")]

use clap::ValueEnum;
use perennial_lake::Imported;
use serde_json::{Value, json};

use crate::out::say_line;
use crate::table::{grouped, visible};

/// How the report is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// To be read
    #[default]
    Text,
    /// One JSON list
    Json,
}

/// Prints a note beside the report.
pub fn note(text: &str) {
    eprintln!("{text}");
}

/// Prints the report.
pub fn print(format: Format, imported: &[Imported]) -> anyhow::Result<()> {
    let reports: Vec<Value> = imported.iter().map(report).collect();
    print_handed(format, &reports)
}

/// Prints reports as a server gives them.
pub fn print_handed(format: Format, reports: &[Value]) -> anyhow::Result<()> {
    if format == Format::Json {
        say_line!("{:#}", Value::from(reports.to_vec()));
        return Ok(());
    }
    for report in reports {
        print_one(report);
    }
    Ok(())
}

fn report(imported: &Imported) -> Value {
    json!({
        "id": imported.id,
        "name": imported.name,
        "read": imported.counts.read,
        "accepted": imported.counts.accepted,
        "rejected": imported.counts.rejected,
        "duplicate": imported.counts.duplicate,
        "by_reason": imported.counts.by_reason,
        "files": imported.n_files,
        "known": imported.is_known,
        "encoding": imported.detected.encoding,
    })
}

fn print_one(report: &Value) {
    let count = |name: &str| grouped(report[name].as_u64().unwrap_or_default());
    let text = |name: &str| visible(report[name].as_str().unwrap_or_default());
    say_line!("{}: import {}", text("name"), text("id"));
    if report["known"].as_bool() == Some(true) {
        say_line!("  the same input was imported before; nothing was read again");
    }
    // Only a guess can be wrong, and only text that is not UTF-8 is guessed at.
    if let Some(encoding) = report["encoding"].as_str().filter(|name| *name != "UTF-8") {
        say_line!("  read as {encoding}; `--encoding` says otherwise");
    }
    say_line!("  read      {:>12}", count("read"));
    say_line!("  accepted  {:>12}", count("accepted"));
    say_line!("  duplicate {:>12}", count("duplicate"));
    say_line!("  rejected  {:>12}", count("rejected"));
    for (reason, n) in report["by_reason"].as_object().into_iter().flatten() {
        say_line!("    {:>12}  {reason}", grouped(n.as_u64().unwrap_or_default()));
    }
    if report["rejected"].as_u64().unwrap_or_default() > 0 {
        say_line!("  `perennial import letters {}` shows the rejected rows", text("id"));
    }
}
