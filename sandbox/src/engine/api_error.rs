use super::json::Json;
use serde_json::json;

/// A reply other than success, in the shape that Stripe gives its errors.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{status} {kind}: {message}")]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The `type` member, such as `invalid_request_error`.
    pub kind: &'static str,
    /// The machine-readable `code`, if there is one.
    pub code: Option<&'static str>,
    /// The parameter at fault, in bracket notation.
    pub param: Option<Box<str>>,
    /// A human-readable explanation.
    pub message: Box<str>,
    /// What few errors have. It is boxed, because every function that can fail returns this type.
    rare: Option<Box<Rare>>,
    /// Whether what was changed until then stays: a wrong guess counts although it is refused.
    pub lasting: bool,
}

/// The parts of an error that few have.
#[derive(Debug, Clone, Default, PartialEq)]
struct Rare {
    /// Why a card was declined.
    decline_code: Option<&'static str>,
    /// Where the Dashboard shows the request.
    request_log_url: Option<String>,
    /// Headers of the reply.
    headers: Vec<(&'static str, String)>,
}

impl ApiError {
    /// An error of any status and type.
    pub fn new(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        let message = message.into().into_boxed_str();
        Self { status, kind, code: None, param: None, message, rare: None, lasting: false }
    }

    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// Headers of the reply.
    pub fn headers(&self) -> &[(&'static str, String)] {
        self.rare.as_deref().map_or(&[], |rare| &rare.headers)
    }

    /// The usual 400: the request cannot be done as it is.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    /// There is no such object for this account. `noun` is the placeholder of the path or the parameter that names it:
    /// [`ApiError::of_request`] knows which.
    pub fn missing(object: &str, id: &str, noun: &str) -> Self {
        let mut refusal = Self::new(404, "invalid_request_error", format!("No such {object}: '{id}'"));
        refusal.code = Some("resource_missing");
        refusal.param(noun)
    }

    /// With the status that fits a request to a path with these placeholders: a missing object is 404 if the path names
    /// it. If a parameter does, the path is right and the request is wrong, 400.
    pub fn of_request(mut self, placeholders: &[&str]) -> Self {
        let in_path = self.param.as_deref().is_some_and(|param| placeholders.contains(&param));
        if self.code == Some("resource_missing") && !in_path {
            self.status = 400;
        }
        self
    }

    /// With the code that version 2 of the API has for it.
    pub fn of_version_two(mut self) -> Self {
        if self.code == Some("resource_missing") {
            self.code = Some("not_found");
        }
        self
    }

    /// 400: the balance does not cover an amount. Stripe names no parameter.
    pub fn insufficient(message: impl Into<String>) -> Self {
        Self::invalid(message).code("balance_insufficient")
    }

    /// 501: Stripe does this, the sandbox does not. Official clients do not retry it.
    pub fn not_implemented(message: impl Into<String>) -> Self {
        let refusal = Self::new(501, "api_error", message).code("not_implemented_in_sandbox");
        refusal.header("stripe-should-retry", "false")
    }

    /// 403: the key may not act for this account.
    pub fn no_access(account: &str, masked_key: &str) -> Self {
        let message = format!(
            "The key '{masked_key}' has no access to the account '{account}', or there is no such account. Access of an \
             application may also have been withdrawn."
        );
        Self::new(403, "invalid_request_error", message).code("account_invalid")
    }

    /// 500: the sandbox itself is wrong (a reply that does not fit the document, legs that do not balance).
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "api_error", message)
    }

    /// With a `code`.
    pub fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// With the parameter at fault.
    pub fn param(mut self, param: impl Into<Box<str>>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// With the issuer's reason for a declined card.
    pub fn decline(mut self, decline_code: &'static str) -> Self {
        self.rare().decline_code = Some(decline_code);
        self
    }

    /// With the address of the request's log.
    pub fn logged(mut self, request_log_url: Option<String>) -> Self {
        if request_log_url.is_some() {
            self.rare().request_log_url = request_log_url;
        }
        self
    }

    /// Without taking back what was changed until then.
    pub fn lasting(mut self) -> Self {
        self.lasting = true;
        self
    }

    /// With a header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.rare().headers.push((name, value.into()));
        self
    }

    /// The body as Stripe writes it.
    pub fn body(&self) -> Json {
        let mut error = json!({ "type": self.kind, "message": self.message });
        if let Json::Object(members) = &mut error {
            let rare = self.rare.as_deref();
            let texts = [
                ("code", self.code.map(str::to_owned)),
                ("param", self.param.as_deref().map(str::to_owned)),
                ("decline_code", rare.and_then(|rare| rare.decline_code).map(str::to_owned)),
                ("request_log_url", rare.and_then(|rare| rare.request_log_url.clone())),
                (
                    "doc_url",
                    self.code.map(|code| {
                        format!("https://stripe.com/docs/error-codes/{}", code.replace('_', "-"))
                    }),
                ),
            ];
            for (name, text) in texts {
                if let Some(text) = text {
                    members.insert(name.to_owned(), text.into());
                }
            }
        }
        json!({ "error": error })
    }
}
