//! What the real DuckDB sees in a data folder.

use std::path::Path;
use std::process::Command;

const SCRIPT: &str = r#"
import sys, os, duckdb
from duckdb_extensions import import_extension
for name in ("ducklake", "sqlite_scanner"):
    import_extension(name)
os.chdir(sys.argv[1])
c = duckdb.connect("")
c.sql("load ducklake"); c.sql("load sqlite_scanner")
c.sql("attach 'ducklake:sqlite:perennial.db' as lake (data_path 'lake/', read_only)")
row = c.sql("select count(*), count(distinct (customer, message_id)), coalesce(sum(amount), 0) from lake.events").fetchone()
print("|".join(str(value) for value in row))
"#;

/// Rows, distinct rows and the sum of the amounts.
pub(crate) fn totals(python: &Path, folder: &Path) -> String {
    let out = Command::new(python).args(["-c", SCRIPT]).arg(folder).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}
