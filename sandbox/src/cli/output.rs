//! Terminal output. A closed pipe is not an error.

use std::io::Write as _;

/// Prints to the standard output.
pub(super) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Prints a line to the standard output.
pub(super) fn line(text: &str) {
    print(&format!("{text}\n"));
}

/// Prints an error to the standard error.
pub(super) fn error(problem: &str) {
    let mut out = std::io::stderr().lock();
    let _ = writeln!(out, "stripe-sandbox: {problem}");
}
