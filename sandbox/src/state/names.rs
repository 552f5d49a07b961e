//! Human-readable names of accounts.

use super::State;
use crate::engine::{Json, Peek, Scope};

impl State {
    /// The name of an account: of its business, its company or its holder, or its email address; `None` if none is
    /// known.
    pub fn account_name(&self, account: &str) -> Option<String> {
        if *account == *self.platform() {
            return Some("Platform".to_owned());
        }
        let find = |live| self.store(&Scope::new(self.platform(), live))?.find("account", account);
        name(find(false).or_else(|| find(true))?)
    }
}

fn name(account: &Json) -> Option<String> {
    let person = [account.text("individual.first_name"), account.text("individual.last_name")];
    let person = person.join(" ").trim().to_owned();
    let named = [
        account.text("business_profile.name"),
        account.text("company.name"),
        account.text("settings.dashboard.display_name"),
        &person,
        account.text("email"),
    ];
    named.into_iter().find(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn most_specific_name_is_used() {
        for (account, expected) in [
            (json!({ "business_profile": { "name": "Shop" }, "email": "a@b.c" }), Some("Shop")),
            (json!({ "individual": { "first_name": "Ada", "last_name": "Example" } }), Some("Ada Example")),
            (json!({ "individual": { "first_name": "Ada" }, "email": "a@b.c" }), Some("Ada")),
            (json!({ "email": "a@b.c" }), Some("a@b.c")),
            (json!({}), None),
        ] {
            assert_eq!(name(&account).as_deref(), expected, "{account}");
        }
    }
}
