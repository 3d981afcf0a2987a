//! A random source of our own: xoshiro256++ seeded by SplitMix64, the same on every machine.
//!
//! Answers "which rows does tree 17 see?" the same way today, tomorrow, and on any number of
//! threads: every tree, fold and permutation takes its own stream of one seed.
//! D. Blackman, S. Vigna (2021), Scrambled linear pseudorandom number generators, ACM Transactions
//! on Mathematical Software 47, 36. Not for secrets.

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Random {
    state: [u64; 4],
}

/// One step of SplitMix64: a well-mixed number for each value of `state`.
fn split_mix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl Random {
    /// The stream `index` of `seed`.
    #[must_use]
    pub fn stream(seed: u64, index: u64) -> Random {
        let mut outer = seed;
        let mut inner = split_mix(&mut outer) ^ index.wrapping_mul(0xd134_2543_de82_ef95);
        let state = std::array::from_fn(|_| split_mix(&mut inner));
        Random { state }
    }

    /// 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = &mut self.state;
        let result = a.wrapping_add(*d).rotate_left(23).wrapping_add(*a);
        let shifted = *b << 17;
        *c ^= *a;
        *d ^= *b;
        *b ^= *c;
        *a ^= *d;
        *c ^= shifted;
        *d = d.rotate_left(45);
        result
    }

    /// A whole number below `n`, each as likely; 0 when `n` is 0.
    ///
    /// D. Lemire (2019), Fast random integer generation in an interval, ACM Transactions on
    /// Modeling and Computer Simulation 29, 3.
    pub fn below(&mut self, n: usize) -> usize {
        let n = n as u64;
        if n == 0 {
            return 0;
        }
        let threshold = n.wrapping_neg() % n;
        loop {
            let product = u128::from(self.bits()) * u128::from(n);
            if product as u64 >= threshold {
                return (product >> 64) as usize;
            }
        }
    }

    /// A number from 0 inclusive to 1 exclusive, a multiple of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number from the standard normal distribution (G. E. P. Box, M. E. Muller (1958), Annals of
    /// Mathematical Statistics 29, 610–611).
    pub fn normal(&mut self) -> f64 {
        let distance = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        distance * (std::f64::consts::TAU * self.unit()).cos()
    }

    /// Puts `items` in a random order, each as likely (Fisher–Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
