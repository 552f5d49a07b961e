use crate::engine::Json;

/// Where the parameters of an operation are described.
#[derive(Debug, Clone, Copy)]
pub enum Parameters {
    /// The schema of a form, of JSON or of a multipart body.
    Body(&'static Json),
    /// There is no body.
    None,
}

/// One operation of the document.
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
    /// The parameters that go in the body.
    pub body: Parameters,
    /// The parameters that go in the query, by name.
    pub query: Vec<(&'static str, &'static Json)>,
    /// Those of them that must be sent.
    pub required_query: Vec<&'static str>,
    /// The preview version that a request must name, of a preview operation.
    pub preview: Option<&'static str>,
    /// The schema of a success.
    pub reply: Option<&'static Json>,
}

impl Operation {
    /// Whether the reply is a list of v1.
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

    /// Whether this is an operation of API v2, which speaks JSON.
    pub fn is_v2(&self) -> bool {
        self.path.starts_with("/v2/")
    }
}

/// The name in `{name}`.
pub(crate) fn placeholder(segment: &str) -> Option<&str> {
    segment.strip_prefix('{')?.strip_suffix('}')
}
