//! What a workbook would unpack to, found out before anything is kept of it.
//!
//! A workbook is a zip archive, and its directory may lie. Every XML part is inflated once into
//! nothing, within limits on size and ratio, so that what is read afterwards is known to be
//! harmless: at most 200 MB, at most a hundredfold, and no promise of more shared strings than
//! there is text.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use super::SourceError;
use super::input::{INFLATED_FREE_BYTES, MAX_INFLATE_RATIO};
use super::said::Said;

/// Inflated bytes of one part from which its ratio is watched.
const PART_FREE_BYTES: u64 = 10_000_000;
/// Most files in the archive.
const MAX_PARTS: u64 = 10_000;

/// A file in the archive.
#[derive(Debug)]
struct Part {
    name: String,
    method: u16,
    n_packed: u64,
    /// Where its local header stands.
    offset: u64,
}

/// Checks the archive.
///
/// # Errors
/// When it is no workbook, or unpacks to more than an honest one.
pub(super) fn check(file_name: &str, file: &mut File) -> Result<(), SourceError> {
    let broken = |error: io::Error| SourceError::invalid(file_name, "xlsx", error);
    let parts = directory(file).map_err(broken)?;
    let is_sheet =
        |part: &Part| part.name.ends_with("workbook.xml") || part.name.ends_with("workbook.bin");
    if !parts.iter().any(is_sheet) {
        return Err(SourceError::Unsupported {
            file: file_name.to_owned(),
            found: "a zip archive",
            mend: "unpack it and give the tables inside",
        });
    }
    if parts.iter().any(|part| part.name.ends_with("workbook.bin")) {
        return Err(SourceError::Unsupported {
            file: file_name.to_owned(),
            found: "a binary workbook (.xlsb)",
            mend: "save it as .xlsx or CSV",
        });
    }
    let too_large =
        |what: Said, limit: Said| SourceError::TooLarge { file: file_name.to_owned(), what, limit };
    let mut n_total = 0;
    for part in
        parts.iter().filter(|part| part.name.ends_with(".xml") || part.name.ends_with(".rels"))
    {
        let allowance = INFLATED_FREE_BYTES - n_total;
        let ratio_limit = PART_FREE_BYTES.max(part.n_packed.saturating_mul(MAX_INFLATE_RATIO));
        let inflated = inflate(file, part, allowance.min(ratio_limit)).map_err(broken)?;
        n_total += inflated.n_bytes;
        if inflated.is_cut {
            return Err(too_large(
                (
                    format!("`{}` inflates to over {} bytes", part.name, inflated.n_bytes),
                    format!("“{}”解压后超过 {} 字节", part.name, inflated.n_bytes),
                )
                    .into(),
                (
                    format!(
                        "{INFLATED_FREE_BYTES} bytes and {MAX_INFLATE_RATIO} times the packed size"
                    ),
                    format!(" {INFLATED_FREE_BYTES} 字节和压缩后大小的 {MAX_INFLATE_RATIO} 倍"),
                )
                    .into(),
            ));
        }
        let n_strings = promised_strings(&inflated.head);
        // The shortest shared string is `<si/>`.
        if n_strings.is_some_and(|n_strings| n_strings > inflated.n_bytes / 5) {
            let n_strings = n_strings.unwrap_or_default();
            return Err(too_large(
                (
                    format!("`{}` promises {n_strings} texts", part.name),
                    format!("“{}”声称有 {n_strings} 个文本", part.name),
                )
                    .into(),
                ("what it has room for", "它容得下的数量").into(),
            ));
        }
    }
    file.rewind().map_err(broken)
}

struct Inflated {
    n_bytes: u64,
    is_cut: bool,
    head: Vec<u8>,
}

