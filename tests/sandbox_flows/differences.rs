//! Where the sandbox is not as the replays, and why.

use super::agreement::Difference;
use std::fmt;

/// A difference that is meant to be.
pub struct Declared {
    /// The flow; `*` for all.
    pub flow: &'static str,
    /// The step; `*` for all.
    pub step: &'static str,
    /// The place in the reply: `*` stands for one member or position, `**` at the beginning for any number of them.
    pub path: &'static str,
    pub reason: &'static str,
}

impl Declared {
    pub fn is_about(&self, flow: &str) -> bool {
        matches!(self.flow, "*") || self.flow == flow
    }

    pub fn covers(&self, found: &Difference) -> bool {
        self.is_about(&found.flow)
            && (self.step == "*" || self.step == found.step)
            && fits(self.path, &found.path)
    }
}

impl fmt::Display for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, {}", self.flow, self.step, self.path)
    }
}

/// Whether a path is one that a pattern stands for.
fn fits(pattern: &str, path: &str) -> bool {
    let names: Vec<&str> = path.split('.').collect();
    let (wanted, names) = match pattern.strip_prefix("**.") {
        Some(end) => {
            let wanted: Vec<&str> = end.split('.').collect();
            let skipped = names.len().saturating_sub(wanted.len());
            (wanted, names.get(skipped..).unwrap_or_default().to_vec())
        }
        None => (pattern.split('.').collect(), names),
    };
    wanted.len() == names.len()
        && wanted.iter().zip(&names).all(|(wanted, name)| *wanted == "*" || wanted == name)
}

/// The list.
pub const DIFFERENCES: &[Declared] = &[];

#[test]
fn patterns_stand_for_places() {
    for (pattern, path) in
        [("a.b", "a.b"), ("a.*.b", "a.0.b"), ("**.b", "b"), ("**.b.c", "x.y.b.c"), ("**.*.c", "y.b.c")]
    {
        assert!(fits(pattern, path), "{pattern} {path}");
    }
    for (pattern, path) in [("a.b", "a"), ("a.*", "a"), ("a", "a.b"), ("**.b", "b.c"), ("**.b.c", "c")] {
        assert!(!fits(pattern, path), "{pattern} {path}");
    }
}
