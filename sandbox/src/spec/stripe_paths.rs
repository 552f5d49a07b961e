//! All operations of Stripe, including those that the trimmed document omits. `cargo codegen trim` writes the list.

use super::operation::placeholder;
use std::sync::LazyLock;

/// One line per path: the path, then its methods.
const TEXT: &str = include_str!("paths.txt");

static PATHS: LazyLock<Vec<(Vec<&'static str>, Vec<&'static str>)>> = LazyLock::new(|| {
    let lines = TEXT.lines().filter(|line| line.starts_with('/'));
    lines
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.split('/').skip(1).collect(), words.collect()))
        })
        .collect()
});

/// Whether Stripe has an operation with this method and path (without query).
pub fn is_path_of_stripe(method: &str, path: &str) -> bool {
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let fits = |pattern: &[&str]| {
        pattern.len() == segments.len()
            && pattern.iter().zip(&segments).all(|(known, sent)| {
                if placeholder(known).is_some() { !sent.is_empty() } else { known == sent }
            })
    };
    PATHS.iter().any(|(pattern, methods)| methods.contains(&method) && fits(pattern))
}

/// All methods and paths, with placeholders.
#[cfg(test)]
pub fn paths_of_stripe() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = TEXT.lines().filter(|line| line.starts_with('/'));
    lines.flat_map(|line| {
        let (path, methods) = line.split_once(' ').unwrap_or((line, ""));
        methods.split(' ').map(move |method| (method, path))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_stripe_are_recognized() {
        assert!(paths_of_stripe().count() > 550);
        for (method, path) in paths_of_stripe() {
            assert!(is_path_of_stripe(method, path), "{method} {path}");
        }
        for (method, path) in [
            ("GET", "/v1/customers"),
            ("POST", "/v1/customers/cus_1"),
            ("POST", "/v1/checkout/sessions"),
            ("DELETE", "/v1/products/prod_1"),
        ] {
            assert!(is_path_of_stripe(method, path), "{method} {path}");
        }
        for (method, path) in [
            ("GET", "/v1/nothing"),
            ("PUT", "/v1/customers"),
            ("GET", "/v1/customers/"),
            ("GET", "/"),
            ("GET", ""),
        ] {
            assert!(!is_path_of_stripe(method, path), "{method} {path}");
        }
    }
}
