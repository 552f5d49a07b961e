//! A bounded run of the fuzz targets: their corpus, and random mutations of it.

#[path = "../../fuzz/checks.rs"]
mod checks;

use std::path::Path;

/// The number of mutations per file.
const CHANGES: usize = 300;

fn replay(name: &str, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 3, "{} holds too little", folder.display());
    let mut state = 5_u64;
    let mut roll = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    };
    for file in files {
        let whole = std::fs::read(&file).unwrap();
        check(&whole);
        for _ in 0..CHANGES {
            let mut data = whole.clone();
            for _ in 0..1 + roll(4) {
                let (at, other) = (roll(data.len()), roll(data.len()));
                match roll(5) {
                    0 if !data.is_empty() => data[at] = roll(256) as u8,
                    1 => data.truncate(at),
                    2 => data.insert(at.min(data.len()), b"\"{}[]:,0-\\n\0/"[roll(13)]),
                    3 if !data.is_empty() => {
                        let piece = data[at.min(other)..at.max(other)].to_vec();
                        data.splice(at..at, piece);
                    }
                    _ if !data.is_empty() => drop(data.drain(at.min(other)..at.max(other))),
                    _ => {}
                }
            }
            check(&data);
        }
    }
}

#[test]
fn decode() {
    replay("decode", checks::decode);
}

#[test]
fn error_reply() {
    replay("error_reply", checks::error_reply);
}

#[test]
fn stored_request() {
    replay("stored_request", checks::stored_request);
}

#[test]
fn event() {
    replay("event", checks::event);
}

#[test]
fn signature() {
    replay("signature", checks::signature);
}
