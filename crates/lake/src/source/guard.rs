//! Formats that a hostile file can use against its reader, read first where that does no harm.
//!
//! Parquet and XLSX are packed trees of lengths and references, and their decoders are other
//! people's. Whoever takes files from strangers gives [`SourceOptions`](super::SourceOptions) a
//! [`Guard`]: it has [`probe`] decode the whole file in a process with little memory and time, and
//! only a file that lived through that is read here.

use std::fs::File;
use std::io::{Seek, SeekFrom};
use std::sync::Arc;

use super::input::{self, Meter};
use super::parquet::ParquetReader;
use super::xlsx::XlsxReader;
use super::{SourceError, detect};

/// A file that is to be read, before anything of it is.
#[derive(Debug)]
pub struct Suspect<'a> {
    /// The name messages give it.
    pub name: &'a str,
    /// The file.
    pub file: &'a File,
    /// The sheet that was asked for, in a workbook.
    pub sheet: Option<&'a str>,
}

/// Decodes a file elsewhere; an error when that took more than an honest file needs.
pub type Guard = fn(&Suspect<'_>) -> Result<(), SourceError>;

/// Decodes a Parquet file or a workbook to its end and keeps nothing.
///
/// # Errors
/// What reading the file would say.
pub fn probe(name: &str, mut file: File, sheet: Option<&str>) -> Result<(), SourceError> {
    let io = |error| input::read_error(name, error);
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    let head = input::read_head(&mut file, 8).map_err(io)?;
    file.seek(SeekFrom::Start(0)).map_err(io)?;
    match detect::format(name, &head)? {
        detect::Format::Parquet => {
            let mut reader = ParquetReader::open(name, file, Arc::<Meter>::default())?;
            while reader.next()?.is_some() {}
            Ok(())
        }
        detect::Format::Xlsx => XlsxReader::open(name, file, sheet).map(drop),
        detect::Format::Csv | detect::Format::Jsonl => Ok(()),
    }
}

/// Has the guard look at a file, which is at its beginning again afterwards.
pub(super) fn pass(guard: Option<Guard>, suspect: &Suspect<'_>) -> Result<(), SourceError> {
    let Some(guard) = guard else { return Ok(()) };
    guard(suspect)?;
    let mut file = suspect.file;
    file.seek(SeekFrom::Start(0)).map(drop).map_err(|error| input::read_error(suspect.name, error))
}
