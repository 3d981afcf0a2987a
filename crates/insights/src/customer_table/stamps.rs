//! Which small numbers have been met since the last time everything was forgotten.

use crate::coding::NO_VALUE;

/// A set of small numbers that forgets in no time: a number is in it when its stamp is the present
/// one.
#[derive(Debug, Default)]
pub struct Stamps {
    stamps: Vec<u32>,
    present: u32,
}

impl Stamps {
    /// Forgets every number.
    pub fn forget(&mut self) {
        self.present = self.present.wrapping_add(1);
        if self.present == 0 {
            // After four thousand million times old stamps would look like new ones.
            self.stamps.fill(0);
            self.present = 1;
        }
    }

    /// Takes a number; whether it is met for the first time. [`NO_VALUE`] never is.
    pub fn is_new(&mut self, number: u32) -> bool {
        if number == NO_VALUE {
            return false;
        }
        let at = number as usize;
        if at >= self.stamps.len() {
            self.stamps.resize(at + 1, self.present.wrapping_sub(1));
        }
        let is_new = self.stamps[at] != self.present;
        self.stamps[at] = self.present;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_new_once_until_forgotten() {
        let mut stamps = Stamps { stamps: Vec::new(), present: u32::MAX - 1 };
        for _ in 0..4 {
            stamps.forget();
            assert!(!stamps.is_new(NO_VALUE));
            assert_eq!(
                [3, 1, 3, 1].map(|number| stamps.is_new(number)),
                [true, true, false, false]
            );
        }
    }
}
