use super::account_context::Cause;
use super::named_objects;
use super::{AccountContext, State};
use crate::engine::{ApiError, CurrencyCode, Json, Peek, Scope, set};
use crate::spec::{Expansion, METADATA_KEYS, Operation, Upload};
use serde_json::json;
use std::borrow::Cow;
use std::ops::{Deref, DerefMut};

/// An authorized and validated request with the data of its account: everything in [`AccountContext`], and the
/// parameters.
#[derive(Debug)]
pub struct RequestContext<'w> {
    context: AccountContext<'w>,
    /// The operation of the document.
    pub operation: &'static Operation,
    /// The typed parameters.
    pub params: Json,
    /// The files of a multipart body.
    pub uploads: Vec<Upload>,
    /// The members to expand.
    pub expansion: Expansion,
    /// Whether the request names its API version; otherwise it is the account's default.
    pub names_version: bool,
    path: Vec<String>,
    masked_key: String,
}

/// The parts of a request other than its parameters.
#[derive(Debug)]
pub(crate) struct Envelope {
    pub(crate) scope: Scope,
    pub(crate) request_id: String,
    pub(crate) key: Option<String>,
    pub(crate) version: String,
    pub(crate) names_version: bool,
    pub(crate) masked_key: String,
    pub(crate) log_url: Option<String>,
}

impl<'w> Deref for RequestContext<'w> {
    type Target = AccountContext<'w>;

    fn deref(&self) -> &Self::Target {
        &self.context
    }
}

impl DerefMut for RequestContext<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.context
    }
}

impl<'w> RequestContext<'w> {
    pub(crate) fn new(
        state: &'w mut State,
        envelope: &Envelope,
        operation: &'static Operation,
        path: Vec<String>,
        params: Json,
    ) -> Self {
        let cause = Cause { request: envelope.request_id.clone(), key: envelope.key.clone() };
        Self {
            context: AccountContext::new(state, envelope.scope.clone()).caused_by(cause),
            operation,
            params,
            uploads: Vec::new(),
            expansion: Expansion::default(),
            names_version: envelope.names_version,
            path,
            masked_key: envelope.masked_key.clone(),
        }
    }

    /// Performs the operation atomically.
    pub(crate) fn perform(
        &mut self,
        handler: fn(&mut RequestContext<'_>) -> Result<Json, ApiError>,
    ) -> Result<Json, ApiError> {
        self.context.state.begin();
        let done = named_objects::check(self).and_then(|()| handler(self)).map_err(|refusal| {
            let refusal = refusal.of_request(self.operation.id, &self.operation.placeholders);
            if self.operation.is_v2() { refusal.of_version_two() } else { refusal }
        });
        self.context.state.end(done.as_ref().map_or_else(|refusal| refusal.lasting, |_| true));
        done
    }

    // The request.

    /// The value of a path placeholder.
    pub fn in_path(&self, name: &str) -> String {
        let place = self.operation.placeholders.iter().position(|placeholder| *placeholder == name);
        place.and_then(|place| self.path.get(place)).cloned().unwrap_or_default()
    }

    /// The last path placeholder with its value: the object that the request is about.
    pub fn subject(&self) -> (&'static str, String) {
        let name = self.operation.placeholders.last().copied().unwrap_or_default();
        (name, self.path.last().cloned().unwrap_or_default())
    }

    /// A parameter by its dotted path; `None` if it was not sent.
    pub fn param(&self, path: &str) -> Option<Json> {
        self.params.at(path).cloned()
    }

    /// A text parameter.
    pub fn text(&self, path: &str) -> Option<String> {
        self.params.at(path).and_then(Json::as_str).map(str::to_owned)
    }

    /// An integer parameter.
    pub fn int(&self, path: &str) -> Option<i64> {
        self.params.at(path).and_then(Json::as_i64)
    }

    /// A boolean parameter; `false` if it was not sent.
    pub fn flag(&self, path: &str) -> bool {
        self.params.flag(path)
    }

    /// The `amount`, at least 1. The upper limit was already checked with the parameters.
    pub fn amount(&self) -> Result<i64, ApiError> {
        let amount = self.params.int("amount");
        if amount < 1 {
            let message = "Invalid integer: amount must be 1 or more.";
            return Err(ApiError::invalid(message).code("parameter_invalid_integer").param("amount"));
        }
        if let Some(currency) = CurrencyCode::parse(self.params.text("currency")) {
            Self::whole(amount, currency, currency.step())?;
        }
        Ok(amount)
    }

    /// Checks that an amount is a multiple of `step`.
    pub fn whole(amount: i64, currency: CurrencyCode, step: i64) -> Result<(), ApiError> {
        if amount % step == 0 {
            return Ok(());
        }
        let message = format!("Invalid amount: an amount in {currency} must be a multiple of {step} here.");
        Err(ApiError::invalid(message).code("parameter_invalid_integer").param("amount"))
    }

    /// The `currency` parameter.
    pub fn currency(&self) -> Result<CurrencyCode, ApiError> {
        CurrencyCode::parse(self.params.text("currency")).ok_or_else(|| {
            ApiError::invalid("Missing required param: currency.").code("parameter_missing").param("currency")
        })
    }

    /// The `metadata` of a new object.
    pub fn metadata(&self) -> Json {
        let mut metadata = json!({});
        for (key, value) in self.params.at("metadata").and_then(Json::as_object).into_iter().flatten() {
            if value.as_str().is_some_and(|value| !value.is_empty()) {
                set(&mut metadata, key, value.clone());
            }
        }
        metadata
    }

    /// Whether a member of the reply is expanded.
    pub fn expands(&self, path: &str) -> bool {
        self.expansion.wants(path)
    }

    /// The data of the connected account named by the path.
    ///
    /// # Errors
    /// 403 if the platform has no access to it.
    pub fn account_in_path(&mut self) -> Result<AccountContext<'_>, ApiError> {
        let account = self.in_path("account");
        if account != *self.account() && !(self.is_platform() && self.state.is_connected(&account)) {
            return Err(ApiError::no_access(&account, &self.masked_key));
        }
        Ok(self.of_account(&account))
    }

