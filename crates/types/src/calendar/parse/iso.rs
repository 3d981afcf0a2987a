//! Dates and times written year first, and counts since the epoch, read byte by byte.
//!
//! ```text
//! date   = YYYY sep M[M] sep D[D] | YYYYMMDD             sep is one of - / . and the same twice
//! time   = HH | H[H]:MM[:SS[fraction]] | HHMM[SS[fraction]]
//! offset = Z | UTC | GMT | ±HH[[:]MM[[:]SS]]
//! text   = date [ (T | blanks) time [ blanks offset ] ]
//! ```

use super::super::days::{day_number, days_in_month};
use super::super::{DAY, HOUR, Micros, SECOND};
use super::{Fault, Moment};

/// Greatest offset from UTC that a text may carry: the widest a zone's rules can express.
const MAX_OFFSET: Micros = 26 * HOUR - SECOND;

/// What is left of a text.
struct Cursor<'text> {
    rest: &'text [u8],
}

/// Reads a date or a time; `text` has no blanks around it and is not empty.
pub(super) fn read(text: &[u8]) -> Result<Moment, Fault> {
    if let Some(moment) = read_usual(text) {
        return Ok(moment);
    }
    let mut cursor = Cursor { rest: text };
    let Some(midnight) = cursor.date() else {
        return Err(if ends_with_year(text) { Fault::AmbiguousDate } else { Fault::NotATime });
    };
    let midnight = midnight?;
    if cursor.rest.is_empty() {
        return Ok(Moment::Date(midnight));
    }
    if !cursor.eat(b'T') && !cursor.eat(b't') && !cursor.skip_blanks() {
        return Err(Fault::NotATime);
    }
    let time_of_day = cursor.time().ok_or(Fault::NotATime)??;
    let local = midnight + time_of_day;
    if cursor.rest.is_empty() {
        return Ok(Moment::Local(local));
    }
    cursor.skip_blanks();
    let offset = cursor.offset().ok_or(Fault::NotATime)??;
    if !cursor.rest.is_empty() {
        return Err(Fault::NotATime);
    }
    Ok(Moment::Instant(local - offset))
}

/// Reads `2010-12-01 08:26:00` and `2010-12-01T08:26:00Z`, which nearly all files have, without
/// looking for anything else. None when it is another form or does not exist.
#[inline]
fn read_usual(text: &[u8]) -> Option<Moment> {
    let (fixed, rest) = text.split_first_chunk::<19>()?;
    let [
        y1,
        y2,
        y3,
        y4,
        b'-',
        m1,
        m2,
        b'-',
        d1,
        d2,
        b' ' | b'T',
        h1,
        h2,
        b':',
        n1,
        n2,
        b':',
        s1,
        s2,
    ] = *fixed
    else {
        return None;
    };
    let pair = |tens: u8, ones: u8| {
        let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
        (tens <= 9 && ones <= 9).then(|| i64::from(tens) * 10 + i64::from(ones))
    };
    let year = pair(y1, y2)? * 100 + pair(y3, y4)?;
    let midnight = midnight_of(year, pair(m1, m2)?, pair(d1, d2)?).ok()?;
    let time_of_day = time_of_day(pair(h1, h2)?, pair(n1, n2)?, pair(s1, s2)?).ok()?;
    match rest {
        [] => Some(Moment::Local(midnight + time_of_day)),
        [b'Z'] => Some(Moment::Instant(midnight + time_of_day)),
        _ => None,
    }
}

/// Reads a count of units of `unit` microseconds since the epoch, with or without decimals.
pub(super) fn read_count(text: &[u8], unit: Micros) -> Result<Micros, Fault> {
    let (is_negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let mut cursor = Cursor { rest: digits };
    let mut whole: Micros = 0;
    let mut n_digits = 0;
    while let Some(digit) = cursor.digit() {
        n_digits += 1;
        whole = whole
            .checked_mul(10)
            .and_then(|tens| tens.checked_add(digit))
            .ok_or(Fault::OutOfRange)?;
    }
    let mut micros = whole.checked_mul(unit).ok_or(Fault::OutOfRange)?;
    let mut cuts_something = false;
    if n_digits > 0 && cursor.eat(b'.') {
        let mut place = unit;
        let n_left = cursor.rest.len();
        while let Some(digit) = cursor.digit() {
            cuts_something |= place < 10 && digit != 0;
            place /= 10;
            micros = micros.checked_add(digit * place).ok_or(Fault::OutOfRange)?;
        }
        n_digits = if cursor.rest.len() == n_left { 0 } else { n_digits };
    }
    if n_digits == 0 || !cursor.rest.is_empty() {
        return Err(Fault::NotATime);
    }
    // Cut towards the past on both sides of the epoch, as everywhere.
    Ok(if is_negative { -micros - Micros::from(cuts_something) } else { micros })
}

/// Microseconds of a time of day, if it exists.
pub(super) fn time_of_day(hour: i64, minute: i64, second: i64) -> Result<Micros, Fault> {
    if hour > 23 || minute > 59 || second > 60 {
        return Err(Fault::NoSuchTime);
    }
    Ok(((hour * 60 + minute) * 60 + second.min(59)) * SECOND)
}

/// Wall-clock microseconds of a date's midnight, if the date exists.
pub(super) fn midnight_of(year: i64, month: i64, day: i64) -> Result<Micros, Fault> {
    if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return Err(Fault::NoSuchTime);
    }
    Ok(day_number(year, month, day) * DAY)
}

