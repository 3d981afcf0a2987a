//! Randomness that gives the same numbers on every machine, forever.
//!
//! The generator is PCG XSL-RR 128/64 (O'Neill 2014, "PCG: A Family of Simple Fast
//! Space-Efficient Statistically Good Algorithms for Random Number Generation", HMC-CS-2014-0905),
//! kept here because a world's bytes must not change with a dependency's release. Floating point
//! stays portable: `+ - * / sqrt` are exact by IEEE 754, and logarithms and powers come from
//! `libm`, never from the platform's own library.

use libm::log;

const MULTIPLIER: u128 = 0x2360_ED05_1FC6_5DA4_4385_DF64_9FCC_F645;
/// Any odd constant; every customer shares it and differs by state.
const STREAM: u128 = 0x5851_F42D_4C95_7F2D_1405_7B7E_F767_814F;

/// A permutation of 64-bit numbers that leaves no visible trace of its input (SplitMix64's
/// finaliser, Steele, Lea and Flood 2014).
pub(crate) fn mix(value: u64) -> u64 {
    let mut mixed = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub(crate) struct Random {
    state: u128,
    increment: u128,
}

impl Random {
    /// The stream that belongs to one customer of one seed.
    ///
    /// States are hashed rather than counted, since neighbouring states of a linear generator
    /// give related streams.
    pub(crate) fn of_customer(seed: u64, customer: u32) -> Random {
        let low = mix(mix(seed) ^ u64::from(customer));
        let high = mix(low ^ seed.rotate_left(32));
        Random::new(u128::from(high) << 64 | u128::from(low), STREAM)
    }

    fn new(state: u128, stream: u128) -> Random {
        let increment = stream << 1 | 1;
        let mut random = Random { state: state.wrapping_add(increment), increment };
        random.step();
        random
    }

    fn step(&mut self) {
        self.state = self.state.wrapping_mul(MULTIPLIER).wrapping_add(self.increment);
    }

    /// 64 random bits.
    #[inline]
    pub(crate) fn bits(&mut self) -> u64 {
        self.step();
        let folded = (self.state >> 64) as u64 ^ self.state as u64;
        folded.rotate_right((self.state >> 122) as u32)
    }

    /// Uniform on [0, 1), a multiple of 2⁻⁵³.
    #[inline]
    pub(crate) fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// Whether an event of that probability happens.
    #[inline]
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// Uniform on `0..n`; the bias is below n/2³².
    #[inline]
    pub(crate) fn below(&mut self, n: u32) -> u32 {
        (((self.bits() >> 32) * u64::from(n)) >> 32) as u32
    }

    /// Uniform on `low..high`, in steps fine enough for microseconds of a century.
    #[inline]
    pub(crate) fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.uniform() * (high - low) as f64) as i64
    }

    /// Exponential with mean 1.
    #[inline]
    pub(crate) fn exponential(&mut self) -> f64 {
        -log(1.0 - self.uniform())
    }

    /// Standard normal, by Marsaglia's polar method: needs no trigonometry.
    pub(crate) fn normal(&mut self) -> f64 {
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let square = x * x + y * y;
            if square > 0.0 && square < 1.0 {
                return x * (-2.0 * log(square) / square).sqrt();
            }
        }
    }
}

/// Draws an index with given weights in constant time (Walker 1977, the alias method).
#[derive(Clone, Debug)]
pub(crate) struct Weighted {
    slots: Vec<(f64, u32)>,
}

impl Weighted {
    /// Weights need not sum to 1; an empty list always draws 0.
    pub(crate) fn new(weights: impl IntoIterator<Item = f64>) -> Weighted {
        let weights: Vec<f64> = weights.into_iter().collect();
        let total: f64 = weights.iter().sum();
        let scale = weights.len() as f64 / total;
        let mut slots: Vec<(f64, u32)> =
            weights.iter().enumerate().map(|(i, weight)| (weight * scale, i as u32)).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..slots.len()).partition(|&i| slots[i].0 < 1.0);
        while let (Some(&giver), Some(taker)) = (large.last(), small.pop()) {
            slots[taker].1 = giver as u32;
            slots[giver].0 -= 1.0 - slots[taker].0;
            if slots[giver].0 < 1.0 {
                large.pop();
                small.push(giver);
            }
        }
        // What is left over is full but for rounding.
        for i in small.into_iter().chain(large) {
            slots[i].0 = 1.0;
        }
        Weighted { slots }
    }

    /// An index, drawn by weight.
    #[inline]
    pub(crate) fn draw(&self, random: &mut Random) -> usize {
        let bits = random.bits();
        let slot = ((bits >> 32) * self.slots.len() as u64) >> 32;
        let fraction = (bits & 0xFFFF_FFFF) as f64 * (1.0 / (1_u64 << 32) as f64);
        match self.slots.get(slot as usize) {
            Some(&(keep, other)) if fraction >= keep => other as usize,
            _ => slot as usize,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_the_c_reference_of_pcg64() {
        let mut random = Random::new(42, 54);
        let drawn: Vec<u64> = (0..6).map(|_| random.bits()).collect();
        assert_eq!(
            drawn,
            [
                0x86b1_da1d_7206_2b68,
                0x1304_aa46_c985_3d39,
                0xa367_0e9e_0dd5_0358,
                0xf909_0e52_9a7d_ae00,
                0xc85b_9fd8_3799_6f2c,
                0x6061_21f8_e391_9196,
            ]
        );
    }

    #[test]
    fn moments_are_those_of_the_distributions() {
        let mut random = Random::of_customer(1, 1);
        let n = 200_000;
        let (mut exponential, mut normal, mut square) = (0.0, 0.0, 0.0);
        for _ in 0..n {
            exponential += random.exponential();
            let z = random.normal();
            normal += z;
            square += z * z;
        }
        let n = f64::from(n);
        // Five standard errors of each mean.
        assert!((exponential / n - 1.0).abs() < 5.0 / n.sqrt());
        assert!((normal / n).abs() < 5.0 / n.sqrt());
        assert!((square / n - 1.0).abs() < 5.0 * 2_f64.sqrt() / n.sqrt());
    }

    #[test]
    fn weights_are_kept() {
        let weights = [0.5, 0.0, 3.0, 1.5];
        let weighted = Weighted::new(weights);
        let mut random = Random::of_customer(2, 2);
        let mut drawn = [0_u32; 4];
        let n = 200_000;
        for _ in 0..n {
            drawn[weighted.draw(&mut random)] += 1;
        }
        for (count, weight) in drawn.iter().zip(weights) {
            let share = weight / 5.0;
            let tolerance = 5.0 * (share * (1.0 - share) / f64::from(n)).sqrt();
            assert!((f64::from(*count) / f64::from(n) - share).abs() <= tolerance);
        }
    }
}
