//! HTTP methods.

/// The HTTP methods that Stripe's API uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[allow(clippy::exhaustive_enums)]
pub enum Method {
    /// Reads an object or a list.
    Get,
    /// Creates, updates, or performs an action.
    Post,
    /// Deletes.
    Delete,
}

impl Method {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        }
    }
}