    // Replies shared by most resources.

    /// The object of this kind named by the path.
    pub fn retrieve(&self, kind: &str) -> Result<Json, ApiError> {
        let (noun, id) = self.subject();
        self.get(kind, &id, noun)
    }

    /// Updates the object named by the path: merges `metadata` and copies each of `members` that was sent (`""`
    /// clears it). Returns the change, for the event.
    pub fn update(&mut self, kind: &str, members: &[&str]) -> Result<crate::state::Change, ApiError> {
        let object = self.retrieve(kind)?;
        let metadata = self.merged_metadata(&object)?;
        let sent: Vec<_> =
            members.iter().filter_map(|name| Some((*name, self.params.get(*name)?.clone()))).collect();
        self.change(object.text("id"), |object| {
            for (name, value) in sent {
                set(object, name, if value == "" { Json::Null } else { value });
            }
            if let Some(metadata) = metadata {
                set(object, "metadata", metadata);
            }
        })
    }

    /// An object's metadata after this request: new keys are added, empty values removed, `""` removes all. `None` if
    /// the request has no metadata.
    pub fn merged_metadata(&self, object: &Json) -> Result<Option<Json>, ApiError> {
        let Some(sent) = self.params.get("metadata") else { return Ok(None) };
        let Some(sent) = sent.as_object() else { return Ok(Some(json!({}))) };
        let mut merged = object.at("metadata").and_then(Json::as_object).cloned().unwrap_or_default();
        for (key, value) in sent {
            match value.as_str() {
                Some("") => drop(merged.remove(key)),
                _ => drop(merged.insert(key.clone(), value.clone())),
            }
        }
        if merged.len() > METADATA_KEYS {
            return Err(ApiError::invalid(format!("Metadata can have at most {METADATA_KEYS} keys."))
                .param("metadata"));
        }
        Ok(Some(Json::Object(merged)))
    }

    /// The requested page of objects of a kind. Parameters that are members of the objects are filters: equal, or in
    /// a range.
    pub fn list(&self, kind: &str) -> Result<Json, ApiError> {
        self.list_where(kind, |_| true)
    }

