//! The steps of a replay, read from its folder.

use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

/// A request and its reply.
pub struct Step {
    /// The name of the file without number and extension: `top_up`.
    pub name: String,
    pub method: String,
    pub path: String,
    pub account: Option<String>,
    /// The parameters by wire name.
    pub params: BTreeMap<String, String>,
    /// Whether the request uploads a file.
    pub uploads: bool,
    pub status: u16,
    pub body: Json,
}

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

impl Step {
    /// The steps of a flow in order, with the names that the flow binds replaced.
    pub fn all(flow: &str) -> Vec<Self> {
        let folder = folder().join(flow);
        let bound = bindings(&fs::read_to_string(folder.join("flow.toml")).expect("the flow has a head"));
        let files =
            fs::read_dir(&folder).expect("the flow is there").map(|entry| entry.expect("an entry").path());
        let mut files: Vec<PathBuf> =
            files.filter(|file| file.extension().is_some_and(|end| end == "json")).collect();
        files.sort();
        files.iter().map(|file| Self::read(file, &bound)).collect()
    }

    fn read(file: &PathBuf, bound: &[(String, String)]) -> Self {
        let mut text = fs::read_to_string(file).expect("the step can be read");
        for (name, value) in bound {
            text = text.replace(&format!("{{{{{name}}}}}"), value);
        }
        let step: Json = serde_json::from_str(&text).expect("the step is JSON");
        let (request, response) = (&step["request"], &step["response"]);
        let mut params = BTreeMap::new();
        flatten(&request["params"], "", &mut params);
        let name = file.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        Self {
            name: name[3..].to_owned(),
            method: request["method"].as_str().expect("a method").to_owned(),
            path: request["path"].as_str().expect("a path").to_owned(),
            account: request["headers"]["Stripe-Account"].as_str().map(str::to_owned),
            uploads: params.contains_key("file[filename]"),
            params,
            status: response["status"]
                .as_u64()
                .and_then(|status| u16::try_from(status).ok())
                .expect("a status"),
            body: response["body"].clone(),
        }
    }
}

/// The entries of the table `bind`.
fn bindings(head: &str) -> Vec<(String, String)> {
    let lines = head.lines().skip_while(|line| *line != "[bind]").skip(1);
    let bound = lines.filter_map(|line| line.split_once(" = "));
    bound.map(|(name, value)| (name.to_owned(), value.trim_matches('"').to_owned())).collect()
}

/// The scalar parameters, by their names on the wire.
pub fn flatten(json: &Json, name: &str, into: &mut BTreeMap<String, String>) {
    let inside = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}[{part}]") };
    match json {
        Json::Object(members) => members.iter().for_each(|(part, value)| flatten(value, &inside(part), into)),
        Json::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                flatten(value, &inside(&index.to_string()), into);
            }
        }
        Json::Null => {}
        Json::String(text) => drop(into.insert(name.to_owned(), text.clone())),
        other => drop(into.insert(name.to_owned(), other.to_string())),
    }
}
