//! What comes into a sandbox from outside, in the order in which it counts. A sandbox with the same seed and options that gets the
//! same inputs again has the same state: a state file is a list of them.

use super::{Options, State};
use crate::engine::ApiError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A request as it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) query: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) headers: Vec<(String, String)>,
    /// A body that is text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) body: String,
    /// A body that is not, in base64.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) bytes: String,
}

/// What an endpoint answered to a question about an authorization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Decision {
    pub(crate) status: u16,
    pub(crate) version: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) body: serde_json::Value,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Input {
    /// A request took a planned wait before its work.
    Delayed(Sent),
    /// A request was answered; `lay` if it had waited before.
    Request { sent: Sent, lay: bool },
    /// A control was called.
    Control(Sent),
    /// The clock was moved, in milliseconds.
    Advance(u64),
    /// The clock followed this machine's to this time, in Unix milliseconds.
    Tick(i64),
    /// A webhook was sent, by its number, with this status.
    Delivered { number: u64, status: Option<u16> },
    /// An endpoint decided an authorization.
    Answer { id: String, decision: Decision },
    /// An endpoint did not decide in time: what was due until then happened.
    Hurry { id: String, until: i64 },
}

/// An input with what it found: the state of the id generator and the clock.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) ids: u64,
    /// The sandbox's clock in Unix milliseconds.
    pub(crate) at: i64,
    /// This machine's clock in Unix milliseconds.
    pub(crate) wall: i64,
    pub(crate) input: Input,
}

/// Where inputs are written before they count.
pub(crate) trait Recorder: Send + Sync + fmt::Debug {
    /// Writes an input so that it outlives this process.
    fn write(&self, recorded: &Recorded) -> std::io::Result<()>;

    /// Forgets all inputs: the sandbox begins again with this seed and these options.
    fn restart(&self, seed: u64, options: &Options) -> std::io::Result<()>;
}

impl State {
    /// Writes an input, if this sandbox has a state file. What cannot be written must not be done.
    pub(crate) fn record(&self, input: impl FnOnce() -> Input) -> Result<(), ApiError> {
        let Some(recorder) = &self.recorder else { return Ok(()) };
        let recorded =
            Recorded { ids: self.ids.state(), at: self.clock.milliseconds(), wall: wall(), input: input() };
        recorder.write(&recorded).map_err(|problem| {
            ApiError::internal(format!("The state file cannot be written, so nothing was done: {problem}."))
        })
    }
}

/// This machine's clock in Unix milliseconds.
pub(crate) fn wall() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
