use super::json::{Json, Peek};
use std::collections::{BTreeMap, HashMap};

/// The objects of one account in one mode.
#[derive(Debug, Clone, Default)]
pub struct Store {
    objects: HashMap<String, Stored>,
    order: BTreeMap<String, Vec<(u64, String)>>,
    sequence: u64,
}

#[derive(Debug, Clone)]
struct Stored {
    sequence: u64,
    object: Json,
    notes: Json,
}

impl Store {
    /// Keeps an object under its `id`, among those with the same `object` member; the one with that id is replaced and
    /// keeps its place.
    pub fn put(&mut self, object: Json) {
        let (id, kind) = (object.text("id").to_owned(), object.text("object").to_owned());
        if let Some(stored) = self.objects.get_mut(&id) {
            stored.object = object;
            return;
        }
        self.sequence += 1;
        self.order.entry(kind).or_default().push((self.sequence, id.clone()));
        self.objects.insert(id, Stored { sequence: self.sequence, object, notes: Json::Null });
    }

    /// The object with an id, of any kind.
    pub fn get(&self, id: &str) -> Option<&Json> {
        self.objects.get(id).map(|stored| &stored.object)
    }

    /// The object with an id, if it is of this kind.
    pub fn find(&self, kind: &str, id: &str) -> Option<&Json> {
        self.get(id).filter(|object| object.text("object") == kind)
    }

    /// The object with an id, to be changed in place.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Json> {
        self.objects.get_mut(id).map(|stored| &mut stored.object)
    }

    /// What the sandbox remembers beside an object and never shows (a full account number, a destination).
    pub fn notes(&self, id: &str) -> &Json {
        self.objects.get(id).map_or(&Json::Null, |stored| &stored.notes)
    }

    /// Sets what is remembered beside an object.
    pub fn set_notes(&mut self, id: &str, notes: Json) {
        if let Some(stored) = self.objects.get_mut(id) {
            stored.notes = notes;
        }
    }

    /// Removes an object.
    pub fn remove(&mut self, id: &str) -> Option<Json> {
        let stored = self.objects.remove(id)?;
        if let Some(order) = self.order.get_mut(stored.object.text("object")) {
            order.retain(|(_, other)| other != id);
        }
        Some(stored.object)
    }

    /// The objects of a kind, newest first.
    pub fn of_kind(&self, kind: &str) -> impl DoubleEndedIterator<Item = &Json> {
        self.order.get(kind).into_iter().flatten().rev().filter_map(|(_, id)| self.get(id))
    }

    /// The place of an object in time: later ones have greater numbers.
    pub fn place(&self, id: &str) -> Option<u64> {
        self.objects.get(id).map(|stored| stored.sequence)
    }

    /// Every object, in no order.
    pub fn all(&self) -> impl Iterator<Item = &Json> {
        self.objects.values().map(|stored| &stored.object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn newest_come_first_and_a_change_keeps_the_place() {
        let mut store = Store::default();
        for id in ["a", "b", "c"] {
            store.put(json!({ "id": id, "object": "topup", "status": "pending" }));
        }
        store.put(json!({ "id": "x", "object": "payout" }));
        store.put(json!({ "id": "a", "object": "topup", "status": "failed" }));
        store.set_notes("a", json!({ "number": "000123456789" }));
        store.remove("b");
        let ids: Vec<_> = store.of_kind("topup").map(|object| object.text("id")).collect();
        assert_eq!(ids, ["c", "a"]);
        assert_eq!(store.get("a").map(|a| a.text("status")), Some("failed"));
        assert_eq!(store.notes("a").text("number"), "000123456789");
        assert!(store.find("payout", "a").is_none());
        assert!(store.place("a") < store.place("c"));
    }
}
