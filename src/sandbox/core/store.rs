use super::json::{Json, Peek};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The objects of one account in one mode.
#[derive(Debug, Clone, Default)]
pub struct Store {
    objects: HashMap<Arc<str>, Stored>,
    /// The ids of each kind by their places in time.
    order: BTreeMap<String, BTreeMap<u64, Arc<str>>>,
    /// What the objects that were changed since [`Store::begin`] were before.
    trail: Option<Vec<(Arc<str>, Option<Stored>)>>,
}

#[derive(Debug, Clone)]
struct Stored {
    place: u64,
    object: Arc<Json>,
    notes: Arc<Json>,
}

impl Store {
    /// Keeps an object under its `id`, among those with the same `object` member, at a place in time that is later than
    /// all before; the one with that id is replaced and keeps its place.
    pub fn put(&mut self, place: u64, object: Json) {
        let id: Arc<str> = object.text("id").into();
        self.remember(&id);
        if let Some(stored) = self.objects.get_mut(&id) {
            stored.object = Arc::new(object);
            return;
        }
        self.enter(id, Stored { place, object: Arc::new(object), notes: Arc::new(Json::Null) });
    }

    fn enter(&mut self, id: Arc<str>, stored: Stored) {
        let kind = stored.object.text("object");
        match self.order.get_mut(kind) {
            Some(ids) => drop(ids.insert(stored.place, id.clone())),
            None => drop(self.order.insert(kind.to_owned(), BTreeMap::from([(stored.place, id.clone())]))),
        }
        self.objects.insert(id, stored);
    }

    fn leave(&mut self, id: &str) -> Option<Stored> {
        let stored = self.objects.remove(id)?;
        if let Some(ids) = self.order.get_mut(stored.object.text("object")) {
            ids.remove(&stored.place);
        }
        Some(stored)
    }

    /// The object with an id, of any kind.
    pub fn get(&self, id: &str) -> Option<&Json> {
        self.objects.get(id).map(|stored| &*stored.object)
    }

    /// As [`Store::get`], to be shared instead of copied.
    pub(crate) fn shared(&self, id: &str) -> Option<Arc<Json>> {
        self.objects.get(id).map(|stored| stored.object.clone())
    }

    /// The object with an id, if it is of this kind.
    pub fn find(&self, kind: &str, id: &str) -> Option<&Json> {
        self.get(id).filter(|object| object.text("object") == kind)
    }

