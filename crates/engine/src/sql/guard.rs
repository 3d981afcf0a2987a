//! What may be run: one query or one EXPLAIN of a query, not too long, not too deep.

use std::collections::VecDeque;

use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;

use super::SqlError;

/// Longest query, in bytes.
pub const MAX_BYTES: usize = 64 << 10;
/// Deepest nesting of brackets.
pub const MAX_DEPTH: usize = 50;
/// Most operators and commas: a chain of them is as deep as a plan.
pub const MAX_TERMS: usize = 1_000;

/// Checks a query before anything of it is planned.
///
/// # Errors
/// When it is no single query, or too complex to be planned safely.
pub fn check(query: &str) -> Result<(), SqlError> {
    if query.len() > MAX_BYTES {
        return Err(too_complex(&format!("the query has {} bytes", query.len()), MAX_BYTES));
    }
    let (mut depth, mut deepest, mut n_terms) = (0_usize, 0, 0);
    for c in query.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            '+' | '-' | '*' | '/' | '|' | '%' | ',' => n_terms += 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    if deepest > MAX_DEPTH {
        return Err(too_complex(&format!("the query is nested {deepest} deep"), MAX_DEPTH));
    }
    if n_terms > MAX_TERMS {
        return Err(too_complex(&format!("the query has {n_terms} terms"), MAX_TERMS));
    }
    let statements = parse(query)?;
    match statements.into_iter().collect::<Vec<_>>().as_slice() {
        [Statement::Statement(statement)] if is_query(statement) => Ok(()),
        [Statement::Explain(explain)]
            if !explain.options.analyze && is_plain(&explain.statement) =>
        {
            Ok(())
        }
        [_] => Err(SqlError::NotAQuery),
        [] => Err(SqlError::Empty),
        _ => Err(SqlError::Several),
    }
}

fn parse(query: &str) -> Result<VecDeque<Statement>, SqlError> {
    let parser = DFParserBuilder::new(query).with_recursion_limit(MAX_DEPTH).build();
    Ok(parser.and_then(|mut parser| parser.parse_statements())?)
}

fn is_plain(statement: &Statement) -> bool {
    matches!(statement, Statement::Statement(statement) if is_query(statement))
}

fn is_query(statement: &SqlStatement) -> bool {
    match statement {
        SqlStatement::Query(_) => true,
        SqlStatement::Explain { analyze: false, statement, .. } => is_query(statement),
        _ => false,
    }
}

fn too_complex(what: &str, limit: usize) -> SqlError {
    SqlError::TooComplex { what: what.to_owned(), limit }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_queries_pass() {
        for query in
            ["select 1", "with a as (select 1) select * from a", "explain select 1", "(select 1)"]
        {
            check(query).unwrap();
        }
        for query in [
            "copy (select 1) to 'x.csv'",
            "create external table t stored as csv location 'x'",
            "insert into events select * from events",
            "set datafusion.execution.batch_size = 1",
            "explain analyze select 1",
            "select 1; select 2",
            "drop table events",
            "prepare p as select 1",
            "",
        ] {
            assert!(check(query).is_err(), "{query}");
        }
    }

    #[test]
    fn what_would_overflow_a_stack_is_refused_first() {
        let deep = format!("select {}1{}", "(".repeat(60), ")".repeat(60));
        assert!(check(&deep).unwrap_err().to_string().contains("nested"));
        let chain = format!("select 1{}", "+1".repeat(2_000));
        assert!(check(&chain).unwrap_err().to_string().contains("terms"));
        let long = format!("select '{}'", "x".repeat(MAX_BYTES));
        assert!(check(&long).unwrap_err().to_string().contains("bytes"));
    }
}
