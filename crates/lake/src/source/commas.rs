//! Numbers with a decimal comma: read when it is said, refused when it only seems so.
//!
//! `1.234` is a little over one in London and over a thousand in Berlin, and nothing in it tells
//! which. So a file is refused when its columns of numbers hold commas in earnest: when most of
//! their numbers have one, or when any has one and another number would change its value by a
//! thousand. A stray `1,234` among plain numbers is a bad row like any other.

use super::cells::{Cells, Chunk};
use super::detect::Format;
use super::mapping::Mapping;
use super::number::Number;
use super::{Detected, SourceError, SourceOptions};

/// Checks the first rows of a file.
///
/// # Errors
/// When the decimal mark of a column is not said and not plain, or is said of a format that has
/// numbers of its own.
pub(super) fn check(
    detected: &Detected,
    names: &[String],
    mapping: &Mapping,
    first: &Chunk,
    options: &SourceOptions,
) -> Result<(), SourceError> {
    if options.decimal_comma {
        return match detected.format {
            Format::Csv => Ok(()),
            other => Err(SourceError::Mapping {
                reason: (
                    format!(
                        "`{}` is {}, which has numbers of its own",
                        detected.name,
                        other.name()
                    ),
                    format!("“{}”是 {} 文件，数字自有写法", detected.name, other.name()),
                )
                    .into(),
                hint: ("leave `--decimal-comma` out", "请不要启用小数逗号（--decimal-comma）")
                    .into(),
            }),
        };
    }
    for place in mapping.numeric() {
        let Some(Cells::Text(texts)) = first.columns.get(place) else { continue };
        let values = || texts.iter().flatten().map(str::trim).filter(|text| !text.is_empty());
        let Some(example) = values().find(|text| has_comma(text)) else { continue };
        let n_commas = values().filter(|text| has_comma(text)).count();
        let is_most = n_commas * 2 > values().count();
        if is_most || values().any(is_either) {
            return Err(SourceError::AmbiguousNumbers {
                file: detected.name.clone(),
                column: names.get(place).cloned().unwrap_or_default(),
                value: example.to_owned(),
            });
        }
    }
    Ok(())
}

/// A number only with a decimal comma.
fn has_comma(text: &str) -> bool {
    text.contains(',') && Number::parse_comma(text).is_some()
}

/// A number with either mark, of different value.
fn is_either(text: &str) -> bool {
    text.contains('.') && Number::parse(text).is_some() && Number::parse_comma(text).is_some()
}
