//! The service: the API under `/api/v1` and the web page, on loopback.
//!
//! [`serve`] binds, answers questions over one shared session, runs imports one at a time beside
//! them and keeps the lake tidy in the background. [`export`] writes answers as files, for this
//! service and for the command line alike; [`handover`] is how `perennial import` gives its work
//! to a running server.
//!
//! Sign-in does not exist yet, so nothing but loopback is served and a request must name a
//! loopback host: a page elsewhere cannot reach in by naming this machine.

mod accept;
mod app;
mod background;
mod body;
mod cache;
pub mod dashboards;
mod envelope;
mod error;
pub mod export;
pub mod handover;
mod ids;
mod jobs;
pub mod limits;
pub mod models;
mod openapi;
mod resources;
mod router;
mod security;
pub mod segments;
mod sent;
mod uploads;

pub use accept::{ServeError, ServeOptions, serve};
pub use ids::{fill_ids, outside_ids};
pub use openapi::document;
