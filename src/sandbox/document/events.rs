use super::{Found, Operation, Parameters, find, resolve};
use crate::sandbox::core::{Json, Peek};
use std::collections::HashSet;
use std::sync::LazyLock;

/// Events of previews, which the list of the document lacks.
const PREVIEWS: [&str; 2] = ["account_notice.created", "account_notice.updated"];

static TYPES: LazyLock<HashSet<&'static str>> = LazyLock::new(|| {
    let listed = match find("POST", "/v1/webhook_endpoints") {
        Found::Operation(Operation { body: Parameters::Body(schema), .. }, _) => {
            resolve(schema).items("properties.enabled_events.items.enum")
        }
        _ => &[],
    };
    listed.iter().filter_map(Json::as_str).chain(PREVIEWS).collect()
});

/// Whether Stripe has events of this type, as endpoints can listen to.
pub fn is_event(kind: &str) -> bool {
    TYPES.contains(kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_of_events_are_those_of_the_document() {
        assert!(TYPES.len() > 200);
        assert!(is_event("topup.created") && is_event("account_notice.created"));
        assert!(!is_event("treasury.transaction.created") && !is_event(""));
    }
}
