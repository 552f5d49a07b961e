use super::json::Json;
use serde_json::json;

/// An error reply in the form of Stripe's API.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{status} {kind}: {message}")]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// The `type` member, such as `invalid_request_error`.
    pub kind: &'static str,
    /// The machine-readable `code`, if any.
    pub code: Option<&'static str>,
    /// The rejected parameter, in bracket notation.
    pub param: Option<Box<str>>,
    /// The human-readable message.
    pub message: Box<str>,
    /// Boxed, because every function that can fail returns this type.
    rare: Option<Box<Rare>>,
    /// Whether the changes made so far are kept: a wrong guess of an amount counts even though the request fails.
    pub lasting: bool,
}

/// The parts that few errors have.
#[derive(Debug, Clone, Default, PartialEq)]
struct Rare {
    /// Why a card was declined.
    decline_code: Option<&'static str>,
    /// Where the Dashboard shows the request.
    request_log_url: Option<String>,
    /// Members of the `error` object that only this code has, such as the configurations to name.
    details: Option<Json>,
    /// Headers of the reply.
    headers: Vec<(&'static str, String)>,
}

/// Objects whose absence is 404 with the parameter `id`, wherever the operations with such ids name them.
const BY_ID: [(&str, &str); 3] =
    [("ChargesCharge", "charge"), ("CustomersCustomer", "customer"), ("PostRefunds", "charge")];

impl ApiError {
    /// Creates an error with this status and type.
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

    /// The usual 400 for a request that cannot be performed.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "invalid_request_error", message)
    }

    /// The object does not exist for this account. `noun` is the name of the path placeholder or of the parameter
    /// that holds the id; [`ApiError::of_request`] decides which.
    pub fn missing(object: &str, id: &str, noun: &str) -> Self {
        let mut refusal = Self::new(404, "invalid_request_error", format!("No such {object}: '{id}'"));
        refusal.code = Some("resource_missing");
        refusal.param(noun)
    }

    /// Sets the status for a request to an operation whose path has these placeholders: a missing object named by the
    /// path is 404, one named by a parameter 400.
    pub fn of_request(mut self, operation: &str, placeholders: &[&str]) -> Self {
        let Some(param) = self.param.as_deref().filter(|_| self.code == Some("resource_missing")) else {
            return self;
        };
        let in_path = placeholders.contains(&param);
        if BY_ID.iter().any(|(paths, name)| *name == param && operation.contains(paths)) {
            return self.param("id");
        }
        if !in_path {
            self.status = 400;
        }
        self
    }

    /// Sets the error code that API v2 uses.
    pub fn of_version_two(mut self) -> Self {
        if self.code == Some("resource_missing") {
            self.code = Some("not_found");
        }
        self
    }

    /// 400: the balance does not cover the amount. Stripe names no parameter.
    pub fn insufficient(message: impl Into<String>) -> Self {
        Self::invalid(message).code("balance_insufficient")
    }

    /// 501: an operation of Stripe that the sandbox does not have. Official clients do not retry it.
    pub fn not_implemented(message: impl Into<String>) -> Self {
        let refusal = Self::new(501, "api_error", message).code("not_implemented_in_sandbox");
        refusal.header("stripe-should-retry", "false")
    }

    /// 403: the key has no access to this account.
    pub fn no_access(account: &str, masked_key: &str) -> Self {
        let message = format!(
            "The key '{masked_key}' has no access to the account '{account}', or there is no such account. Access of an \
             application may also have been withdrawn."
        );
        Self::new(403, "invalid_request_error", message).code("account_invalid")
    }

    /// 500: a bug of the sandbox (a reply that does not match the document, legs that do not balance).
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(500, "api_error", message)
    }

    /// Sets the `code`.
    pub fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// Sets the rejected parameter.
    pub fn param(mut self, param: impl Into<Box<str>>) -> Self {
        self.param = Some(param.into());
        self
    }

    /// Sets the issuer's reason for a decline.
    pub fn decline(mut self, decline_code: &'static str) -> Self {
        self.rare().decline_code = Some(decline_code);
        self
    }

    /// Adds a member of the `error` object that only this code has.
    pub fn detail(mut self, name: &str, value: impl Into<Json>) -> Self {
        super::json::set(self.rare().details.get_or_insert_with(|| json!({})), name, value);
        self
    }

    /// Adds members that only some errors have, such as the `payment_intent` of a declined payment.
    pub fn members(self, members: Json) -> Self {
        let Json::Object(members) = members else { return self };
        members.into_iter().fold(self, |error, (name, value)| error.detail(&name, value))
    }

    /// Sets the address of the request's log.
    pub fn logged(mut self, request_log_url: Option<String>) -> Self {
        if request_log_url.is_some() {
            self.rare().request_log_url = request_log_url;
        }
        self
    }

    /// Keeps the changes made before the error.
    pub fn lasting(mut self) -> Self {
        self.lasting = true;
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.rare().headers.push((name, value.into()));
        self
    }

    /// The body of the reply.
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
        if let (Json::Object(members), Some(Json::Object(details))) =
            (&mut error, self.rare.as_deref().and_then(|rare| rare.details.as_ref()))
        {
            members.extend(details.clone());
        }
        json!({ "error": error })
    }
}