    /// The object with an id, to be changed in place.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Json> {
        self.remember(id);
        self.objects.get_mut(id).map(|stored| Arc::make_mut(&mut stored.object))
    }

    /// What the sandbox remembers beside an object and never shows (a full account number, a destination).
    pub fn notes(&self, id: &str) -> &Json {
        self.objects.get(id).map_or(&Json::Null, |stored| &stored.notes)
    }

    /// Sets what is remembered beside an object.
    pub fn set_notes(&mut self, id: &str, notes: Json) {
        self.remember(id);
        if let Some(stored) = self.objects.get_mut(id) {
            stored.notes = Arc::new(notes);
        }
    }

    /// What is remembered beside an object, to be changed in place; an empty group if nothing was.
    pub fn notes_mut(&mut self, id: &str) -> Option<&mut Json> {
        self.remember(id);
        let notes = Arc::make_mut(&mut self.objects.get_mut(id)?.notes);
        if !notes.is_object() {
            *notes = Json::Object(serde_json::Map::new());
        }
        Some(notes)
    }

    /// Removes an object.
    pub fn remove(&mut self, id: &str) -> Option<Json> {
        self.remember(id);
        self.leave(id).map(|stored| Arc::unwrap_or_clone(stored.object))
    }

    /// The objects of a kind, newest first.
    pub fn of_kind(&self, kind: &str) -> impl DoubleEndedIterator<Item = &Json> {
        self.order.get(kind).into_iter().flatten().rev().filter_map(|(_, id)| self.get(id))
    }

    /// The objects of a kind whose place is before this one, newest first.
    pub fn before(&self, kind: &str, place: u64) -> impl Iterator<Item = &Json> {
        let ids = self.order.get(kind).into_iter().flat_map(move |ids| ids.range(..place).rev());
        ids.filter_map(|(_, id)| self.get(id))
    }

    /// The objects of a kind whose place is after this one, oldest first.
    pub fn after(&self, kind: &str, place: u64) -> impl Iterator<Item = &Json> {
        let ids = self.order.get(kind).into_iter().flat_map(move |ids| ids.range(place.saturating_add(1)..));
        ids.filter_map(|(_, id)| self.get(id))
    }

    /// How many objects of a kind there are.
    pub fn count(&self, kind: &str) -> usize {
        self.order.get(kind).map_or(0, BTreeMap::len)
    }

    /// The place of an object in time: later ones have greater numbers, across all accounts.
    pub fn place(&self, id: &str) -> Option<u64> {
        self.objects.get(id).map(|stored| stored.place)
    }

    /// Every object, in the order of kinds and then of time.
    pub fn all(&self) -> impl Iterator<Item = &Json> {
        self.order.values().flat_map(BTreeMap::values).filter_map(|id| self.get(id))
    }

    // Taking back.

    /// From now on what is changed can be taken back.
    pub(crate) fn begin(&mut self) {
        self.trail.get_or_insert_with(Vec::new);
    }

    /// What was changed since [`Store::begin`] stays, or is as it was before.
    pub(crate) fn end(&mut self, keep: bool) {
        let Some(trail) = self.trail.take().filter(|_| !keep) else { return };
        for (id, before) in trail.into_iter().rev() {
            self.leave(&id);
            if let Some(stored) = before {
                self.enter(id, stored);
            }
        }
    }

    fn remember(&mut self, id: &str) {
        let Some(trail) = &mut self.trail else { return };
        if trail.iter().any(|(known, _)| **known == *id) {
            return;
        }
        match self.objects.get_key_value(id) {
            Some((id, stored)) => trail.push((id.clone(), Some(stored.clone()))),
            None => trail.push((id.into(), None)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn topup(id: &str, status: &str) -> Json {
        json!({ "id": id, "object": "topup", "status": status })
    }

    #[test]
    fn newest_come_first_and_a_change_keeps_the_place() {
        let mut store = Store::default();
        for (place, id) in (1..).zip(["a", "b", "c"]) {
            store.put(place, topup(id, "pending"));
        }
        store.put(4, json!({ "id": "x", "object": "payout" }));
        store.put(5, topup("a", "failed"));
        store.set_notes("a", json!({ "number": "000123456789" }));
        store.remove("b");
        let ids = |objects: Vec<&Json>| {
            objects.into_iter().map(|object| object.text("id").to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(ids(store.of_kind("topup").collect()), ["c", "a"]);
        assert_eq!(ids(store.before("topup", 3).collect()), ["a"]);
        assert_eq!(ids(store.after("topup", 1).collect()), ["c"]);
        assert_eq!((store.count("topup"), store.count("nothing")), (2, 0));
        assert_eq!(store.get("a").map(|a| a.text("status")), Some("failed"));
        assert_eq!(store.notes("a").text("number"), "000123456789");
        assert!(store.find("payout", "a").is_none());
        assert!(store.place("a") < store.place("c"));
    }

    #[test]
    fn what_was_begun_can_be_taken_back() {
        let mut store = Store::default();
        store.put(1, topup("a", "pending"));
        store.put(2, topup("b", "pending"));
        let before: Vec<Json> = store.all().cloned().collect();
        for keep in [false, true] {
            store.begin();
            store.put(3, topup("c", "pending"));
            store.remove("c");
            store.remove("b");
            store.put(4, topup("b", "new"));
            store.set_notes("a", json!({ "n": 1 }));
            if let Some(a) = store.get_mut("a") {
                crate::sandbox::core::set(a, "status", "failed");
            }
            store.end(keep);
            let now: Vec<Json> = store.all().cloned().collect();
            assert_eq!((now == before, store.notes("a").is_null()), (!keep, !keep));
        }
    }
}
