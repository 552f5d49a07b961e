//! Selects the sandbox of a request: one for all keys, or one per key.

use crate::Sandbox;
use crate::engine::{ApiError, Peek as _, Scope};
use crate::router::{self, Request};
use crate::state::Options;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The maximum number of sandboxes of a server.
const MOST: usize = 1_000;

/// The sandboxes of a server.
#[derive(Debug)]
pub(crate) struct Worlds {
    main: Sandbox,
    /// The seed of the ids of all other sandboxes.
    seed: u64,
    per_key: Option<Mutex<HashMap<String, Sandbox>>>,
}

impl Worlds {
    pub(crate) fn new(main: &Sandbox, per_key: bool) -> Self {
        let seed = main.state().ids.state();
        Self { main: main.clone(), seed, per_key: per_key.then(Mutex::default) }
    }

    fn map(&self) -> Option<MutexGuard<'_, HashMap<String, Sandbox>>> {
        Some(self.per_key.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The sandbox of a request: that of its key, or of the key in the query parameter `key`.
    ///
    /// # Errors
    /// If the maximum number is reached.
    pub(crate) fn of(&self, request: &Request) -> Result<Sandbox, ApiError> {
        let Some(mut map) = self.map() else { return Ok(self.main.clone()) };
        if router::is_page(&request.path) {
            let code = request.path.split('/').nth(2).unwrap_or_default();
            let known = map.values().find(|sandbox| has_link(sandbox, code));
            return Ok(known.unwrap_or(&self.main).clone());
        }
        let Some(key) = router::sent_key(request).or_else(|| named(request)) else {
            return Ok(self.main.clone());
        };
        if let Some(sandbox) = map.get(&key) {
            return Ok(sandbox.clone());
        }
        if map.len() >= MOST {
            let message = format!(
                "This server has reached its maximum of {MOST} platforms; use one of the existing keys."
            );
            return Err(ApiError::new(429, "invalid_request_error", message));
        }
        let sandbox = Sandbox::with(self.seed ^ number(&key), self.options());
        sandbox.webhooks().deliver_to(self.main.queue().targets());
        if let Some(observer) = self.main.queue().observer() {
            sandbox.queue().observe(observer);
        }
        map.insert(key, sandbox.clone());
        Ok(sandbox)
    }

    fn options(&self) -> Options {
        self.main.state().options.clone()
    }

    /// All sandboxes.
    pub(crate) fn all(&self) -> Vec<Sandbox> {
        let others = self.map().map(|map| map.values().cloned().collect::<Vec<_>>()).unwrap_or_default();
        std::iter::once(self.main.clone()).chain(others).collect()
    }

    /// The keys with a separate platform, in order.
    pub(crate) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<_> = self.map().map(|map| map.keys().cloned().collect()).unwrap_or_default();
        keys.sort_unstable();
        keys
    }

    /// Whether each key has a separate platform.
    pub(crate) fn is_per_key(&self) -> bool {
        self.per_key.is_some()
    }
}

/// The key in the query parameter `key`.
fn named(request: &Request) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(request.query.as_bytes());
    pairs.find(|(name, _)| name == "key").map(|(_, key)| key.into_owned()).filter(|key| !key.is_empty())
}

fn number(key: &str) -> u64 {
    let digest: [u8; 32] = Sha256::digest(key.as_bytes()).into();
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// Whether a hosted page belongs to this sandbox.
fn has_link(sandbox: &Sandbox, code: &str) -> bool {
    let state = sandbox.state();
    let has = |live| {
        let store = state.store(&Scope::new(state.platform(), live));
        store.and_then(|store| store.get(code)).is_some_and(|kept| kept.text("object") == "sandbox.link")
    };
    has(false) || has(true)
}
