use super::{Operation, operation, operations};

/// The operation with this id (`PostTopups`), or with this method and path (`POST /v1/topups`).
///
/// # Errors
/// The closest match, if there is none.
pub fn named(name: &str) -> Result<&'static Operation, String> {
    let by_path = name.contains(' ');
    let called = |operation: &Operation| {
        if by_path { format!("{} {}", operation.method, operation.path) } else { operation.id.to_owned() }
    };
    let found =
        if by_path { operations().find(|operation| called(operation) == name) } else { operation(name) };
    found
        .ok_or_else(|| operations().map(called).min_by_key(|known| distance(known, name)).unwrap_or_default())
}

/// The number of values that are listed in full; of longer lists only the closest are shown.
const LISTED: usize = 20;
const NEAREST: usize = 3;

/// The allowed values as text, for error messages.
pub fn choices(known: &[&str], sent: &str) -> String {
    if known.len() <= LISTED {
        return known.join(", ");
    }
    let mut near = known.to_vec();
    near.sort_by_key(|known| (distance(known, sent), *known));
    near.truncate(NEAREST);
    format!("{} or another of {} values", near.join(", "), known.len())
}

/// The edit distance of two texts.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (above, to) in row.iter().skip(1).zip(&b) {
            left = (left + 1).min(above + 1).min(diagonal + usize::from(from != *to));
            diagonal = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_operation_suggests_the_closest() {
        assert_eq!(named("PostTopups").map(|found| found.id), Ok("PostTopups"));
        assert_eq!(named("POST /v1/topups").map(|found| found.id), Ok("PostTopups"));
        assert_eq!(named("PostTopup").unwrap_err(), "PostTopups");
        assert_eq!(named("POST /v1/top_ups").unwrap_err(), "POST /v1/topups");
        assert_eq!((distance("kitten", "sitting"), distance("", "abc"), distance("abc", "abc")), (3, 3, 0));
    }
}