fn inflate(file: &mut File, part: &Part, limit: u64) -> io::Result<Inflated> {
    file.seek(SeekFrom::Start(part.offset))?;
    let mut header = [0; 30];
    file.read_exact(&mut header)?;
    if !header.starts_with(b"PK\x03\x04") {
        return Err(io::Error::other("a file of the archive is not where its directory says"));
    }
    let skip = u64::from(u16_at(&header, 26)) + u64::from(u16_at(&header, 28));
    file.seek(SeekFrom::Current(i64::try_from(skip).unwrap_or_default()))?;
    let packed = file.take(part.n_packed);
    let mut reader: Box<dyn Read + '_> = match part.method {
        0 => Box::new(packed),
        8 => Box::new(flate2::read::DeflateDecoder::new(packed)),
        _ => return Err(io::Error::other(format!("`{}` is packed in an unknown way", part.name))),
    };
    let mut buffer = vec![0; 1 << 16];
    let mut inflated = Inflated { n_bytes: 0, is_cut: false, head: Vec::new() };
    loop {
        let n_bytes = reader.read(&mut buffer)?;
        if n_bytes == 0 {
            return Ok(inflated);
        }
        if inflated.head.len() < 4096 {
            inflated.head.extend_from_slice(buffer.get(..n_bytes).unwrap_or_default());
        }
        inflated.n_bytes += n_bytes as u64;
        if inflated.n_bytes > limit {
            inflated.is_cut = true;
            return Ok(inflated);
        }
    }
}

/// The `uniqueCount` of a table of shared strings.
fn promised_strings(head: &[u8]) -> Option<u64> {
    let head = String::from_utf8_lossy(head);
    let after = head.split_once("uniqueCount")?.1.trim_start_matches([' ', '=', '"', '\'']);
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    // Digits beyond a u64 are a promise beyond any text.
    Some(digits.parse().unwrap_or(if digits.is_empty() { 0 } else { u64::MAX }))
}

/// The directory at the end of the archive.
fn directory(file: &mut File) -> io::Result<Vec<Part>> {
    let n_bytes = file.seek(SeekFrom::End(0))?;
    let tail_start = n_bytes.saturating_sub(66_000);
    file.seek(SeekFrom::Start(tail_start))?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail)?;
    let end = tail
        .windows(4)
        .rposition(|window| window == b"PK\x05\x06")
        .ok_or_else(|| io::Error::other("the archive has no directory; the file is cut off"))?;
    let record = tail.get(end..).unwrap_or_default();
    let mut n_parts = u64::from(u16_at(record, 10));
    let mut size = u64::from(u32_at(record, 12));
    let mut start = u64::from(u32_at(record, 16));
    let locator = end.checked_sub(20).and_then(|at| tail.get(at..end));
    if let Some(locator) = locator.filter(|locator| locator.starts_with(b"PK\x06\x07")) {
        file.seek(SeekFrom::Start(u64_at(locator, 8)))?;
        let mut large = [0; 56];
        file.read_exact(&mut large)?;
        (n_parts, size, start) = (u64_at(&large, 32), u64_at(&large, 40), u64_at(&large, 48));
    }
    if n_parts > MAX_PARTS || size > n_bytes {
        return Err(io::Error::other("the directory of the archive is not plausible"));
    }
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(size).read_to_end(&mut bytes)?;
    let mut parts = Vec::new();
    let mut rest = bytes.as_slice();
    while rest.starts_with(b"PK\x01\x02") {
        let name_len = usize::from(u16_at(rest, 28));
        let extra_len = usize::from(u16_at(rest, 30));
        let len = 46 + name_len + extra_len + usize::from(u16_at(rest, 32));
        let name = rest.get(46..46 + name_len).unwrap_or_default();
        let extra = rest.get(46 + name_len..46 + name_len + extra_len).unwrap_or_default();
        let (n_packed, offset) = sizes(rest, extra);
        parts.push(Part {
            name: String::from_utf8_lossy(name).into_owned(),
            method: u16_at(rest, 10),
            n_packed,
            offset,
        });
        rest = rest.get(len..).unwrap_or_default();
    }
    Ok(parts)
}

/// Packed size and offset of a directory entry, from its zip64 field where they are too large.
fn sizes(entry: &[u8], extra: &[u8]) -> (u64, u64) {
    let (unpacked, packed, offset) = (u32_at(entry, 24), u32_at(entry, 20), u32_at(entry, 42));
    let mut field = extra;
    while field.len() >= 4 && u16_at(field, 0) != 1 {
        field = field.get(4 + usize::from(u16_at(field, 2))..).unwrap_or_default();
    }
    let mut at = 4;
    let mut large = |value: u32| {
        if value != u32::MAX || field.len() < at + 8 {
            return u64::from(value);
        }
        at += 8;
        u64_at(field, at - 8)
    };
    large(unpacked);
    (large(packed), large(offset))
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..at + 2).and_then(|part| part.try_into().ok()).map_or(0, u16::from_le_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).and_then(|part| part.try_into().ok()).map_or(0, u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(|part| part.try_into().ok()).map_or(0, u64::from_le_bytes)
}
