use super::suggestions::distance;
use super::thin::is_thin_event;
use super::{Operation, Parameters, RouteMatch, find, resolve};
use crate::engine::{Json, Peek};
use std::collections::HashSet;
use std::sync::LazyLock;

/// Events of previews, which the document's list does not contain.
const PREVIEWS: [&str; 2] = ["account_notice.created", "account_notice.updated"];

static TYPES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let listed = match find("POST", "/v1/webhook_endpoints") {
        RouteMatch::Operation(Operation { body: Parameters::Body(schema), .. }, _) => {
            resolve(schema).items("properties.enabled_events.items.enum")
        }
        _ => &[],
    };
    listed.iter().filter_map(Json::as_str).chain(PREVIEWS).collect()
});

/// Checks a type of event, or `*` for all.
///
/// # Errors
/// The closest type, if there is none with this name.
pub fn named_event(name: &str) -> Result<(), &'static str> {
    if name == "*" || is_event(name) || is_thin_event(name) {
        return Ok(());
    }
    // Among equally close types the first by name, so that every run returns the same.
    let nearest = TYPES.iter().copied().min_by_key(|known| (distance(known, name), *known));
    Err(nearest.unwrap_or_default())
}

/// Whether endpoints can subscribe to events of this type.
pub fn is_event(kind: &str) -> bool {
    TYPES.contains(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_types_are_those_of_the_document() {
        assert!(TYPES.len() > 200);
        assert!(is_event("topup.created") && is_event("account_notice.created"));
        assert!(!is_event("treasury.transaction.created") && !is_event(""));
    }

    #[test]
    fn webhooks_are_selected_by_event_type_or_star() {
        for name in ["topup.succeeded", "*", "v2.core.event_destination.ping"] {
            assert_eq!(named_event(name), Ok(()), "{name}");
        }
        assert_eq!(named_event("topup.suceeded"), Err("topup.succeeded"));
    }
}
