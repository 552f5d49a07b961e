//! Lists embedded in objects: they show the newest items, all others are listed by a request.

use crate::engine::{Json, Peek, set};

/// The maximum number of items shown.
const SHOWN: usize = 10;

/// Adds a new item to the list in `member` of an object.
pub(crate) fn add(object: &mut Json, member: &str, new: &Json) {
    let Some(list) = object.get_mut(member) else { return };
    let mut shown = list.items("data").to_vec();
    shown.insert(0, new.clone());
    let more = list.flag("has_more") || shown.len() > SHOWN;
    let total = (list.int("total_count") + 1).max(i64::try_from(shown.len()).unwrap_or(i64::MAX));
    shown.truncate(SHOWN);
    set(list, "total_count", total);
    set(list, "data", shown);
    set(list, "has_more", more);
}

/// Updates a changed item in the list.
pub(crate) fn replace(object: &mut Json, member: &str, changed: &Json) {
    let shown = object.get_mut(member).and_then(|list| list.get_mut("data")).and_then(Json::as_array_mut);
    for place in shown.into_iter().flatten().filter(|shown| shown.text("id") == changed.text("id")) {
        *place = changed.clone();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn newest_items_are_shown_with_their_changes() {
        let mut object = json!({ "refunds": { "data": [], "has_more": false } });
        for number in 1..=12 {
            add(&mut object, "refunds", &json!({ "id": number.to_string() }));
            assert_eq!(object.flag("refunds.has_more"), number > 10);
        }
        assert_eq!((object.items("refunds.data").len(), object.text("refunds.data.0.id")), (10, "12"));
        replace(&mut object, "refunds", &json!({ "id": "11", "is": "new" }));
        replace(&mut object, "refunds", &json!({ "id": "1", "is": "new" }));
        let new = |shown: &&Json| shown.text("is") == "new";
        assert_eq!(object.items("refunds.data").iter().filter(new).count(), 1);
    }
}