    /// As [`RequestContext::list`], restricted to objects that `keep` accepts. Reads no more objects than the page
    /// needs.
    pub fn list_where(&self, kind: &str, keep: impl Fn(&Json) -> bool) -> Result<Json, ApiError> {
        let Some(store) = self.state.store(self.scope()) else { return self.page(Vec::new()) };
        let place = |param: &str| match self.text(param) {
            None => Ok(None),
            Some(id) => match store.find(kind, &id).and_then(|_| store.place(&id)) {
                Some(place) => Ok(Some(place)),
                None => Err(ApiError::missing(kind, &id, param)),
            },
        };
        // Checked before it is cloned.
        let fits = |object: &Cow<'_, Json>| keep(object) && self.matches(object);
        Ok(match (place("starting_after")?, place("ending_before")?) {
            (_, Some(end)) => self.gather(store.after(kind, end).filter(fits).map(Cow::into_owned), true),
            (start, None) => {
                let from = store.before(kind, start.unwrap_or(u64::MAX));
                self.gather(from.filter(fits).map(Cow::into_owned), false)
            }
        })
    }

    /// A page of the first objects that match the filters of the request; `backwards` if `objects` is oldest first.
    pub fn gather(&self, objects: impl Iterator<Item = Json>, backwards: bool) -> Json {
        let limit = self.limit();
        let mut found: Vec<Json> =
            objects.filter(|object| self.matches(object)).take(limit.saturating_add(1)).collect();
        let more = found.len() > limit;
        found.truncate(limit);
        if backwards {
            found.reverse();
        }
        self.list_object(found, more)
    }

    fn limit(&self) -> usize {
        usize::try_from(self.int("limit").unwrap_or(10)).unwrap_or(10)
    }

    fn list_object(&self, data: Vec<Json>, more: bool) -> Json {
        json!({ "object": "list", "data": data, "has_more": more, "url": self.own_path() })
    }

    /// The path of the request.
    pub fn own_path(&self) -> String {
        let mut path = self.operation.path.to_owned();
        for (name, value) in self.operation.placeholders.iter().zip(&self.path) {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        path
    }

    /// The requested page of a list of objects, newest first.
    pub fn page(&self, newest_first: Vec<Json>) -> Result<Json, ApiError> {
        let limit = self.limit();
        let place = |id: &str, param: &str| {
            let found = newest_first.iter().position(|object| object.text("id") == id);
            found.ok_or_else(|| ApiError::missing("object", id, param))
        };
        let (mut from, mut until) = (0, newest_first.len());
        if let Some(id) = self.text("starting_after") {
            from = place(&id, "starting_after")? + 1;
        }
        if let Some(id) = self.text("ending_before") {
            until = place(&id, "ending_before")?;
        }
        let inside = newest_first.get(from..until).unwrap_or_default();
        let matching: Vec<&Json> = inside.iter().filter(|object| self.matches(object)).collect();
        let more = matching.len() > limit;
        let skip =
            if self.text("ending_before").is_some() { matching.len().saturating_sub(limit) } else { 0 };
        let data: Vec<_> = matching.into_iter().skip(skip).take(limit).cloned().collect();
        Ok(self.list_object(data, more))
    }

    /// Whether an object matches the filters of the request.
    pub fn matches(&self, object: &Json) -> bool {
        const PAGING: [&str; 4] = ["limit", "starting_after", "ending_before", "expand"];
        let Json::Object(params) = &self.params else { return true };
        params.iter().filter(|(name, _)| !PAGING.contains(&name.as_str())).all(|(name, wanted)| {
            match (object.get(name), wanted) {
                (None, _) => true,
                (Some(value), Json::Object(range)) if value.is_i64() => {
                    in_range(value.as_i64().unwrap_or_default(), range)
                }
                (Some(Json::String(_) | Json::Object(_)), Json::String(text)) => object.id_at(name) == text,
                (Some(value), wanted) => value == wanted,
            }
        })
    }
}

fn in_range(value: i64, range: &serde_json::Map<String, Json>) -> bool {
    range.iter().all(|(bound, limit)| {
        let limit = limit.as_i64().unwrap_or_default();
        match bound.as_str() {
            "gt" => value > limit,
            "gte" => value >= limit,
            "lt" => value < limit,
            "lte" => value <= limit,
            _ => true,
        }
    })
}
