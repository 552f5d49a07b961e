//! Checks of error messages: every variant of an error has a row in a table, and all messages have the same form.

use std::collections::BTreeSet;
use std::fmt::Display;

/// The names of all variants of an enum, and a function that returns the name of a value's variant. Does not compile
/// if a variant is missing.
macro_rules! variants {
    ($type:ident: $($name:ident),+ $(,)?) => {
        (
            &[$(stringify!($name)),+] as &[&str],
            |value: &$type| match value { $($type::$name { .. } => stringify!($name),)+ },
        )
    };
}

pub(crate) use variants;

/// Compares the message of each value with its row, and checks its form.
///
/// # Panics
/// If a message differs or has another form, or if a variant has no row.
pub(crate) fn check_table<T: Display>(
    (names, name_of): (&[&str], impl Fn(&T) -> &'static str),
    rows: &[(T, &str)],
) {
    for (value, expected) in rows {
        assert_eq!(value.to_string(), *expected, "{}", name_of(value));
        check_form(expected);
    }
    let covered: BTreeSet<&str> = rows.iter().map(|(value, _)| name_of(value)).collect();
    let missing: Vec<_> = names.iter().filter(|name| !covered.contains(*name)).collect();
    assert!(missing.is_empty(), "no row for {missing:?}");
}

/// Checks that each line of a message begins in lower case or with a name, ends without a period, and has no empty
/// part.
///
/// # Panics
/// If a message has another form.
pub(crate) fn check_form(message: &str) {
    const NAMES: [&str; 6] = ["DELETE", "GET", "POST", "Stripe", "Stripe's", "TLS"];
    const EMPTY: [&str; 7] = ["  ", "``", "\"\"", "()", ": :", ": ;", " ,"];
    assert!(!message.is_empty(), "an empty message");
    for line in message.lines() {
        let first = line.split(' ').next().unwrap_or_default();
        let begins = NAMES.contains(&first) || !first.starts_with(char::is_uppercase);
        let ends = !line.is_empty() && !line.ends_with(['.', ':', ';', ',', ' ']);
        let is_whole = !EMPTY.iter().any(|part| line.contains(part));
        assert!(begins && ends && is_whole, "the form of {line:?}");
    }
}
