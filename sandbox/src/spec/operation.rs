use crate::engine::Json;

/// The parameters in the body of an operation.
#[derive(Debug, Clone, Copy)]
pub enum Parameters {
    /// The schema of a form, JSON or multipart body.
    Body(&'static Json),
    /// The operation has no body.
    None,
}

/// An operation of the document.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Its id in the document: `PostTopupsTopupCancel`.
    pub id: &'static str,
    /// `GET`, `POST` or `DELETE`.
    pub method: &'static str,
    /// Its path with placeholders.
    pub path: &'static str,
    /// The placeholders, from left to right.
    pub placeholders: Vec<&'static str>,
    /// The body parameters.
    pub body: Parameters,
    /// The query parameters, by name.
    pub query: Vec<(&'static str, &'static Json)>,
    /// The required query parameters.
    pub required_query: Vec<&'static str>,
    /// For a preview operation, the preview version that a request must name.
    pub preview: Option<&'static str>,
    /// The schema of a successful reply.
    pub reply: Option<&'static Json>,
}

impl Operation {
    /// Whether the reply is a list of API v1.
    pub(crate) fn is_list(&self) -> bool {
        self.reply.and_then(|schema| schema.pointer("/properties/object/enum/0")).and_then(Json::as_str)
            == Some("list")
    }

    pub(crate) fn read(path: &'static str, method: &'static str, described: &'static Json) -> Self {
        let text =
            |value: &'static Json, name: &str| value.get(name).and_then(Json::as_str).unwrap_or_default();
        let content =
            |value: &'static Json| value.get("content")?.as_object()?.values().next()?.get("schema");
        let parameters = described.get("parameters").and_then(Json::as_array);
        let in_query: Vec<&'static Json> =
            parameters.into_iter().flatten().filter(|parameter| text(parameter, "in") == "query").collect();
        let required = |parameter: &&&Json| parameter.get("required").and_then(Json::as_bool) == Some(true);
        Self {
            id: text(described, "operationId"),
            method,
            path,
            placeholders: path.split('/').filter_map(placeholder).collect(),
            body: described.get("requestBody").and_then(content).map_or(Parameters::None, Parameters::Body),
            required_query: in_query
                .iter()
                .filter(required)
                .map(|parameter| text(parameter, "name"))
                .collect(),
            query: in_query
                .into_iter()
                .filter_map(|parameter| Some((text(parameter, "name"), parameter.get("schema")?)))
                .collect(),
            preview: described.get("x-preview").and_then(Json::as_str),
            reply: described.pointer("/responses/200").and_then(content),
        }
    }

    /// Whether this is an operation of API v2, whose bodies are JSON.
    pub fn is_v2(&self) -> bool {
        self.path.starts_with("/v2/")
    }
}

/// The name in `{name}`.
pub(crate) fn placeholder(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}
