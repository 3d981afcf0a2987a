//! Text in any encoding, as UTF-8.
//!
//! A byte order mark decides; else text that is UTF-8 is UTF-8; else NUL bytes at every second
//! place are UTF-16; else the statistics of `chardetng` say which legacy encoding it is. Bytes that
//! are not text in the encoding become the byte `0xFF`, which no UTF-8 holds, so that the row they
//! stand in is refused by its number instead of being altered.

use std::io::{self, Read};

use encoding_rs::{DecoderResult, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

use super::SourceError;

/// An encoding and the length of the byte order mark in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Detected {
    pub(super) encoding: &'static Encoding,
    pub(super) mark_len: usize,
}

/// The encoding of a file that begins with `head`, or the one that was asked for.
pub(super) fn detect(head: &[u8], asked: Option<&str>) -> Result<Detected, SourceError> {
    let mark = Encoding::for_bom(head);
    if let Some(label) = asked {
        let encoding = Encoding::for_label(label.trim().as_bytes())
            .ok_or_else(|| SourceError::UnknownEncoding(label.to_owned()))?;
        let mark_len = mark.filter(|(found, _)| *found == encoding).map_or(0, |(_, len)| len);
        return Ok(Detected { encoding, mark_len });
    }
    if let Some((encoding, mark_len)) = mark {
        return Ok(Detected { encoding, mark_len });
    }
    Ok(Detected { encoding: guess(head), mark_len: 0 })
}

fn guess(head: &[u8]) -> &'static Encoding {
    if let Some(encoding) = utf_16(head) {
        return encoding;
    }
    let (n_good, n_bad) = count_multibyte(head);
    // A few broken characters among many good ones are damage, not another encoding.
    if n_bad == 0 || n_good > 10 * n_bad {
        return UTF_8;
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(head, false);
    let found = detector.guess(None, chardetng::Utf8Detection::Deny);
    // GBK's decoder reads GB18030, the larger of the two; it is called by what it reads.
    if found == GBK { GB18030 } else { found }
}

/// UTF-16 without a mark: ASCII text has a NUL in every second byte.
fn utf_16(head: &[u8]) -> Option<&'static Encoding> {
    let sample = head.get(..head.len().min(4096) & !1)?;
    let n_pairs = sample.len() / 2;
    let n_nul =
        |first: usize| sample.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    let (n_even, n_odd) = (n_nul(0), n_nul(1));
    if n_pairs < 2 || n_even.max(n_odd) * 10 < n_pairs * 4 {
        return None;
    }
    match (n_even, n_odd) {
        (0, _) => Some(UTF_16LE),
        (_, 0) => Some(UTF_16BE),
        _ => None,
    }
}

/// Characters of several bytes that are UTF-8, and places where the text is not.
fn count_multibyte(head: &[u8]) -> (usize, usize) {
    let (mut n_good, mut n_bad) = (0, 0);
    for chunk in head.utf8_chunks() {
        n_good += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        n_bad += usize::from(!chunk.invalid().is_empty());
    }
    // The sample may end inside a character.
    let tail_is_cut = std::str::from_utf8(head).is_err_and(|error| error.error_len().is_none());
    (n_good, n_bad - usize::from(tail_is_cut && n_bad > 0))
}

/// Reads another encoding as UTF-8.
pub(super) struct Transcoder {
    input: Box<dyn Read + Send>,
    decoder: encoding_rs::Decoder,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    is_last: bool,
    is_done: bool,
    /// A [`BAD_BYTE`] that did not fit the last read.
    owes_bad_byte: bool,
}

/// Stands for bytes that are no text.
const BAD_BYTE: u8 = 0xFF;

impl Transcoder {
    pub(super) fn new(input: Box<dyn Read + Send>, encoding: &'static Encoding) -> Transcoder {
        Transcoder {
            input,
            decoder: encoding.new_decoder_without_bom_handling(),
            buffer: vec![0; 1 << 16],
            start: 0,
            end: 0,
            is_last: false,
            is_done: false,
            owes_bad_byte: false,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        if self.start == self.end && !self.is_last {
            self.start = 0;
            self.end = self.input.read(&mut self.buffer)?;
            self.is_last = self.end == 0;
        }
        Ok(())
    }
}

impl Read for Transcoder {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        // Room for the longest character and a bad byte.
        while written + 8 <= out.len() && !self.is_done {
            if std::mem::take(&mut self.owes_bad_byte)
                && let Some(slot) = out.get_mut(written)
            {
                *slot = BAD_BYTE;
                written += 1;
            }
            self.fill()?;
            let from = self.buffer.get(self.start..self.end).unwrap_or_default();
            let to = out.get_mut(written..).unwrap_or_default();
            let (result, n_read, n_written) =
                self.decoder.decode_to_utf8_without_replacement(from, to, self.is_last);
            self.start += n_read;
            written += n_written;
            match result {
                DecoderResult::InputEmpty if self.is_last => self.is_done = true,
                // Hand over what there is before waiting for more.
                DecoderResult::InputEmpty if written > 0 => break,
                DecoderResult::InputEmpty => {}
                DecoderResult::OutputFull => break,
                DecoderResult::Malformed(..) => self.owes_bad_byte = true,
            }
        }
        if self.is_done
            && self.owes_bad_byte
            && let Some(slot) = out.get_mut(written)
        {
            *slot = BAD_BYTE;
            written += 1;
            self.owes_bad_byte = false;
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(head: &[u8]) -> &'static str {
        detect(head, None).expect("no label").encoding.name()
    }

    #[test]
    fn encodings_are_told_apart() {
        let chinese = "客户编号,下单时间,金额\n张三,2024-01-01,12.50\n李四先生,2024-01-02,8.00\n";
        assert_eq!(named(chinese.as_bytes()), "UTF-8");
        assert_eq!(named(&GB18030.encode(chinese).0), "gb18030");
        assert_eq!(named(b"plain"), "UTF-8");
        assert_eq!(named("caf\u{e9}".as_bytes()), "UTF-8");
        assert_eq!(named(b"name,city\nJos\xE9,M\xFCnchen\nAndr\xE9,K\xF6ln\n"), "windows-1252");
        let little: Vec<u8> = "a,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = "a,b\n1,2\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(named(&little), "UTF-16LE");
        assert_eq!(named(&big), "UTF-16BE");
        assert!(matches!(detect(b"", Some("klingon")), Err(SourceError::UnknownEncoding(_))));
    }

    #[test]
    fn what_is_no_text_is_marked_not_replaced() {
        let mut out = Vec::new();
        let input = io::Cursor::new(b"\xC4\xE3\xFF,\xBA\xC3".to_vec());
        Transcoder::new(Box::new(input), GB18030).read_to_end(&mut out).expect("in memory");
        assert_eq!(out, ["你".as_bytes(), b"\xFF,", "好".as_bytes()].concat());
    }
}
