//! State that outlives the process: a file with all inputs of a sandbox, in order.
//!
//! Each input is written before it is processed and before its request is answered, so a killed process loses no
//! acknowledged input. A truncated last line is dropped when the file is opened. The inputs are then replayed; the
//! file contains the id generator's state and the time of each, so the resulting state is the same.

use super::{Shared, control};
use crate::Sandbox;
use crate::router::{self, Request};
use crate::state::{ClockMode, Input, Options, Recorded, Recorder, wall};
use fs4::fs_std::FileExt as _;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use std::{fmt, io};

/// The version of the format. Files of other versions are rejected.
const FORMAT: u32 = 1;

/// The first line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    stripe_sandbox_state: u32,
    seed: u64,
    start: i64,
    api_version: String,
    base_url: String,
    clock: String,
}

/// Why a state file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// It cannot be read or written.
    #[error("the state file {0} cannot be used: {1}")]
    Io(PathBuf, #[source] io::Error),
    /// Another process uses it.
    #[error("the state file {0} is in use by another process; end that process, or use another file")]
    Locked(PathBuf),
    /// It is not a state file, or has another version.
    #[error("{0} is not a state file of format {FORMAT}: {1}; use another file")]
    Format(PathBuf, String),
    /// A line other than the last is damaged: file, line number, reason.
    #[error("the state file {0} is damaged in line {1}: {2}; restore it, or use another file")]
    Damaged(PathBuf, usize, String),
}

/// A sandbox with a state file.
#[derive(Debug)]
pub struct StateFile {
    sandbox: Sandbox,
    seed: u64,
    inputs: usize,
}

impl StateFile {
    /// Opens a state file and replays its inputs. A missing file is created for a sandbox with this seed and these
    /// options. An existing file determines the seed and the initial time.
    ///
    /// # Errors
    /// If the file cannot be read or written, is in use, or is not a state file.
    pub fn open(path: impl AsRef<Path>, seed: u64, options: Options) -> Result<Self, StateFileError> {
        let path = path.as_ref().to_owned();
        let io = |problem| StateFileError::Io(path.clone(), problem);
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(&path).map_err(io)?;
        if !file.try_lock_exclusive().map_err(io)? {
            return Err(StateFileError::Locked(path));
        }
        let (head, inputs, end) = read(&file, &path)?;
        let length = file.metadata().map_err(io)?.len();
        if end < length {
            // The last line was truncated when the process was killed; its request was not answered.
            file.set_len(end).map_err(io)?;
        }
        file.seek(SeekFrom::End(0)).map_err(io)?;
        let is_new = head.is_none();
        let head = head.unwrap_or_else(|| Head::of(seed, &options));
        if is_new {
            write(&mut file, &head).map_err(io)?;
            file.sync_all().map_err(io)?;
        }
        let sandbox = Sandbox::with(head.seed, head.options(options.clone()));
        sandbox.queue().set_quiet(true);
        repeat(&sandbox, &inputs);
        sandbox.queue().set_quiet(false);
        let last = inputs.last().map(|recorded| (recorded.at, recorded.wall));
        {
            let mut state = sandbox.state();
            if let Some((at, then)) = last.filter(|_| state.options.clock == ClockMode::Real) {
                state.move_clock(at.saturating_add(wall().saturating_sub(then).max(0)));
            }
            // The address may have changed since.
            state.options.base_url = options.base_url;
            state.recorder = Some(std::sync::Arc::new(Journal { path, file: Mutex::new(file) }));
        }
        Ok(Self { sandbox, seed: head.seed, inputs: inputs.len() })
    }

    /// The sandbox.
    pub fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// The seed of the sandbox.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// The number of replayed inputs.
    pub fn inputs(&self) -> usize {
        self.inputs
    }
}

