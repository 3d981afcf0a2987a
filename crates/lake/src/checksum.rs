//! Checksums of a file's blocks, so that no byte is read without having been verified.
//!
//! A file is cut into blocks of 64 KiB from its first byte on, each with its XXH3; whatever range
//! is read, the blocks around it are read and compared. Blocks cover every byte of the file, the
//! footer and the filters included. The sums stand in the catalog, not in the file they guard.

use xxhash_rust::xxh3::xxh3_64;

/// Bytes per block.
pub(crate) const BLOCK: u64 = 64 * 1024;
/// First byte of the encoded form.
const VERSION: u8 = 1;

/// The sums of a file's blocks, the last of which may be short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BlockSums {
    sums: Vec<u64>,
}

impl BlockSums {
    /// As it stands in the catalog: version, then one little-endian sum per block.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let sums = self.sums.iter().flat_map(|sum| sum.to_le_bytes());
        std::iter::once(VERSION).chain(sums).collect()
    }

    /// Reads the sums of a file of `n_bytes`; `None` if they cannot be its sums.
    pub(crate) fn decode(bytes: &[u8], n_bytes: u64) -> Option<BlockSums> {
        let (&version, sums) = bytes.split_first()?;
        let n_blocks = usize::try_from(n_bytes.div_ceil(BLOCK)).ok()?;
        let (sums, rest) = sums.as_chunks::<8>();
        let fits = version == VERSION && rest.is_empty() && sums.len() == n_blocks;
        fits.then(|| BlockSums { sums: sums.iter().map(|sum| u64::from_le_bytes(*sum)).collect() })
    }

    /// Compares whole blocks read from `first` on; the number of the first one that differs.
    pub(crate) fn verify(&self, first: usize, bytes: &[u8]) -> Result<(), usize> {
        for (block, bytes) in (first..).zip(bytes.chunks(BLOCK as usize)) {
            if self.sums.get(block) != Some(&xxh3_64(bytes)) {
                return Err(block);
            }
        }
        Ok(())
    }
}

/// Sums the blocks of a stream of bytes.
#[derive(Debug, Default)]
pub(crate) struct BlockSummer {
    sums: Vec<u64>,
    /// The part of a block that has come so far.
    open: Vec<u8>,
}

impl BlockSummer {
    /// Takes the next bytes.
    pub(crate) fn update(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.open.is_empty() && bytes.len() >= BLOCK as usize {
                let (block, rest) = bytes.split_at(BLOCK as usize);
                self.sums.push(xxh3_64(block));
                bytes = rest;
                continue;
            }
            let missing = (BLOCK as usize - self.open.len()).min(bytes.len());
            let (part, rest) = bytes.split_at(missing);
            self.open.extend_from_slice(part);
            bytes = rest;
            self.close_if(BLOCK as usize);
        }
    }

    fn close_if(&mut self, n_bytes: usize) {
        if self.open.len() >= n_bytes {
            self.sums.push(xxh3_64(&self.open));
            self.open.clear();
        }
    }

    /// The sums of everything that came.
    pub(crate) fn finish(mut self) -> BlockSums {
        self.close_if(1);
        BlockSums { sums: self.sums }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_do_not_depend_on_how_the_bytes_came() {
        let bytes: Vec<u8> = (0..200_000u32).map(|number| (number % 251) as u8).collect();
        let sums = |step: usize| {
            let mut summer = BlockSummer::default();
            bytes.chunks(step).for_each(|part| summer.update(part));
            summer.finish()
        };
        let whole = sums(bytes.len());
        assert_eq!(whole.sums.len(), 4);
        for step in [1, 7, 65_535, 65_536, 65_537, 150_000] {
            assert_eq!(sums(step), whole, "{step}");
        }
        let decoded = BlockSums::decode(&whole.encode(), bytes.len() as u64);
        assert_eq!(decoded.as_ref(), Some(&whole));
        assert_eq!(BlockSums::decode(&whole.encode(), 300_000), None);
    }

    #[test]
    fn a_flipped_bit_names_its_block() {
        let mut bytes = vec![7; 3 * BLOCK as usize + 5];
        let mut summer = BlockSummer::default();
        summer.update(&bytes);
        let sums = summer.finish();
        assert_eq!(sums.verify(0, &bytes), Ok(()));
        assert_eq!(sums.verify(1, &bytes[BLOCK as usize..]), Ok(()));
        bytes[3 * BLOCK as usize + 2] ^= 1;
        assert_eq!(sums.verify(1, &bytes[BLOCK as usize..]), Err(3));
    }
}
