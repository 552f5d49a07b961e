//! A flow with one changed parameter is detected as different from its example, and the difference names the
//! parameter.

use super::{Failure, Flow, Outcome, is_whole};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::{Path, PathBuf};
use stripe_platform::testing::Replay;

/// A place in a request of a fixture.
struct Place {
    /// The JSON pointer into the file.
    pointer: String,
    /// For a path: the index of the segment.
    segment: Option<usize>,
    /// The name of a difference at this place.
    name: String,
}

/// One of this number of places is changed, unless all are.
const ONE_OF: usize = 4;

/// Changes the parameters, headers and ids of the flow's requests one by one.
pub async fn every_parameter_matters(flow: &Flow) -> Outcome {
    let (folder, files) = copy(flow.name)?;
    let (mut seen, mut changes) = (0, 0);
    for file in files {
        let text = fs::read_to_string(&file)?;
        let step: Json = serde_json::from_str(&text)?;
        for place in places(&step) {
            seen += 1;
            if !is_whole() && seen % ONE_OF != 1 {
                continue;
            }
            fs::write(&file, changed(&step, &place)?)?;
            let replay = Replay::load(&folder)?;
            let problem = match flow.run(replay.start().await).await {
                Ok(_) => panic!("{}: a change of {} is not detected", file.display(), place.name),
                Err(problem) => problem.to_string(),
            };
            let named = format!("\n  {}: expected ", place.name);
            assert!(problem.contains(&named), "{}, {}: {problem}", file.display(), place.name);
            changes += 1;
        }
        fs::write(&file, text)?;
    }
    println!("{changes} of {seen} places changed");
    assert!(changes > 0, "{} has nothing to change", flow.name);
    Ok(())
}

/// A copy of the fixtures with its steps.
fn copy(name: &str) -> Result<(PathBuf, Vec<PathBuf>), Failure> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    // The name of a flow is that of its folder.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutation").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let mut steps = Vec::new();
    for entry in fs::read_dir(fixtures)? {
        let entry = entry?;
        let file = folder.join(entry.file_name());
        fs::copy(entry.path(), &file)?;
        if file.extension().is_some_and(|extension| extension == "json") {
            steps.push(file);
        }
    }
    steps.sort();
    Ok((folder, steps))
}

fn places(step: &Json) -> Vec<Place> {
    let mut places = Vec::new();
    let request = &step["request"];
    leaves(&request["params"], "/request/params", "", &mut places);
    for (header, _) in request["headers"].as_object().into_iter().flatten() {
        let pointer = format!("/request/headers/{header}");
        places.push(Place { pointer, segment: None, name: format!("header {header}") });
    }
    // The other segments of a path identify the operation.
    let segments: Vec<&str> = request["path"].as_str().unwrap_or_default().split('/').collect();
    for (index, segment) in segments.iter().enumerate() {
        let is_capability = index > 0 && segments.get(index - 1) == Some(&"capabilities");
        if is_capability || segment.starts_with("{{") || segment.contains(|c: char| c.is_ascii_uppercase()) {
            let (pointer, name) = ("/request/path".to_owned(), "path".to_owned());
            places.push(Place { pointer, segment: Some(index), name });
        }
    }
    places
}

/// The scalar parameters: their place in the fixture, and their name on the wire.
fn leaves(json: &Json, pointer: &str, name: &str, into: &mut Vec<Place>) {
    let inside = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}[{part}]") };
    match json {
        Json::Object(members) => {
            for (part, value) in members {
                leaves(value, &format!("{pointer}/{part}"), &inside(part), into);
            }
        }
        Json::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                leaves(value, &format!("{pointer}/{index}"), &inside(&index.to_string()), into);
            }
        }
        Json::Null => {}
        _ => into.push(Place { pointer: pointer.to_owned(), segment: None, name: name.to_owned() }),
    }
}

/// The file with a changed value at a place.
fn changed(step: &Json, place: &Place) -> Result<String, Failure> {
    let mut changed = step.clone();
    let leaf = changed.pointer_mut(&place.pointer).ok_or("the place exists")?;
    *leaf = match &*leaf {
        Json::String(path) if place.segment.is_some() => {
            let segments = path.split('/').enumerate();
            let other = |(index, segment): (usize, &str)| match Some(index) == place.segment {
                true => format!("{segment}x"),
                false => segment.to_owned(),
            };
            json!(segments.map(other).collect::<Vec<_>>().join("/"))
        }
        Json::String(text) => json!(format!("{text}x")),
        Json::Bool(value) => json!(!value),
        other => json!(other.as_i64().ok_or("a whole number")? + 1),
    };
    Ok(changed.to_string())
}
