//! The published versions of the API, as the document lists them.

use super::{Found, Operation, Parameters, find, resolve};
use crate::engine::{Json, Peek};
use std::collections::HashSet;
use std::sync::LazyLock;

static PUBLISHED: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let listed = match find("POST", "/v1/webhook_endpoints") {
        Found::Operation(Operation { body: Parameters::Body(schema), .. }, _) => {
            resolve(schema).items("properties.api_version.enum")
        }
        _ => &[],
    };
    listed.iter().filter_map(Json::as_str).collect()
});

/// Whether Stripe has published a version, or a preview on the same day. Versions of betas may follow it: `; name=v2`.
pub fn is_supported_version(version: &str) -> bool {
    let version = version.split(';').next().unwrap_or_default().trim();
    let of_preview = version.strip_suffix(".preview");
    PUBLISHED.contains(version)
        || of_preview.is_some_and(|date| PUBLISHED.iter().any(|known| known.split('.').next() == Some(date)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_versions_and_their_previews_are_supported() {
        assert!(PUBLISHED.len() > 100);
        for version in ["2020-08-27", "2026-01-28.clover", "2026-01-28.preview; issuing_beta=v2"] {
            assert!(is_supported_version(version), "{version}");
        }
        for version in
            ["", "2020-08-28", "2026-01-28", "2026-01-28.acacia", "2026-01-29.preview", "2099-01-01.zinnia"]
        {
            assert!(!is_supported_version(version), "{version}");
        }
    }
}
