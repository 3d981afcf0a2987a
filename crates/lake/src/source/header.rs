//! Column names: every column has one, and no two are the same.

use std::collections::HashMap;

use super::{MAX_COLUMNS, SourceError};

/// The names to use for a header: trimmed, `column_7` where the seventh is blank.
///
/// # Errors
/// On two columns of one name, more than 2,000 columns, or none that has a name.
pub(super) fn column_names(file: &str, header: Vec<String>) -> Result<Vec<String>, SourceError> {
    if header.len() > MAX_COLUMNS {
        return Err(too_many(file, header.len()));
    }
    if header.iter().all(|name| name.trim().is_empty()) {
        return Err(SourceError::Empty { file: file.to_owned() });
    }
    let mut places: HashMap<String, usize> = HashMap::with_capacity(header.len());
    let mut names = Vec::with_capacity(header.len());
    for (place, name) in header.into_iter().enumerate() {
        let name = match name.trim() {
            "" => format!("column_{}", place + 1),
            name => name.to_owned(),
        };
        if name.contains('\0') {
            return Err(SourceError::invalid(file, "csv", "a column name holds a NUL byte"));
        }
        if let Some(first) = places.insert(name.clone(), place) {
            return Err(SourceError::DuplicateColumn {
                file: file.to_owned(),
                column: name,
                first: first + 1,
                second: place + 1,
            });
        }
        names.push(name);
    }
    Ok(names)
}

pub(super) fn too_many(file: &str, n_columns: usize) -> SourceError {
    SourceError::TooLarge {
        file: file.to_owned(),
        what: (format!("it has {n_columns} columns"), format!("它有 {n_columns} 列")).into(),
        limit: (format!("{MAX_COLUMNS} columns"), format!(" {MAX_COLUMNS} 列")).into(),
    }
}
