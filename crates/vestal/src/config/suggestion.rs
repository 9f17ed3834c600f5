//! "Did you mean": the nearest of the words that would have been right.

/// Longest word that is compared; what is longer is no slip of the fingers.
const WORD_CHARS_MAX: usize = 64;

/// The candidate nearest to `word`, unless all are too far to be what was meant.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    if length > WORD_CHARS_MAX {
        return None;
    }
    // A third of the word may be wrong, and one letter of even the shortest.
    let distance_max = (length / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            (
                distance(&word.to_lowercase(), &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= distance_max)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Edit distance in which two swapped neighbours count as one slip.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for row in 0..left.len() {
        let mut current = vec![row + 1];
        for column in 0..right.len() {
            let substituted = above[column] + usize::from(left[row] != right[column]);
            let mut best = substituted.min(above[column + 1] + 1).min(current[column] + 1);
            let swapped =
                row > 0 && column > 0 && left[row] == right[column - 1] && left[row - 1] == right[column];
            if swapped {
                best = best.min(before[column - 1] + 1);
            }
            current.push(best);
        }
        before = std::mem::replace(&mut above, current);
    }
    above[right.len()]
}
