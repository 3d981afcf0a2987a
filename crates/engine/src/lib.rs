//! The engine: one sequential pass over customers in which every insight is a fold.
//!
//! The lake keeps events clustered by customer, so whatever is asked of a customer base can be
//! answered by visiting each customer's events once, in time order, and adding up small mergeable
//! partial results. A [`fold::Fold`] says which columns, events and time it needs and gives a
//! [`fold::Visitor`] per bucket; [`session::Session::run`] drives any number of folds over one shared scan,
//! buckets in parallel; [`exec::FoldExec`] is that pass as a DataFusion plan node.
//!
//! This crate is a fence: it knows DataFusion, but no insight, no file layout, no clock, no
//! environment. Where the sorted rows come from is a [`source::RunSource`].

pub mod batch;
pub mod cache;
pub mod error;
pub mod exec;
pub mod filter;
pub mod fold;
pub mod memory;
pub mod merge;
pub mod order;
mod packed;
pub mod partial;
pub mod restrict;
pub mod schema;
pub mod session;
pub mod source;
pub mod sql;
pub mod table;
