//! Names of API versions.

use crate::spec::is_published;
use stripe_platform::API_VERSION;

/// Whether a text names an existing API version: a published one, `2026-10-28.endive`, or a preview. Betas may
/// follow: `2026-10-28.preview; issuing_beta=v2`.
pub fn is_version(text: &str) -> bool {
    let mut parts = text.split(';').map(str::trim);
    parts.next().is_some_and(is_published) && parts.all(is_beta)
}

/// Whether a version, with or without betas, differs from that of the sandbox.
pub fn is_other_version(text: &str) -> bool {
    release(text) != API_VERSION
}

/// Whether a version is a preview, which has additional operations.
pub fn is_preview(text: &str) -> bool {
    release(text).ends_with(".preview")
}

fn release(text: &str) -> &str {
    text.split(';').next().unwrap_or_default().trim()
}

/// Whether a text is a beta with its version: `issuing_beta=v2`.
fn is_beta(text: &str) -> bool {
    let Some((name, version)) = text.split_once('=') else { return false };
    let digits = version.strip_prefix('v').unwrap_or_default();
    let named = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    named && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_versions_and_their_previews_are_accepted() {
        for version in [
            API_VERSION,
            "2026-01-28.clover",
            "2026-01-28.preview",
            "2025-03-31.preview",
            "2020-08-27",
            "2026-01-28.clover; issuing_beta=v2",
            "2022-08-01;orders_beta=v4;other_1=v12",
        ] {
            assert!(is_version(version), "{version}");
        }
        for none in [
            "",
            "latest",
            "2027-01-01.foo",
            "2026-10-28.clover",
            "2026-01-29.clover",
            "2026-01-29.preview",
            "2026-01-28",
            "2024-02-29",
            "2026-01-28.",
            "2026-01-28.Clover",
            "2026-01-28.clover;",
            "2026-01-28.clover;garbage!!",
            "2026-01-28.clover; beta=2",
            "2026-01-28.clover; beta=v",
        ] {
            assert!(!is_version(none), "{none}");
        }
    }

    #[test]
    fn betas_do_not_change_the_version() {
        assert!(!is_other_version(&format!("{API_VERSION}; issuing_beta=v2")));
        assert!(is_other_version("2026-01-28.clover") && is_other_version("2026-10-28.preview"));
        assert!(is_preview("2026-10-28.preview; a=v1") && !is_preview(API_VERSION));
    }
}
