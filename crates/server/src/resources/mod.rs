//! What is served, a file per resource.

pub(crate) mod catalog;
pub(crate) mod dashboards;
pub(crate) mod health;
pub(crate) mod imports;
pub(crate) mod insights;
pub(crate) mod models;
pub(crate) mod segments;
pub(crate) mod ui;
