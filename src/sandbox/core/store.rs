use super::json::{Json, Peek, set};
use super::pack::Packed;
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

/// So many objects of an account lie ready to be looked at: those that were made or looked at last. The others are packed.
const AWAKE: usize = 1000;

/// The objects of one account in one mode.
#[derive(Debug, Default)]
pub struct Store {
    objects: HashMap<Arc<str>, Stored>,
    /// The ids of each kind by their places in time.
    order: BTreeMap<String, BTreeMap<u64, Arc<str>>>,
    /// The ids of what is awake, in the order in which it woke up.
    awake: RefCell<VecDeque<Arc<str>>>,
    /// What the objects that were changed since [`Store::begin`] were before.
    trail: Option<Vec<(Arc<str>, Option<Stored>)>>,
}

#[derive(Debug, Clone)]
struct Stored {
    place: u64,
    /// What the thing was when it slept last, unless it was changed since.
    packed: Option<Packed>,
    awake: OnceCell<Arc<Body>>,
}

/// An object with what is remembered beside it.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(crate) object: Json,
    notes: Json,
}

impl Stored {
    fn unpacked(&self, id: &str) -> Body {
        let [mut object, notes] = self.packed.as_ref().map(Packed::values).unwrap_or_default();
        set(&mut object, "id", id);
        Body { object, notes }
    }

    fn into_object(mut self, id: &str) -> Json {
        match self.awake.take() {
            Some(body) => Arc::try_unwrap(body).map_or_else(|body| body.object.clone(), |body| body.object),
            None => self.unpacked(id).object,
        }
    }

    fn sleep(&mut self) {
        if let Some(mut body) = self.awake.take().filter(|_| self.packed.is_none()) {
            // The id is kept already.
            let Body { object, notes } = Arc::make_mut(&mut body);
            set(object, "id", Json::Null);
            self.packed = Some(Packed::of([object, notes]));
        }
    }
}

impl Store {
    /// Keeps an object under its `id`, among those with the same `object` member, at a place in time that is later than
    /// all before; the one with that id is replaced and keeps its place.
    pub fn put(&mut self, place: u64, object: Json) {
        let id: Arc<str> = object.text("id").into();
        self.remember(&id);
        if let Some(body) = self.body_mut(&id) {
            body.object = object;
            return;
        }
        let body = Body { object, notes: Json::Null };
        self.enter(id.clone(), Stored { place, packed: None, awake: Arc::new(body).into() });
        self.woke(id);
    }

    fn enter(&mut self, id: Arc<str>, stored: Stored) {
        let body = self.body(&id, &stored);
        let kind = body.object.text("object");
        match self.order.get_mut(kind) {
            Some(ids) => drop(ids.insert(stored.place, id.clone())),
            None => drop(self.order.insert(kind.to_owned(), BTreeMap::from([(stored.place, id.clone())]))),
        }
        self.objects.insert(id, stored);
    }

    fn leave(&mut self, id: &str) -> Option<Stored> {
        let (id, stored) = self.objects.remove_entry(id)?;
        let kind = self.body(&id, &stored).object.text("object").to_owned();
        if let Some(ids) = self.order.get_mut(&kind) {
            ids.remove(&stored.place);
        }
        Some(stored)
    }

