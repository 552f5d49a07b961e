//! The missing requirements of an account with their deadlines.

use super::requirements::{self, Facts};
use crate::engine::{Json, Peek, set};
use serde_json::json;
use std::collections::BTreeMap;

/// The requirements that are due.
#[derive(Debug, Default)]
pub(crate) struct Due {
    /// Each missing field with its deadline in Unix seconds.
    pub(crate) deadlines: BTreeMap<String, i64>,
    pub(crate) now: i64,
}

impl Due {
    fn is_past(&self, field: &str) -> bool {
        self.deadlines.get(field).is_some_and(|deadline| *deadline <= self.now)
    }

    /// The requirements for these fields, in the form of accounts, capabilities and persons.
    pub(crate) fn requirements(
        &self,
        facts: &Facts,
        fields: &[String],
        name: impl Fn(&str) -> String,
    ) -> Json {
        let past: Vec<_> =
            fields.iter().filter(|field| self.is_past(field)).map(|field| name(field)).collect();
        let ahead = fields.iter().filter_map(|field| self.deadlines.get(field));
        let next = ahead.filter(|deadline| **deadline > self.now && **deadline < i64::MAX).min();
        let errors = requirements::errors(facts).into_iter().filter_map(|mut error| {
            let field = error.text("requirement").to_owned();
            let shown = fields.contains(&field).then(|| name(&field))?;
            set(&mut error, "requirement", shown);
            Some(error)
        });
        let alternatives = requirements::alternatives(facts, fields).into_iter().map(|(field, other)| {
            json!({ "original_fields_due": [name(&field)], "alternative_fields_due": [name(&other)] })
        });
        let alternatives: Vec<Json> = alternatives.collect();
        let current: Vec<_> = fields.iter().map(|field| name(field)).collect();
        json!({
            "alternatives": alternatives, "current_deadline": next, "currently_due": current, "past_due": past,
            "eventually_due": current, "pending_verification": [], "errors": errors.collect::<Vec<_>>(),
        })
    }

    pub(crate) fn any_past(&self, fields: &[String]) -> bool {
        fields.iter().any(|field| self.is_past(field))
    }
}