impl Head {
    fn of(seed: u64, options: &Options) -> Self {
        let clock = if options.clock == ClockMode::Real { "real" } else { "fixed" };
        Self {
            stripe_sandbox_state: FORMAT,
            seed,
            start: options.start,
            api_version: options.api_version.clone(),
            base_url: options.base_url.clone(),
            clock: clock.to_owned(),
        }
    }

    fn options(&self, options: Options) -> Options {
        Options {
            start: self.start,
            api_version: self.api_version.clone(),
            base_url: self.base_url.clone(),
            ..options
        }
    }
}

/// The header, the inputs, and the end of the last complete line.
fn read(file: &File, path: &Path) -> Result<(Option<Head>, Vec<Recorded>, u64), StateFileError> {
    let io = |problem| StateFileError::Io(path.to_owned(), problem);
    let mut reader = BufReader::new(file);
    reader.seek(SeekFrom::Start(0)).map_err(io)?;
    let (mut head, mut inputs, mut end, mut number) = (None, Vec::new(), 0_u64, 0);
    let mut broken: Option<(usize, String)> = None;
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).map_err(io)? > 0 {
        number += 1;
        // Only the last line can be truncated.
        if let Some((number, why)) = broken {
            return Err(StateFileError::Damaged(path.to_owned(), number, why));
        }
        match checked(&line) {
            Err(why) => broken = Some((number, why)),
            Ok(text) if number == 1 => {
                let read: Head = serde_json::from_str(text)
                    .map_err(|problem| StateFileError::Format(path.to_owned(), problem.to_string()))?;
                if read.stripe_sandbox_state != FORMAT {
                    let why = format!("it has format {}", read.stripe_sandbox_state);
                    return Err(StateFileError::Format(path.to_owned(), why));
                }
                head = Some(read);
            }
            Ok(text) => {
                inputs.push(serde_json::from_str(text).map_err(|problem| {
                    StateFileError::Damaged(path.to_owned(), number, problem.to_string())
                })?)
            }
        }
        if broken.is_none() {
            end += u64::try_from(line.len()).unwrap_or(u64::MAX);
        }
        line.clear();
    }
    match broken {
        // A file that starts differently is not a state file and must not be emptied.
        Some((1, why)) if end == 0 && number == 1 && !is_cut_head(file, path)? => {
            Err(StateFileError::Format(path.to_owned(), why))
        }
        _ => Ok((head, inputs, end)),
    }
}

/// Whether a file consists of a truncated header only.
fn is_cut_head(file: &File, path: &Path) -> Result<bool, StateFileError> {
    let io = |problem| StateFileError::Io(path.to_owned(), problem);
    let mut reader = BufReader::new(file);
    reader.seek(SeekFrom::Start(0)).map_err(io)?;
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line).map_err(io)?;
    Ok(!line.ends_with(b"\n") && line.iter().take(8).all(u8::is_ascii_hexdigit))
}

/// Verifies the checksum of a line and removes it.
fn checked(line: &[u8]) -> Result<&str, String> {
    let line = line.strip_suffix(b"\n").ok_or("the line is truncated")?;
    let text = std::str::from_utf8(line).map_err(|_| "the line is not UTF-8")?;
    let (sum, text) = text.split_once(' ').ok_or("the checksum is missing")?;
    if u32::from_str_radix(sum, 16) != Ok(crc32fast::hash(text.as_bytes())) {
        return Err("the checksum does not match".to_owned());
    }
    Ok(text)
}

fn write(file: &mut File, value: &impl Serialize) -> io::Result<()> {
    let text = serde_json::to_string(value).map_err(io::Error::other)?;
    let line = format!("{:08x} {text}\n", crc32fast::hash(text.as_bytes()));
    let before = file.metadata()?.len();
    // A partial line would make the next one unreadable.
    file.write_all(line.as_bytes()).inspect_err(|_| drop(file.set_len(before)))
}