    /// What is stored under an id, awake.
    fn body<'s>(&self, id: &Arc<str>, stored: &'s Stored) -> &'s Arc<Body> {
        stored.awake.get_or_init(|| {
            self.woke(id.clone());
            Arc::new(stored.unpacked(id))
        })
    }

    fn woke(&self, id: Arc<str>) {
        self.awake.borrow_mut().push_back(id);
    }

    /// The same to be changed, so that what it was before counts no more.
    fn body_mut(&mut self, id: &str) -> Option<&mut Body> {
        let (key, stored) = self.objects.get_key_value(id)?;
        self.body(key, stored);
        let stored = self.objects.get_mut(id)?;
        stored.packed = None;
        stored.awake.get_mut().map(Arc::make_mut)
    }

    /// Lets what woke up first go to sleep, as far as too much is awake.
    pub(crate) fn rest(&mut self) {
        let awake = self.awake.get_mut();
        while awake.len() > AWAKE {
            if let Some(stored) = awake.pop_front().and_then(|id| self.objects.get_mut(&id)) {
                stored.sleep();
            }
        }
    }

    /// The object with an id, of any kind.
    pub fn get(&self, id: &str) -> Option<&Json> {
        self.shared(id).map(|body| &body.object)
    }

    /// As [`Store::get`], to be shared instead of copied.
    pub(crate) fn shared(&self, id: &str) -> Option<&Arc<Body>> {
        self.objects.get_key_value(id).map(|(id, stored)| self.body(id, stored))
    }

    /// The object with an id, if it is of this kind.
    pub fn find(&self, kind: &str, id: &str) -> Option<&Json> {
        self.get(id).filter(|object| object.text("object") == kind)
    }

    /// The object with an id, to be changed in place.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Json> {
        self.remember(id);
        self.body_mut(id).map(|body| &mut body.object)
    }

    /// What the sandbox remembers beside an object and never shows (a full account number, a destination).
    pub fn notes(&self, id: &str) -> &Json {
        self.shared(id).map_or(&Json::Null, |body| &body.notes)
    }

    /// Sets what is remembered beside an object.
    pub fn set_notes(&mut self, id: &str, notes: Json) {
        self.remember(id);
        if let Some(body) = self.body_mut(id) {
            body.notes = notes;
        }
    }

    /// What is remembered beside an object, to be changed in place; an empty group if nothing was.
    pub fn notes_mut(&mut self, id: &str) -> Option<&mut Json> {
        self.remember(id);
        let notes = &mut self.body_mut(id)?.notes;
        if !notes.is_object() {
            *notes = Json::Object(serde_json::Map::new());
        }
        Some(notes)
    }

    /// Removes an object.
    pub fn remove(&mut self, id: &str) -> Option<Json> {
        self.remember(id);
        self.leave(id).map(|stored| stored.into_object(id))
    }

    /// The objects of a kind, newest first.
    pub fn of_kind(&self, kind: &str) -> impl DoubleEndedIterator<Item = &Json> {
        self.order.get(kind).into_iter().flatten().rev().filter_map(|(_, id)| self.get(id))
    }

    /// The objects of a kind whose place is before this one, newest first; none of them wakes up for it.
    pub fn before(&self, kind: &str, place: u64) -> impl Iterator<Item = Cow<'_, Json>> {
        let ids = self.order.get(kind).into_iter().flat_map(move |ids| ids.range(..place).rev());
        ids.filter_map(|(_, id)| self.glance(id))
    }

    /// The objects of a kind whose place is after this one, oldest first; none of them wakes up for it.
    pub fn after(&self, kind: &str, place: u64) -> impl Iterator<Item = Cow<'_, Json>> {
        let ids = self.order.get(kind).into_iter().flat_map(move |ids| ids.range(place.saturating_add(1)..));
        ids.filter_map(|(_, id)| self.glance(id))
    }

    fn glance(&self, id: &str) -> Option<Cow<'_, Json>> {
        let stored = self.objects.get(id)?;
        Some(match stored.awake.get() {
            Some(body) => Cow::Borrowed(&body.object),
            None => Cow::Owned(stored.unpacked(id).object),
        })
    }

    /// An id of an object as it is kept here, to be shared instead of copied.
    pub(crate) fn id(&self, id: &str) -> Option<&Arc<str>> {
        self.objects.get_key_value(id).map(|(id, _)| id)
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
        assert_eq!(store.before("topup", 3).map(|a| a.text("id").to_owned()).collect::<Vec<_>>(), ["a"]);
        assert_eq!(store.after("topup", 1).map(|c| c.text("id").to_owned()).collect::<Vec<_>>(), ["c"]);
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

    #[test]
    fn what_sleeps_is_what_it_was_and_can_be_changed_and_taken_back() {
        let mut store = Store::default();
        let id = |number: usize| format!("tu_{number}");
        for (place, number) in (1..).zip(0..AWAKE + 50) {
            store.put(place, topup(&id(number), "pending"));
            store.set_notes(&id(number), json!({ "number": number }));
        }
        store.rest();
        let asleep = |store: &Store, number: usize| store.objects[&*id(number)].awake.get().is_none();
        assert!(asleep(&store, 0) && asleep(&store, 49) && !asleep(&store, 50));
        let all: Vec<Json> = store.after("topup", 0).map(Cow::into_owned).collect();
        assert!(asleep(&store, 0) && all.len() == AWAKE + 50);
        for keep in [false, true] {
            store.begin();
            crate::sandbox::core::set(store.get_mut("tu_7").unwrap(), "status", "failed");
            assert_eq!(store.remove("tu_8"), Some(topup("tu_8", "pending")));
            store.end(keep);
            store.rest();
            let status = if keep { "failed" } else { "pending" };
            assert_eq!(store.get("tu_7"), Some(&topup("tu_7", status)));
            assert_eq!(store.get("tu_8").is_some(), !keep);
        }
        assert_eq!(
            (store.get("tu_0"), store.notes("tu_3").int("number")),
            (Some(&topup("tu_0", "pending")), 3)
        );
        store.rest();
        assert!(!asleep(&store, 0) && asleep(&store, 50), "what woke up last stays awake");
    }
}
