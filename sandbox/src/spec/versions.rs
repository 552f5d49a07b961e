use super::{Operation, Parameters, RouteMatch, find, resolve};
use crate::engine::{Json, Peek};
use std::collections::HashSet;
use std::sync::LazyLock;

/// The release name of the preview of each release.
const PREVIEW: &str = "preview";

static VERSIONS: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let listed = match find("POST", "/v1/webhook_endpoints") {
        RouteMatch::Operation(Operation { body: Parameters::Body(schema), .. }, _) => {
            resolve(schema).items("properties.api_version.enum")
        }
        _ => &[],
    };
    listed.iter().filter_map(Json::as_str).collect()
});

static DATES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| VERSIONS.iter().map(|version| version.split('.').next().unwrap_or_default()).collect());

/// Whether Stripe published this version (`2026-10-28.endive`), or it is the preview of that date.
pub fn is_published(version: &str) -> bool {
    VERSIONS.contains(version)
        || version.split_once('.').is_some_and(|(date, name)| name == PREVIEW && DATES.contains(date))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_of_the_crate_is_published() {
        assert!(is_published(stripe_platform::API_VERSION));
    }
}
