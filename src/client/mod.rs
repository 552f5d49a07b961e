//! The client: what calls have in common.

pub(crate) mod api_key;
pub(crate) mod base_urls;
pub(crate) mod builder;
pub(crate) mod call;
pub(crate) mod concurrent;
pub(crate) mod files;
pub(crate) mod hooks;
pub(crate) mod key_age;
pub(crate) mod lease;
pub(crate) mod options;
pub(crate) mod pagination;
pub(crate) mod rate_limit;
pub(crate) mod reply_size;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod retry;
pub(crate) mod secrecy;
pub(crate) mod send;
pub(crate) mod shared;
pub(crate) mod transport;
