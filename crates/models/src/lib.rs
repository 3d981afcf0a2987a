//! Models: numbers in, numbers out.
//!
//! Each model is one folder with its formula, the paper it comes from and a test against somebody
//! else's number. Nothing here knows an event, a file, a clock or a random source: seeds are
//! arguments. What cannot be computed is a typed refusal that says how to mend it, never a number.

pub mod lifetime;
mod newton;
pub mod optimise;
#[cfg(test)]
mod shared;
pub mod special;
pub mod survival;
