use crate::engine::{ApiError, CurrencyCode, Json};
use crate::router::Request;
use crate::spec::GREATEST_AMOUNT;
use std::collections::BTreeMap;
use std::time::Duration;
use stripe_platform::Currency;

/// What a time is told in, with the seconds that each one has.
pub(crate) const UNITS: [(&str, u64); 4] =
    [("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1)];

/// The members of a JSON object as parameters.
fn members(body: &[u8]) -> Result<BTreeMap<String, String>, ApiError> {
    let read: serde_json::Map<String, Json> = serde_json::from_slice(body)
        .map_err(|problem| ApiError::invalid(format!("The body is no JSON object: {problem}.")))?;
    let text = |(name, value): (String, Json)| match value {
        Json::Null => Ok((name, String::new())),
        Json::String(text) => Ok((name, text)),
        Json::Bool(_) | Json::Number(_) => Ok((name, value.to_string())),
        Json::Array(_) | Json::Object(_) => {
            Err(ApiError::invalid(format!("`{name}` must be a text, a number or a switch."))
                .param(name.as_str()))
        }
    };
    read.into_iter().map(text).collect()
}

/// The parameters of a control.
pub(crate) struct Asked(BTreeMap<String, String>);

impl Asked {
    /// Reads the query and the body, which is a form or a JSON object.
    ///
    /// # Errors
    /// If a JSON body is no object, or has members that are no texts, numbers or switches.
    pub(crate) fn read(request: &Request) -> Result<Self, ApiError> {
        let read = |bytes| url::form_urlencoded::parse(bytes).into_owned();
        let mut all: BTreeMap<String, String> = read(request.query.as_bytes()).collect();
        if request.media_type() == "application/json" && !request.body.is_empty() {
            all.extend(members(&request.body)?);
        } else {
            all.extend(read(&request.body));
        }
        Ok(Self(all))
    }

    /// Drops the key that chooses a platform: it is for no control.
    pub(crate) fn drop_key(&mut self) {
        self.0.remove("key");
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    pub(crate) fn needed(&self, name: &str) -> Result<&str, ApiError> {
        self.text(name).ok_or_else(|| ApiError::invalid(format!("`{name}` is missing.")).param(name))
    }

    /// A parameter as a number or another type that can be read; `None` if it was not sent.
    pub(crate) fn value<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, ApiError> {
        let read = |text: &str| {
            text.parse().map_err(|_| ApiError::invalid(format!("`{name}` cannot be '{text}'.")).param(name))
        };
        self.text(name).map(read).transpose()
    }

    /// Refuses a parameter that is none of these: a misspelt one must not be passed over.
    pub(crate) fn only<'n>(&self, names: impl Iterator<Item = &'n str> + Clone) -> Result<(), ApiError> {
        match self.0.keys().find(|name| !names.clone().any(|known| known == name.as_str())) {
            None => Ok(()),
            Some(unknown) => {
                let known: Vec<_> = names.collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                let message = format!("Received unknown parameter: {unknown}. The parameters here: {known}.");
                Err(ApiError::invalid(message).code("parameter_unknown").param(unknown.as_str()))
            }
        }
    }

    /// Refuses a parameter that was sent though it says nothing: it goes with another one that is not so.
    pub(crate) fn goes_with(&self, name: &str, what: &str, is_so: bool) -> Result<(), ApiError> {
        if is_so || self.text(name).is_none() {
            return Ok(());
        }
        Err(ApiError::invalid(format!("`{name}` goes with {what} only.")).param(name))
    }

    /// How often, once unless told otherwise.
    pub(crate) fn times(&self) -> Result<u32, ApiError> {
        match self.value("times")? {
            Some(0) => Err(ApiError::invalid("`times` must be 1 or more.").param("times")),
            times => Ok(times.unwrap_or(1)),
        }
    }

    /// An amount from 1 minor unit to what one request can move.
    pub(crate) fn amount(&self) -> Result<i64, ApiError> {
        match self.value("amount")? {
            Some(amount) if (1..=GREATEST_AMOUNT).contains(&amount) => Ok(amount),
            _ => {
                let message = format!("`amount` must be from 1 to {GREATEST_AMOUNT} minor units.");
                Err(ApiError::invalid(message).param("amount"))
            }
        }
    }

    /// The currency.
    pub(crate) fn currency(&self) -> Result<Currency, ApiError> {
        let Some(code) = CurrencyCode::parse(self.needed("currency")?) else {
            return self.wrong("currency", "the codes of currencies, in lower case");
        };
        Ok(code.into())
    }

    /// A time in `days`, `hours`, `minutes` and `seconds`.
    pub(crate) fn wait(&self) -> Result<Duration, ApiError> {
        let mut seconds: u64 = 0;
        for (name, length) in UNITS {
            let count = self.value::<u64>(name)?.unwrap_or(0);
            seconds = seconds.saturating_add(count.saturating_mul(length));
        }
        // A thousand years are enough for anyone, and far from the end of the clock.
        if seconds == 0 || seconds > 31_536_000_000 {
            return Err(ApiError::invalid(
                "Send `days`, `hours`, `minutes` or `seconds`, together at most 1,000 years.",
            ));
        }
        Ok(Duration::from_secs(seconds))
    }

    /// Whether a time was sent.
    pub(crate) fn any_wait(&self) -> bool {
        UNITS.iter().any(|(name, _)| self.text(name).is_some())
    }

    /// All parameters.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    pub(crate) fn wrong<T>(&self, name: &str, possible: &str) -> Result<T, ApiError> {
        Err(ApiError::invalid(format!("`{name}` must be one of: {possible}.")).param(name))
    }
}
