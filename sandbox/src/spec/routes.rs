use super::document;
use super::document::Part;
use super::operation::{Operation, placeholder};
use crate::engine::ApiError;
use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

const METHODS: [(&str, &str); 3] = [("get", "GET"), ("post", "POST"), ("delete", "DELETE")];

struct Path {
    template: &'static str,
    segments: Vec<&'static str>,
    part: Part,
    operations: OnceLock<Vec<Operation>>,
}

impl Path {
    fn operations(&'static self) -> &'static [Operation] {
        self.operations.get_or_init(|| {
            let described = self.part.read();
            let each = METHODS.iter().filter_map(|(key, method)| Some((*method, described.get(*key)?)));
            each.map(|(method, described)| Operation::read(self.template, method, described)).collect()
        })
    }

    /// The values of the placeholders, if the path matches.
    fn fit(&self, segments: &[&str]) -> Option<Vec<String>> {
        let mut values = Vec::new();
        for (pattern, segment) in self.segments.iter().zip(segments) {
            if placeholder(pattern).is_some() {
                values.push(decode(segment));
            } else if pattern != segment {
                return None;
            }
        }
        values.iter().all(|value| !value.is_empty()).then_some(values)
    }
}

/// Decodes percent-encoding such as `%20`.
fn decode(segment: &str) -> String {
    let pair = format!("x={}", segment.replace('+', "%2B"));
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// The paths by their number of segments; paths with fewer placeholders come first.
static PATHS: LazyLock<HashMap<usize, Vec<Path>>> = LazyLock::new(|| {
    let mut paths: HashMap<usize, Vec<Path>> = HashMap::new();
    for (template, raw) in document::paths() {
        let segments: Vec<_> = template.split('/').skip(1).collect();
        let path = Path { template, part: Part::new(raw), operations: OnceLock::new(), segments };
        paths.entry(path.segments.len()).or_default().push(path);
    }
    for same_length in paths.values_mut() {
        same_length.sort_by_key(|path| path.segments.iter().filter(|s| placeholder(s).is_some()).count());
    }
    paths
});

/// The result of a route lookup.
#[derive(Debug)]
pub enum RouteMatch {
    /// An operation, with the values of its placeholders from left to right.
    Operation(&'static Operation, Vec<String>),
    /// The path exists, but not with this method.
    OtherMethod,
    /// The path does not exist.
    Nothing,
}

/// Finds the operation for a method and a path (without query).
pub fn find(method: &str, path: &str) -> RouteMatch {
    let segments: Vec<_> = path.split('/').skip(1).collect();
    let mut found = RouteMatch::Nothing;
    for candidate in PATHS.get(&segments.len()).into_iter().flatten() {
        if let Some(values) = candidate.fit(&segments) {
            match candidate.operations().iter().find(|operation| operation.method == method) {
                Some(operation) => return RouteMatch::Operation(operation, values),
                None => found = RouteMatch::OtherMethod,
            }
        }
    }
    found
}

/// The operation of a request that the sandbox itself makes, with the values of the placeholders.
pub fn own(method: &str, path: &str) -> Result<(&'static Operation, Vec<String>), ApiError> {
    match find(method, path) {
        RouteMatch::Operation(operation, values) => Ok((operation, values)),
        RouteMatch::OtherMethod | RouteMatch::Nothing => {
            Err(ApiError::internal(format!("The sandbox has no operation {method} {path}.")))
        }
    }
}

/// As [`own`], for a POST.
pub fn post(path: &str) -> Result<(&'static Operation, Vec<String>), ApiError> {
    own("POST", path)
}

/// All operations of the document. Parses the complete document, so it is for tables and tests.
pub fn operations() -> impl Iterator<Item = &'static Operation> {
    PATHS.values().flatten().flat_map(Path::operations)
}

/// The operation with this id. Slow on first use, as [`operations`].
pub fn operation(id: &str) -> Option<&'static Operation> {
    static BY_ID: LazyLock<HashMap<&'static str, &'static Operation>> =
        LazyLock::new(|| operations().map(|operation| (operation.id, operation)).collect());
    BY_ID.get(id).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_is_found_by_its_path() {
        assert!(operations().count() > 200);
        for operation in operations() {
            match find(operation.method, operation.path) {
                RouteMatch::Operation(found, values) => {
                    assert_eq!((found.id, values.len()), (operation.id, operation.placeholders.len()));
                }
                other => panic!("{}: {other:?}", operation.id),
            }
        }
    }

    #[test]
    fn paths_are_decoded_and_unknown_ones_are_distinguished() {
        let RouteMatch::Operation(operation, values) = find("POST", "/v1/topups/tu%5F1/cancel") else {
            panic!()
        };
        assert_eq!((operation.id, values), ("PostTopupsTopupCancel", vec!["tu_1".to_owned()]));
        assert!(matches!(find("DELETE", "/v1/topups"), RouteMatch::OtherMethod));
        assert!(matches!(find("GET", "/v1/nothing"), RouteMatch::Nothing));
        assert!(matches!(find("GET", "/v1/topups/"), RouteMatch::Nothing));
    }
}
