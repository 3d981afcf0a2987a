//! Short ASCII texts without an allocation: ids are written millions of times.

use std::fmt;
use std::ops::Deref;

const CAPACITY: usize = 39;
const HEX: &[u8; 16] = b"0123456789abcdef";

/// An ASCII text of at most 39 bytes; what does not fit is left out.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShortText {
    bytes: [u8; CAPACITY],
    length: u8,
}

impl Default for ShortText {
    fn default() -> ShortText {
        ShortText { bytes: [0; CAPACITY], length: 0 }
    }
}

impl ShortText {
    /// The text.
    pub fn as_str(&self) -> &str {
        // Only ASCII is ever pushed, so this is always the whole text.
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }

    pub(crate) fn push(mut self, text: &str) -> ShortText {
        for byte in text.bytes().filter(u8::is_ascii) {
            self.push_byte(byte);
        }
        self
    }

    /// Appends a number, padded with zeros to at least `width` digits.
    pub(crate) fn push_number(mut self, number: u32, width: usize) -> ShortText {
        let mut digits = [b'0'; 10];
        let mut rest = number;
        let mut first = digits.len();
        while rest > 0 {
            first -= 1;
            digits[first] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        for &digit in &digits[first.min(digits.len() - width.min(digits.len()))..] {
            self.push_byte(digit);
        }
        self
    }

    /// Appends 16 hexadecimal digits.
    pub(crate) fn push_hex(mut self, number: u64) -> ShortText {
        for nibble in (0..16).rev() {
            self.push_byte(HEX[(number >> (4 * nibble) & 15) as usize]);
        }
        self
    }

    fn push_byte(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(usize::from(self.length)) {
            *place = byte;
            self.length += 1;
        }
    }
}

impl Deref for ShortText {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for ShortText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

impl fmt::Display for ShortText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_padded_and_never_cut() {
        let text = |number, width| ShortText::default().push("a").push_number(number, width);
        assert_eq!(text(7, 4).as_str(), "a0007");
        assert_eq!(text(0, 1).as_str(), "a0");
        assert_eq!(text(u32::MAX, 4).as_str(), "a4294967295");
        assert_eq!(ShortText::default().push_hex(0xA1).as_str(), "00000000000000a1");
    }
}
