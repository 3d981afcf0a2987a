//! What tests are made of: worlds written as text, any layout of their rows, a clock that stands.
//!
//! A test says what happened to whom and asks a question; which bucket, partition and batch a row
//! stands in is a [`Layout`], and no layout may change an answer:
//!
//! ```
//! use perennial_testkit::{Layout, world};
//! let shop = world(
//!     "anna  2024-02-29T10:00Z,2024-03-02  order  order=A1 amount=12.50 currency=EUR
//!      bert  2024-03-01                    view   country=DE",
//! );
//! assert_eq!(shop.name_of(1), "anna");
//! let source = shop.source(Layout { n_buckets: 4, n_partitions: 2, batch_rows: 1 });
//! # let _ = source;
//! ```
//!
//! [`WorldSource`] is as mean as the interface allows: it delivers the rows and columns asked for
//! and not one more, so a fold that asks for too little is found out.
//!
//! Everything here may panic: a test that cannot be set up has failed.

mod batches;
mod clock;
mod event;
pub mod explained;
mod run;
mod source;
mod strategy;
mod text;

pub use batches::batch;
pub use clock::FakeClock;
pub use event::{Event, World};
pub use run::{block_on, in_every_layout, session};
pub use source::{Layout, WorldSource};
pub use strategy::{Scene, scenes, worlds};
pub use text::{instant, world};
