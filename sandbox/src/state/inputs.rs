//! All inputs of a sandbox, in order. A sandbox with the same seed, options and inputs reaches the same state: a
//! state file is a list of them.

use super::{Options, State};
use crate::engine::ApiError;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A request as it was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) query: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) headers: Vec<(String, String)>,
    /// A text body.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) body: String,
    /// A body that is not, in base64.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) bytes: String,
}

/// An endpoint's reply to an authorization request.
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
    /// A request was held by a planned delay before it was processed.
    Delayed(Sent),
    /// A request was processed; `lay` if it was delayed before.
    Request { sent: Sent, lay: bool },
    /// A control was called.
    Control(Sent),
    /// The clock was advanced, in milliseconds.
    Advance(u64),
    /// The clock followed the system clock to this time, in Unix milliseconds.
    Tick(i64),
    /// A webhook was sent; its number and the status of the reply.
    Delivered { number: u64, status: Option<u16> },
    /// An endpoint decided an authorization.
    Answer { id: String, decision: Decision },
    /// An endpoint did not decide in time: tasks due until then were run.
    Hurry { id: String, until: i64 },
}

/// An input with the state of the id generator and the clock before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Recorded {
    pub(crate) ids: u64,
    /// The sandbox's clock in Unix milliseconds.
    pub(crate) at: i64,
    /// The system clock in Unix milliseconds.
    pub(crate) wall: i64,
    pub(crate) input: Input,
}

/// Writes inputs before they take effect.
pub(crate) trait Recorder: Send + Sync + fmt::Debug {
    /// Writes an input durably.
    fn write(&self, recorded: &Recorded) -> std::io::Result<()>;

    /// Discards all inputs: the sandbox restarts with this seed and these options.
    fn restart(&self, seed: u64, options: &Options) -> std::io::Result<()>;
}

impl State {
    /// Writes an input, if this sandbox has a state file.
    ///
    /// # Errors
    /// If it cannot be written; then the input must not be processed.
    pub(crate) fn record(&self, input: impl FnOnce() -> Input) -> Result<(), ApiError> {
        let Some(recorder) = &self.recorder else { return Ok(()) };
        let recorded =
            Recorded { ids: self.ids.state(), at: self.clock.milliseconds(), wall: wall(), input: input() };
        recorder.write(&recorded).map_err(|problem| {
            ApiError::internal(format!(
                "The state file cannot be written, so the request was not processed: {problem}."
            ))
        })
    }
}

/// The system clock in Unix milliseconds.
pub(crate) fn wall() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