/// An open state file.
struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Journal").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Recorder for Journal {
    fn write(&self, recorded: &Recorded) -> io::Result<()> {
        write(&mut self.file.lock().unwrap_or_else(PoisonError::into_inner), recorded)
    }

    fn restart(&self, seed: u64, options: &Options) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut fresh = self.path.clone().into_os_string();
        fresh.push(".new");
        let mut next = OpenOptions::new().read(true).append(true).create(true).open(&fresh)?;
        next.set_len(0)?;
        next.try_lock_exclusive()?;
        write(&mut next, &Head::of(seed, options))?;
        next.sync_all()?;
        // The old file stays complete until the new one replaces it.
        std::fs::rename(&fresh, &self.path)?;
        *file = next;
        Ok(())
    }
}

/// Replays recorded inputs.
fn repeat(sandbox: &Sandbox, inputs: &[Recorded]) {
    for Recorded { ids, at, input, .. } in inputs {
        {
            let mut state = sandbox.state();
            if state.clock.milliseconds() < *at {
                state.move_clock(*at);
            }
            state.ids = crate::engine::Ids::new(*ids);
        }
        match input {
            Input::Delayed(sent) => {
                let state = &mut *sandbox.state();
                let arrived = Request::of_sent(sent).and_then(|request| router::arrive(state, &request));
                if let Some(arrived) = arrived {
                    arrived.leave(state);
                }
            }
            Input::Request { sent, lay } => {
                if let Some(request) = Request::of_sent(sent) {
                    router::respond(&mut sandbox.state(), &request, *lay);
                }
            }
            Input::Control(sent) => {
                if let Some(request) = Request::of_sent(sent) {
                    control::repeat(sandbox, &request);
                }
            }
            Input::Advance(milliseconds) => sandbox.state().advance(Duration::from_millis(*milliseconds)),
            Input::Tick(until) => sandbox.state().move_clock(*until),
            Input::Delivered { number, status } => {
                let mut state = sandbox.state();
                state.outbox.start(*number);
                state.delivered(*number, *status);
            }
            Input::Answer { id, decision } => {
                // An error now was an error then as well.
                let _ = sandbox.courier().answer(id, decision.clone());
            }
            Input::Hurry { id, until } => {
                let _ = sandbox.state().hurry(id, *until);
            }
        }
    }
    let mut state = sandbox.state();
    let now = state.clock.milliseconds();
    state.outbox.restart(now);
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("sandbox", &self.sandbox).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_of_a_line_is_verified() {
        let line = |text: &str| format!("{:08x} {text}\n", crc32fast::hash(text.as_bytes()));
        assert_eq!(checked(line("{}").as_bytes()), Ok("{}"));
        for wrong in ["", "{}\n", "00000000 {}\n", line("{}").trim_end(), "\u{fffd}\n"] {
            assert!(checked(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn other_files_are_not_overwritten() {
        let path = std::env::temp_dir().join(format!("no-state-{}", std::process::id()));
        for content in ["hello\n", "hello", "{\"a\":1}\n{}\n"] {
            std::fs::write(&path, content).unwrap();
            let opened = StateFile::open(&path, 1, Options::default());
            assert!(opened.is_err(), "{content}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn file_is_locked_and_truncated_line_is_dropped() {
        let path = std::env::temp_dir().join(format!("state-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let first = StateFile::open(&path, 7, Options::default()).unwrap();
        assert!(matches!(StateFile::open(&path, 7, Options::default()), Err(StateFileError::Locked(_))));
        let platform = first.sandbox().platform();
        drop(first);
        let whole = std::fs::read(&path).unwrap();
        for cut in [0, 5, 20] {
            let mut bytes = whole.clone();
            bytes.extend_from_slice(&whole[..cut]);
            std::fs::write(&path, &bytes).unwrap();
            let again = StateFile::open(&path, 8, Options::default()).unwrap();
            assert_eq!((again.sandbox().platform(), again.seed()), (platform.clone(), 7));
            drop(again);
            assert_eq!(std::fs::read(&path).unwrap(), whole);
        }
        std::fs::remove_file(path).unwrap();
    }
}
