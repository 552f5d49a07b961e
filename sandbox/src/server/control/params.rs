use crate::engine::{ApiError, CurrencyCode, Json};
use crate::router::Request;
use crate::spec::GREATEST_AMOUNT;
use std::collections::BTreeMap;
use std::time::Duration;
use stripe_platform::Currency;

/// The units of durations, in seconds.
pub(crate) const UNITS: [(&str, u64); 4] =
    [("days", 86_400), ("hours", 3_600), ("minutes", 60), ("seconds", 1)];

/// The members of a JSON object as parameters.
fn members(body: &[u8]) -> Result<BTreeMap<String, String>, ApiError> {
    let read: serde_json::Map<String, Json> = serde_json::from_slice(body)
        .map_err(|problem| ApiError::invalid(format!("The body must be a JSON object: {problem}.")))?;
    let text = |(name, value): (String, Json)| match value {
        Json::Null => Ok((name, String::new())),
        Json::String(text) => Ok((name, text)),
        Json::Bool(_) | Json::Number(_) => Ok((name, value.to_string())),
        Json::Array(_) | Json::Object(_) => {
            Err(ApiError::invalid(format!("Invalid {name}: must be a string, a number or a boolean."))
                .param(name.as_str()))
        }
    };
    read.into_iter().map(text).collect()
}

/// A parameter that is not a text.
pub(crate) trait Parsed: std::str::FromStr {
    const EXPECTED: &'static str;
}

macro_rules! parsed {
    ($($type:ty: $expected:literal),* $(,)?) => {
        $(impl Parsed for $type {
            const EXPECTED: &'static str = $expected;
        })*
    };
}

parsed! {
    bool: "true or false",
    i64: "an integer",
    u8: "an integer from 0 to 255",
    u16: "an integer from 0 to 65535",
    u32: "an integer of 0 or more",
    u64: "an integer of 0 or more",
    usize: "an integer of 0 or more",
}

/// The parameters of a control.
pub(crate) struct Asked(BTreeMap<String, String>);

impl Asked {
    /// Parses the query and the body, which is a form or a JSON object.
    ///
    /// # Errors
    /// If a JSON body is not an object, or has members that are not strings, numbers or booleans.
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

    /// Removes the key that selects a platform: it is not a parameter of a control.
    pub(crate) fn drop_key(&mut self) {
        self.0.remove("key");
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|text| !text.is_empty())
    }

    pub(crate) fn needed(&self, name: &str) -> Result<&str, ApiError> {
        self.text(name)
            .ok_or_else(|| ApiError::invalid(format!("Missing required param: {name}.")).param(name))
    }

    /// A parameter parsed as a number or another type; `None` if it was not sent.
    pub(crate) fn value<T: Parsed>(&self, name: &str) -> Result<Option<T>, ApiError> {
        let read = |text: &str| {
            let wrong = || format!("Invalid {name}: '{text}' is not {}.", T::EXPECTED);
            text.parse().map_err(|_| ApiError::invalid(wrong()).param(name))
        };
        self.text(name).map(read).transpose()
    }

    /// Rejects parameters that are not among these, so that typos are not ignored.
    pub(crate) fn only<'n>(&self, names: impl Iterator<Item = &'n str> + Clone) -> Result<(), ApiError> {
        match self.0.keys().find(|name| !names.clone().any(|known| known == name.as_str())) {
            None => Ok(()),
            Some(unknown) => {
                let known: Vec<_> = names.collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                let message = format!("Received unknown parameter: {unknown}. Allowed parameters: {known}.");
                Err(ApiError::invalid(message).code("parameter_unknown").param(unknown.as_str()))
            }
        }
    }

    /// Rejects a parameter that has no effect because its condition is not met.
    pub(crate) fn goes_with(&self, name: &str, what: &str, is_so: bool) -> Result<(), ApiError> {
        if is_so || self.text(name).is_none() {
            return Ok(());
        }
        Err(ApiError::invalid(format!("Invalid {name}: it is allowed only with {what}.")).param(name))
    }

    /// The number of repetitions, 1 by default.
    pub(crate) fn times(&self) -> Result<u32, ApiError> {
        match self.value("times")? {
            Some(0) => Err(ApiError::invalid("Invalid times: must be 1 or more.").param("times")),
            times => Ok(times.unwrap_or(1)),
        }
    }

    /// An amount from 1 minor unit to the maximum of one request.
    pub(crate) fn amount(&self) -> Result<i64, ApiError> {
        match self.value("amount")? {
            Some(amount) if (1..=GREATEST_AMOUNT).contains(&amount) => Ok(amount),
            _ => {
                let message = format!("Invalid amount: must be from 1 to {GREATEST_AMOUNT} minor units.");
                Err(ApiError::invalid(message).param("amount"))
            }
        }
    }

    /// The `currency` parameter.
    pub(crate) fn currency(&self) -> Result<Currency, ApiError> {
        let Some(code) = CurrencyCode::parse(self.needed("currency")?) else {
            return self.wrong("currency", "currency codes in lower case");
        };
        Ok(code.into())
    }

    /// A duration in `days`, `hours`, `minutes` and `seconds`.
    pub(crate) fn wait(&self) -> Result<Duration, ApiError> {
        let mut seconds: u64 = 0;
        for (name, length) in UNITS {
            let count = self.value::<u64>(name)?.unwrap_or(0);
            seconds = seconds.saturating_add(count.saturating_mul(length));
        }
        // A thousand years at most, to stay far from the end of the calendar.
        if seconds == 0 || seconds > 31_536_000_000 {
            return Err(ApiError::invalid(
                "Invalid duration: send `days`, `hours`, `minutes` or `seconds`, more than 0 and at most 1,000 years.",
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
        Err(ApiError::invalid(format!("Invalid {name}. Allowed values: {possible}.")).param(name))
    }
}
