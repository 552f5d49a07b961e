use super::json::{Json, Peek};
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
    order: BTreeMap<Arc<str>, BTreeMap<u64, Arc<str>>>,
    /// The ids of what is awake, in the order in which it woke up.
    awake: RefCell<VecDeque<Arc<str>>>,
    /// What the objects that were changed since [`Store::begin`] were before.
    trail: Option<Vec<(Arc<str>, Option<Stored>)>>,
}

/// A value that is packed, lies ready to be looked at, or both.
#[derive(Debug, Clone, Default)]
struct Slot {
    packed: Option<Packed>,
    awake: OnceCell<Arc<Json>>,
}

impl Slot {
    fn asleep(packed: Packed) -> Self {
        Self { packed: Some(packed), awake: OnceCell::new() }
    }

    fn look(&self) -> &Arc<Json> {
        self.awake.get_or_init(|| Arc::new(self.unpacked()))
    }

    fn unpacked(&self) -> Json {
        self.packed.as_ref().map(Packed::value).unwrap_or_default()
    }

    /// The value to be changed, so that what it was before counts no more.
    fn change(&mut self) -> Option<&mut Json> {
        self.look();
        self.packed = None;
        self.awake.get_mut().map(Arc::make_mut)
    }

    fn pack(&mut self) -> Packed {
        if let Some(packed) = &self.packed {
            return packed.clone();
        }
        let packed = Packed::of(self.look(), None);
        self.packed = Some(packed.clone());
        packed
    }

    fn sleep(&mut self) {
        self.pack();
        self.awake.take();
    }
}

/// An object, and what the sandbox remembers beside it.
#[derive(Debug, Clone)]
struct Stored {
    place: u64,
    kind: Arc<str>,
    object: Slot,
    notes: Option<Box<Slot>>,
}

impl Stored {
    fn is_awake(&self) -> bool {
        self.object.awake.get().is_some()
            || self.notes.as_ref().is_some_and(|notes| notes.awake.get().is_some())
    }

    fn sleep(&mut self) {
        self.object.sleep();
        if let Some(notes) = &mut self.notes {
            notes.sleep();
        }
    }
}

impl Store {
    /// Keeps an object under its `id`, among those with the same `object` member, at a place in time that is later than
    /// all before; the one with that id is replaced and keeps its place.
    pub fn put(&mut self, place: u64, object: &Json) {
        self.put_packed(place, object, Packed::of(object, None));
    }

    /// Keeps an event about an object as it is now. In `event`, its `data.object` is left out.
    pub(crate) fn put_event(&mut self, place: u64, event: &Json, object: &Json) {
        let object = self.pack(object);
        self.put_packed(place, event, Packed::event(event, &object));
    }

    fn put_packed(&mut self, place: u64, object: &Json, packed: Packed) {
        let id = object.text("id");
        self.remember(id);
        if let Some(stored) = self.objects.get_mut(id) {
            stored.object = Slot::asleep(packed);
            return;
        }
        let kind = object.text("object");
        let kind = self.order.get_key_value(kind).map_or_else(|| kind.into(), |(kind, _)| kind.clone());
        self.enter(id.into(), Stored { place, kind, object: Slot::asleep(packed), notes: None });
    }

    fn enter(&mut self, id: Arc<str>, stored: Stored) {
        match self.order.get_mut(&stored.kind) {
            Some(ids) => drop(ids.insert(stored.place, id.clone())),
            None => {
                drop(self.order.insert(stored.kind.clone(), BTreeMap::from([(stored.place, id.clone())])))
            }
        }
        self.objects.insert(id, stored);
    }

    fn leave(&mut self, id: &str) -> Option<Stored> {
        let stored = self.objects.remove(id)?;
        if let Some(ids) = self.order.get_mut(&stored.kind) {
            ids.remove(&stored.place);
        }
        Some(stored)
    }

    /// What is stored under an id, which is going to be looked at.
    fn wake(&self, id: &str) -> Option<&Stored> {
        let (id, stored) = self.objects.get_key_value(id)?;
        if !stored.is_awake() {
            self.awake.borrow_mut().push_back(id.clone());
        }
        Some(stored)
    }

