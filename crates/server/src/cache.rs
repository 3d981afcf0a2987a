//! Answers already given, by what the lake held when they were: least recently used goes first,
//! bounded by bytes.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use crate::sent::Sent;

/// What an answer depends on: the state of the lake, the kind and the question.
pub(crate) type Key = (i64, i64, String, String);

/// Answers kept.
#[derive(Debug)]
pub(crate) struct Cache {
    capacity: usize,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    answers: HashMap<Key, Sent>,
    /// Least recently used first.
    order: VecDeque<Key>,
    n_bytes: usize,
}

impl Cache {
    pub(crate) fn new(capacity: usize) -> Cache {
        Cache { capacity, kept: Mutex::default() }
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Sent> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = kept.answers.get(key)?.clone();
        kept.order.retain(|known| known != key);
        kept.order.push_back(key.clone());
        Some(answer)
    }

    pub(crate) fn put(&self, key: Key, answer: Sent) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let n_bytes = answer.n_bytes();
        if n_bytes > self.capacity || kept.answers.contains_key(&key) {
            return;
        }
        kept.n_bytes += n_bytes;
        kept.order.push_back(key.clone());
        kept.answers.insert(key, answer);
        while kept.n_bytes > self.capacity {
            let Some(oldest) = kept.order.pop_front() else { break };
            if let Some(gone) = kept.answers.remove(&oldest) {
                kept.n_bytes -= gone.n_bytes();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use perennial_insights::Answer;

    use super::*;

    #[test]
    fn the_least_recently_used_answer_goes_first() {
        let cache = Cache::new(100);
        let key = |name: &str| (1, 1, "retention".to_owned(), name.to_owned());
        // Written between quotes, and counted twice.
        let answer = |n_bytes: usize| Sent::of(Answer::of("a".repeat(n_bytes / 2 - 2))).unwrap();
        cache.put(key("a"), answer(40));
        cache.put(key("b"), answer(40));
        assert!(cache.get(&key("a")).is_some());
        cache.put(key("c"), answer(40));
        assert!(cache.get(&key("b")).is_none());
        assert!(cache.get(&key("a")).is_some() && cache.get(&key("c")).is_some());
        cache.put(key("huge"), answer(102));
        assert!(cache.get(&key("huge")).is_none());
    }
}
