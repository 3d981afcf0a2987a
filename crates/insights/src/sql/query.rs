//! A statement under construction: named steps, one after the other, and what is selected in the
//! end.

use std::fmt;

use super::Written;

/// Name of the relation every statement begins with: the rows that are asked about.
const SOURCE: &str = "events";

/// Steps of a statement.
#[derive(Clone, Debug, Default)]
pub struct Query {
    steps: Vec<(String, String)>,
}

/// A statement, as a kind of question gives it: over `events`, whatever those are.
#[derive(Clone, Debug)]
pub struct Statement {
    /// Which rows of the answer it gives: a path to a list or to one object, `*` for every member, a
    /// number for one.
    pub rows: String,
    query: Query,
    last: String,
}

impl Query {
    /// Adds a step, unless there is one of that name.
    pub fn with(&mut self, name: &str, sql: impl Into<String>) {
        if !self.steps.iter().any(|(known, _)| known == name) {
            self.steps.push((name.to_owned(), sql.into()));
        }
    }

    /// The statement that ends in `last`.
    pub fn statement(&self, rows: &str, last: impl Into<String>) -> Statement {
        Statement { rows: rows.to_owned(), query: self.clone(), last: last.into() }
    }
}

impl Statement {
    /// The same steps with another end, for other rows.
    pub fn ending(self, rows: &str, last: impl Into<String>) -> Statement {
        Statement { rows: rows.to_owned(), last: last.into(), ..self }
    }

    /// The statement about all rows of the lake, or those of the customers a query ends in.
    pub fn written(&self, chosen: Option<&(Query, String)>) -> Written {
        let mut whole = Query::default();
        let mut source = "select * from lake.events".to_owned();
        if let Some((query, customers)) = chosen {
            whole.steps.extend(query.steps.iter().cloned());
            source.push_str(&format!("\nwhere customer in (\n{}\n)", indented(customers)));
        }
        whole.with(SOURCE, source);
        whole.steps.extend(self.query.steps.iter().cloned());
        Written { rows: self.rows.clone(), sql: format!("{whole}{}", self.last) }
    }
}

impl fmt::Display for Query {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, (name, sql)) in self.steps.iter().enumerate() {
            let before = if position == 0 { "with " } else { ",\n" };
            write!(out, "{before}{name} as (\n{}\n)", indented(sql))?;
        }
        out.write_str("\n")
    }
}

fn indented(sql: &str) -> String {
    let lines: Vec<String> = sql.lines().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_reads_from_above() {
        let mut query = Query::default();
        query.with("known", "select *\nfrom events");
        query.with("known", "never");
        let statement = query.statement("/periods", "select 1 from known");
        let all = "with events as (\n  select * from lake.events\n),\nknown as (\n  select *\n  from events\n)\nselect 1 from known";
        assert_eq!(statement.written(None).sql, all);
        let some = statement.written(Some(&(Query::default(), "select 7 as customer".to_owned())));
        assert!(
            some.sql.contains("where customer in (\n    select 7 as customer\n  )"),
            "{}",
            some.sql
        );
    }
}