    /// The same, to be changed.
    fn wake_mut(&mut self, id: &str) -> Option<&mut Stored> {
        self.remember(id);
        self.wake(id)?;
        self.objects.get_mut(id)
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
        self.shared(id).map(Arc::as_ref)
    }

    /// As [`Store::get`], to be shared instead of copied.
    pub(crate) fn shared(&self, id: &str) -> Option<&Arc<Json>> {
        self.wake(id).map(|stored| stored.object.look())
    }

    /// A value packed; an object that is kept here as it is now shares what is kept.
    pub(crate) fn pack(&mut self, value: &Json) -> Packed {
        let known = self.objects.get_mut(value.text("id")).map(|stored| stored.object.pack());
        Packed::of(value, known.as_ref())
    }

    /// The object with an id, if it is of this kind.
    pub fn find(&self, kind: &str, id: &str) -> Option<&Json> {
        let stored = self.objects.get(id).filter(|stored| *stored.kind == *kind);
        stored.and_then(|_| self.get(id))
    }

    /// The object with an id, to be changed in place.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Json> {
        self.wake_mut(id)?.object.change()
    }

    /// What the sandbox remembers beside an object and never shows (a full account number, a destination).
    pub fn notes(&self, id: &str) -> &Json {
        let notes = self.objects.get(id).and_then(|stored| stored.notes.as_ref());
        notes.and_then(|_| self.wake(id)?.notes.as_ref()).map_or(&Json::Null, |notes| notes.look())
    }

    /// Sets what is remembered beside an object.
    pub fn set_notes(&mut self, id: &str, notes: &Json) {
        self.remember(id);
        if let Some(stored) = self.objects.get_mut(id) {
            stored.notes = Some(Box::new(Slot::asleep(Packed::of(notes, None))));
        }
    }

    /// What is remembered beside an object, to be changed in place; an empty group if nothing was.
    pub fn notes_mut(&mut self, id: &str) -> Option<&mut Json> {
        let notes = self.wake_mut(id)?.notes.get_or_insert_default().change()?;
        if !notes.is_object() {
            *notes = Json::Object(serde_json::Map::new());
        }
        Some(notes)
    }

    /// Removes an object.
    pub fn remove(&mut self, id: &str) -> Option<Json> {
        self.remember(id);
        let object = self.leave(id)?.object.look().clone();
        Some(Arc::unwrap_or_clone(object))
    }

    /// Removes an object that nobody wants to see again.
    pub(crate) fn forget(&mut self, id: &str) {
        self.remember(id);
        self.leave(id);
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
        let object = &self.objects.get(id)?.object;
        Some(match object.awake.get() {
            Some(object) => Cow::Borrowed(object),
            None => Cow::Owned(object.unpacked()),
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
        trail.push(match self.objects.get_mut(id) {
            // Asleep, so that a change in place does not copy it.
            Some(stored) => {
                let (object, notes) = (stored.object.pack(), stored.notes.as_mut().map(|notes| notes.pack()));
                let before = Stored {
                    object: Slot::asleep(object),
                    notes: notes.map(|notes| Box::new(Slot::asleep(notes))),
                    kind: stored.kind.clone(),
                    place: stored.place,
                };
                (id.into(), Some(before))
            }
            None => (id.into(), None),
        });
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
            store.put(place, &topup(id, "pending"));
        }
        store.put(4, &json!({ "id": "x", "object": "payout" }));
        store.put(5, &topup("a", "failed"));
        store.set_notes("a", &json!({ "number": "000123456789" }));
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
        store.put(1, &topup("a", "pending"));
        store.put(2, &topup("b", "pending"));
        let before: Vec<Json> = store.all().cloned().collect();
        for keep in [false, true] {
            store.begin();
            store.put(3, &topup("c", "pending"));
            store.remove("c");
            store.remove("b");
            store.put(4, &topup("b", "new"));
            store.set_notes("a", &json!({ "n": 1 }));
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
            store.put(place, &topup(&id(number), "pending"));
            store.set_notes(&id(number), &json!({ "number": number }));
        }
        let asleep = |store: &Store, number: usize| !store.objects[&*id(number)].is_awake();
        assert!(asleep(&store, 0) && asleep(&store, AWAKE), "what nobody looked at sleeps");
        (0..AWAKE + 50).for_each(|number| drop(store.get(&id(number))));
        store.rest();
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