/// Whether a text begins like `1/2/2025` or `01.02.25`: numbers with the year last.
fn ends_with_year(text: &[u8]) -> bool {
    let mut cursor = Cursor { rest: text };
    let mut parts = || {
        cursor.number(1, 2)?;
        let separator = cursor.separator()?;
        cursor.number(1, 2)?;
        if !cursor.eat(separator) {
            return None;
        }
        cursor.number(2, 4)
    };
    parts().is_some()
}

impl Cursor<'_> {
    #[inline]
    fn eat(&mut self, wanted: u8) -> bool {
        match self.rest {
            [first, rest @ ..] if *first == wanted => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn eat_word(&mut self, word: &[u8]) -> bool {
        match self.rest.strip_prefix(word) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    #[inline]
    fn digit(&mut self) -> Option<i64> {
        match self.rest {
            [first @ b'0'..=b'9', rest @ ..] => {
                self.rest = rest;
                Some(i64::from(first - b'0'))
            }
            _ => None,
        }
    }

    /// A number of at least `least` and at most `most` digits.
    #[inline]
    fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let mut value = 0;
        for n_digits in 0..most {
            match self.digit() {
                Some(digit) => value = value * 10 + digit,
                None if n_digits < least => return None,
                None => break,
            }
        }
        Some(value)
    }

    fn separator(&mut self) -> Option<u8> {
        [b'-', b'/', b'.'].into_iter().find(|&separator| self.eat(separator))
    }

    fn skip_blanks(&mut self) -> bool {
        let n_before = self.rest.len();
        while self.eat(b' ') {}
        self.rest.len() < n_before
    }

    fn at_digit(&self) -> bool {
        self.rest.first().is_some_and(u8::is_ascii_digit)
    }

    /// The midnight of a date. None when it is not written as one, an inner error when there is no
    /// such date.
    fn date(&mut self) -> Option<Result<Micros, Fault>> {
        let year = self.number(4, 4)?;
        let (month, day) = if self.at_digit() {
            (self.number(2, 2)?, self.number(2, 2)?)
        } else {
            let separator = self.separator()?;
            let month = self.number(1, 2)?;
            if !self.eat(separator) {
                return None;
            }
            (month, self.number(1, 2)?)
        };
        // One digit more is another form, not a date and a rest.
        if self.at_digit() {
            return None;
        }
        Some(midnight_of(year, month, day))
    }

    /// Microseconds since midnight on the wall clock; results as of [`Cursor::date`].
    fn time(&mut self) -> Option<Result<Micros, Fault>> {
        let n_before = self.rest.len();
        let hour = self.number(1, 2)?;
        let has_two_digits = n_before - self.rest.len() == 2;
        let (mut minute, mut second, mut fraction) = (0, 0, 0);
        if self.eat(b':') {
            minute = self.number(2, 2)?;
            if self.eat(b':') {
                second = self.number(2, 2)?;
                fraction = self.fraction()?;
            }
        } else if !has_two_digits {
            return None;
        } else if self.at_digit() {
            minute = self.number(2, 2)?;
            if self.at_digit() {
                second = self.number(2, 2)?;
                fraction = self.fraction()?;
            }
        }
        if self.at_digit() {
            return None;
        }
        Some(time_of_day(hour, minute, second).map(|time| time + fraction))
    }

    /// Microseconds of a decimal fraction of a second; 0 where there is none.
    fn fraction(&mut self) -> Option<Micros> {
        if !self.eat(b'.') && !self.eat(b',') {
            return Some(0);
        }
        let mut place = SECOND / 10;
        let mut micros = self.digit()? * place;
        while let Some(digit) = self.digit() {
            place /= 10;
            micros += digit * place;
        }
        Some(micros)
    }

    /// An offset from UTC; results as of [`Cursor::date`].
    fn offset(&mut self) -> Option<Result<Micros, Fault>> {
        if self.eat(b'Z') || self.eat(b'z') || self.eat_word(b"UTC") || self.eat_word(b"GMT") {
            return Some(Ok(0));
        }
        let sign = if self.eat(b'-') {
            -1
        } else if self.eat(b'+') {
            1
        } else {
            return None;
        };
        let hours = self.number(2, 2)?;
        let (mut minutes, mut seconds) = (0, 0);
        if self.eat(b':') {
            minutes = self.number(2, 2)?;
            if self.eat(b':') {
                seconds = self.number(2, 2)?;
            }
        } else if self.at_digit() {
            minutes = self.number(2, 2)?;
            if self.at_digit() {
                seconds = self.number(2, 2)?;
            }
        }
        let offset = ((hours * 60 + minutes) * 60 + seconds) * SECOND;
        if minutes > 59 || seconds > 59 || offset > MAX_OFFSET {
            return Some(Err(Fault::NoSuchTime));
        }
        Some(Ok(sign * offset))
    }
}
