//! Programs that must not compile. A comment on the line states the expected error: `//~ CODE: a part of its
//! message`.
//!
//! The programs are compiled against the library that this test is linked with, so nothing is built twice.

use serde_json::Value as Json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

// Programs that must compile, compiled with this test.
#[path = "ui/pass/request.rs"]
#[allow(dead_code)]
mod pass;

/// The line, the code and the message of an error.
type Found = (u64, String, String);

#[test]
fn invalid_programs_fail_with_the_expected_error() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui");
    let library = library(&folder.join("pass/request.rs"));
    let programs = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let programs: Vec<PathBuf> =
        programs.filter(|path| path.extension().is_some_and(|end| end == "rs")).collect();
    assert!(programs.len() >= 7, "{programs:?}");
    for program in programs {
        let expected = expected(&fs::read_to_string(&program).unwrap());
        let found = errors(&program, &library);
        assert_eq!(found.len(), expected.len(), "{}: {found:#?}", program.display());
        for (line, code, words) in expected {
            let is_there = |error: &Found| error.0 == line && error.1 == code && error.2.contains(&words);
            assert!(
                found.iter().any(is_there),
                "{}: no {code} with {words:?}: {found:#?}",
                program.display()
            );
        }
    }
}

/// The expected errors in the comments of a program.
fn expected(program: &str) -> Vec<Found> {
    let lines = (1..).zip(program.lines());
    let comments = lines.filter_map(|(line, text)| Some((line, text.split_once("//~ ")?.1)));
    let expected = comments.map(|(line, comment)| {
        let (code, words) = comment.split_once(": ").expect("a code and words");
        (line, code.to_owned(), words.to_owned())
    });
    expected.collect()
}

/// The folder of this test and of the libraries that it is linked with.
fn folder() -> PathBuf {
    std::env::current_exe().unwrap().parent().unwrap().to_owned()
}

/// The newest library next to this test that a program compiles with. Other toolchains and features may have left
/// theirs there.
fn library(program: &Path) -> PathBuf {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let is_library = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libstripe_platform-") && name.ends_with(".rlib")
    };
    let mut libraries: Vec<(SystemTime, PathBuf)> = files
        .filter(is_library)
        .map(|path| (fs::metadata(&path).unwrap().modified().unwrap(), path))
        .collect();
    libraries.sort();
    let fits = |library: &PathBuf| errors(program, library).is_empty();
    let newest = libraries.into_iter().rev().map(|(_, path)| path).find(fits);
    newest
        .unwrap_or_else(|| panic!("{} compiles with no library in {}", program.display(), folder().display()))
}

/// The errors of a program. An error without a location, such as a library from another compiler, is on line 0.
fn errors(program: &Path, library: &Path) -> Vec<Found> {
    let output = Command::new("rustc")
        .args([
            "--edition",
            "2024",
            "--crate-type",
            "bin",
            "--emit",
            "metadata",
            "--error-format",
            "json",
            "-o",
        ])
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui.rmeta"))
        .arg(format!("-Ldependency={}", folder().display()))
        .arg(format!("--extern=stripe_platform={}", library.display()))
        .arg(program)
        .output()
        .unwrap();
    let messages = String::from_utf8(output.stderr).unwrap();
    let mut errors = Vec::new();
    for message in messages.lines() {
        let message: Json = serde_json::from_str(message).unwrap_or_else(|_| panic!("{message}"));
        let text = |name: &str| message.pointer(name).and_then(Json::as_str).unwrap_or_default().to_owned();
        // The last message counts the others.
        if text("/level") == "error" && !text("/message").starts_with("aborting due to") {
            let spans = message["spans"].as_array().into_iter().flatten();
            let line =
                spans.filter(|span| span["is_primary"] == true).find_map(|span| span["line_start"].as_u64());
            errors.push((line.unwrap_or_default(), text("/code/code"), text("/rendered")));
        }
    }
    assert_eq!(output.status.success(), errors.is_empty(), "{messages}");
    errors
}
