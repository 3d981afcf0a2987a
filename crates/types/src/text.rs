//! Nearest names: what to offer when a name is not known.

/// The up to `n` known names nearest to `name`, nearest first, none further than a third of its
/// length (at least two edits). Distance is Damerau–Levenshtein restricted to adjacent swaps.
pub fn nearest_names<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
    n: usize,
) -> Vec<String> {
    let reach = (name.chars().count() / 3).max(2);
    let mut near: Vec<(usize, &str)> = known
        .into_iter()
        .map(|candidate| (distance(&name.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|(edits, candidate)| {
            *edits <= reach || candidate.contains(name) && !name.is_empty()
        })
        .collect();
    near.sort_unstable();
    near.into_iter().take(n).map(|(_, candidate)| candidate.to_owned()).collect()
}

fn distance(left: &str, right: &str) -> usize {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=right.len()).collect();
    for (i, &from) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &to) in right.iter().enumerate() {
            let substitute = previous[j] + usize::from(from != to);
            let mut best = substitute.min(previous[j + 1] + 1).min(row[j] + 1);
            let is_swap = i > 0 && j > 0 && from == right[j - 1] && left[i - 1] == to;
            if is_swap {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut previous, row);
    }
    previous[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_understood() {
        let known = ["order", "refund", "page_view", "order_completed"];
        assert_eq!(nearest_names("oder", known, 3), ["order"]);
        assert_eq!(nearest_names("ordre", known, 3), ["order"]);
        assert_eq!(nearest_names("order_complete", known, 1), ["order_completed"]);
        assert!(nearest_names("zzzzzz", known, 3).is_empty());
    }
}
