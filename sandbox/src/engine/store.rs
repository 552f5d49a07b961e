use super::compact::packed::Packed;
use super::compact::slab::{Labelled, Slab};
use super::json::{Json, Peek, set};
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::VecDeque;
use std::sync::Arc;

/// The number of objects per account that are kept decoded: those used last. All others are stored in packed form
/// only.
const AWAKE: usize = 1000;

/// The objects of one account in one mode.
#[derive(Debug, Default)]
pub struct Store {
    objects: Slab<Stored>,
    kinds: Vec<Kind>,
    /// The decoded objects, in the order in which they were decoded.
    awake: RefCell<VecDeque<u32>>,
    /// The previous contents of the slots changed since [`Store::begin`].
    trail: Option<Vec<(u32, Option<Stored>)>>,
}

/// All objects with the same `object` member, in the order of creation.
#[derive(Debug)]
struct Kind {
    name: Box<str>,
    numbers: VecDeque<u32>,
}

#[derive(Debug)]
struct Stored {
    id: Arc<str>,
    place: u64,
    kind: u16,
    /// Whether `beside` is the object of an event, shared with others. Otherwise it holds the notes.
    tells: bool,
    /// `None` after a change: the decoded value is the current one.
    packed: Option<Packed>,
    beside: Option<Packed>,
    awake: OnceCell<Arc<Body>>,
}

impl Labelled for Stored {
    type Label = str;

    fn label(&self) -> &str {
        &self.id
    }
}

/// An object with its notes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Body {
    pub(crate) object: Json,
    notes: Json,
}

impl Stored {
    fn unpacked(&self) -> Json {
        let object = self.packed.as_ref().map(Packed::value).unwrap_or_default();
        match self.beside.as_ref().filter(|_| self.tells) {
            Some(told) => telling(object, told.value()),
            None => object,
        }
    }

    fn look(&self) -> &Arc<Body> {
        self.awake.get_or_init(|| {
            let notes = self.beside.as_ref().filter(|_| !self.tells);
            Arc::new(Body { object: self.unpacked(), notes: notes.map(Packed::value).unwrap_or_default() })
        })
    }

    /// The decoded object for a change, which invalidates the packed form.
    fn change(&mut self) -> Option<&mut Body> {
        self.look();
        (self.packed, self.beside, self.tells) = (None, None, false);
        self.awake.get_mut().map(Arc::make_mut)
    }

    /// Packs the object if it was changed.
    fn pack(&mut self) {
        if let Some(body) = self.awake.get().filter(|_| self.packed.is_none()) {
            self.packed = Some(Packed::of(&body.object, None));
            self.beside = (!body.notes.is_null()).then(|| Packed::of(&body.notes, None));
        }
    }

    fn sleep(&mut self) {
        self.pack();
        self.awake.take();
    }

    /// A packed copy, so that a later change in place does not clone the decoded object.
    fn copy(&mut self) -> Self {
        self.pack();
        let Self { id, packed, beside, .. } = &self;
        let (id, packed, beside) = (id.clone(), packed.clone(), beside.clone());
        Self { id, packed, beside, awake: OnceCell::new(), ..*self }
    }
}

/// An event with the object that it is about.
fn telling(mut event: Json, object: Json) -> Json {
    if let Some(data) = event.get_mut("data") {
        set(data, "object", object);
    }
    event
}

impl Store {
    /// Stores an object under its `id`, among those with the same `object` member, at a position later than all
    /// before. An existing object with that id is replaced and keeps its position.
    pub fn put(&mut self, place: u64, object: &Json) {
        match self.change(object.text("id")) {
            Some(body) => body.object = object.clone(),
            None => self.put_new(place, object, None),
        }
    }

    /// Stores an event about an object in its current state. `event` must not contain `data.object`.
    pub(crate) fn put_event(&mut self, place: u64, event: &Json, object: &Json) {
        let told = self.pack(object);
        self.put_new(place, event, Some(told));
    }

    fn put_new(&mut self, place: u64, object: &Json, told: Option<Packed>) {
        let number = self.objects.number();
        self.remember(number);
        let kind = self.kind_of(object.text("object"));
        let id = object.text("id").into();
        let (tells, packed) = (told.is_some(), Some(Packed::of(object, None)));
        self.enter(number, Stored { id, place, kind, tells, packed, beside: told, awake: OnceCell::new() });
    }

    fn kind(&self, name: &str) -> Option<usize> {
        self.kinds.iter().position(|kind| *kind.name == *name)
    }

    fn kind_of(&mut self, name: &str) -> u16 {
        let kind = self.kind(name).unwrap_or_else(|| {
            self.kinds.push(Kind { name: name.into(), numbers: VecDeque::new() });
            self.kinds.len() - 1
        });
        u16::try_from(kind).unwrap_or(u16::MAX)
    }

    fn enter(&mut self, number: u32, stored: Stored) {
        let kind = usize::from(stored.kind);
        let at = self.kinds.get(kind).map_or(0, |kind| self.earlier(&kind.numbers, stored.place));
        if let Some(kind) = self.kinds.get_mut(kind) {
            kind.numbers.insert(at, number);
        }
        self.objects.set(number, stored);
    }

    fn leave(&mut self, number: u32) -> Option<Stored> {
        let stored = self.objects.get(number)?;
        let kind = usize::from(stored.kind);
        let at = self.kinds.get(kind).map_or(0, |kind| self.earlier(&kind.numbers, stored.place));
        if let Some(kind) = self.kinds.get_mut(kind) {
            kind.numbers.remove(at);
        }
        self.objects.take(number)
    }

    /// The object in a slot, decoded.
    fn look(&self, number: u32) -> Option<&Arc<Body>> {
        let stored = self.objects.get(number)?;
        if stored.awake.get().is_none() {
            self.awake.borrow_mut().push_back(number);
        }
        Some(stored.look())
    }

    /// As `look`, mutable.
    fn change(&mut self, id: &str) -> Option<&mut Body> {
        let number = self.objects.find(id)?;
        self.remember(number);
        self.look(number)?;
        self.objects.get_mut(number)?.change()
    }

    /// Packs the objects that were decoded first, until at most [`AWAKE`] are decoded.
    pub(crate) fn rest(&mut self) {
        let awake = self.awake.get_mut();
        while awake.len() > AWAKE {
            if let Some(stored) = awake.pop_front().and_then(|number| self.objects.get_mut(number)) {
                stored.sleep();
            }
        }
    }

    /// Packs a value. If it equals a stored object, the bytes are shared.
    pub(crate) fn pack(&mut self, value: &Json) -> Packed {
        let stored = self.objects.find(value.text("id")).and_then(|number| self.objects.get_mut(number));
        let known = stored.filter(|stored| !stored.tells).and_then(|stored| {
            stored.pack();
            stored.packed.as_ref()
        });
        Packed::of(value, known)
    }

    /// The object with this id, of any kind.
    pub fn get(&self, id: &str) -> Option<&Json> {
        self.shared(id).map(|body| &body.object)
    }

    /// As [`Store::get`], shared instead of cloned.
    pub(crate) fn shared(&self, id: &str) -> Option<&Arc<Body>> {
        self.look(self.objects.find(id)?)
    }

    /// The object with this id, if it has this kind.
    pub fn find(&self, kind: &str, id: &str) -> Option<&Json> {
        let number = self.objects.find(id)?;
        let stored = self.objects.get(number)?;
        let found = self.kinds.get(usize::from(stored.kind)).filter(|found| *found.name == *kind);
        found.and_then(|_| self.look(number)).map(|body| &body.object)
    }

    /// The object with this id, mutable.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Json> {
        self.change(id).map(|body| &mut body.object)
    }

    /// Internal data about an object that replies never show (a full account number, a destination).
    pub fn notes(&self, id: &str) -> &Json {
        self.shared(id).map_or(&Json::Null, |body| &body.notes)
    }

    /// Sets the internal data about an object.
    pub fn set_notes(&mut self, id: &str, notes: &Json) {
        let Some(number) = self.objects.find(id) else { return };
        self.remember(number);
        let Some(stored) = self.objects.get_mut(number) else { return };
        if stored.tells || stored.awake.get().is_some() {
            if let Some(body) = stored.change() {
                body.notes = notes.clone();
            }
        } else {
            // The object stays packed.
            stored.beside = Some(Packed::of(notes, None));
        }
    }

    /// The internal data about an object, mutable; an empty object if there was none.
    pub fn notes_mut(&mut self, id: &str) -> Option<&mut Json> {
        let notes = &mut self.change(id)?.notes;
        if !notes.is_object() {
            *notes = Json::Object(serde_json::Map::new());
        }
        Some(notes)
    }

    /// Removes and returns an object.
    pub fn remove(&mut self, id: &str) -> Option<Json> {
        let mut removed = self.take(id)?;
        removed.look();
        removed.awake.take().map(|body| Arc::unwrap_or_clone(body).object)
    }

    /// Removes an object without returning it.
    pub(crate) fn forget(&mut self, id: &str) {
        self.take(id);
    }

    fn take(&mut self, id: &str) -> Option<Stored> {
        let number = self.objects.find(id)?;
        self.remember(number);
        self.leave(number)
    }

    fn numbers(&self, kind: &str) -> Option<&VecDeque<u32>> {
        self.kinds.get(self.kind(kind)?).map(|kind| &kind.numbers)
    }

    /// The number of objects before this position.
    fn earlier(&self, numbers: &VecDeque<u32>, place: u64) -> usize {
        numbers.partition_point(|number| self.objects.get(*number).is_some_and(|stored| stored.place < place))
    }

    /// The objects of a kind, newest first.
    pub fn of_kind(&self, kind: &str) -> impl DoubleEndedIterator<Item = &Json> {
        let numbers = self.numbers(kind).into_iter().flatten().rev();
        numbers.filter_map(|number| self.look(*number).map(|body| &body.object))
    }

    /// The objects of a kind before this position, newest first. They stay packed.
    pub fn before(&self, kind: &str, place: u64) -> impl Iterator<Item = Cow<'_, Json>> {
        let numbers = self.numbers(kind).into_iter();
        let before = numbers.flat_map(move |numbers| numbers.range(..self.earlier(numbers, place)).rev());
        before.filter_map(|number| self.glance(*number))
    }

    /// The objects of a kind after this position, oldest first. They stay packed.
    pub fn after(&self, kind: &str, place: u64) -> impl Iterator<Item = Cow<'_, Json>> {
        let numbers = self.numbers(kind).into_iter();
        let upto = place.saturating_add(1);
        let after = numbers.flat_map(move |numbers| numbers.range(self.earlier(numbers, upto)..));
        after.filter_map(|number| self.glance(*number))
    }

    fn glance(&self, number: u32) -> Option<Cow<'_, Json>> {
        let stored = self.objects.get(number)?;
        Some(match stored.awake.get() {
            Some(body) => Cow::Borrowed(&body.object),
            None => Cow::Owned(stored.unpacked()),
        })
    }

    /// The id of a stored object, shared instead of cloned.
    pub(crate) fn id(&self, id: &str) -> Option<&Arc<str>> {
        self.objects.get(self.objects.find(id)?).map(|stored| &stored.id)
    }

    /// The number of objects of a kind.
    pub fn count(&self, kind: &str) -> usize {
        self.numbers(kind).map_or(0, VecDeque::len)
    }

    /// The position of an object: higher numbers are later, across all accounts.
    pub fn place(&self, id: &str) -> Option<u64> {
        self.objects.get(self.objects.find(id)?).map(|stored| stored.place)
    }

    /// All objects, ordered by kind and then by time.
    #[cfg(test)]
    pub fn all(&self) -> impl Iterator<Item = &Json> {
        let mut kinds: Vec<&Kind> = self.kinds.iter().collect();
        kinds.sort_unstable_by_key(|kind| &kind.name);
        let numbers = kinds.into_iter().flat_map(|kind| &kind.numbers);
        numbers.filter_map(|number| self.look(*number).map(|body| &body.object))
    }

    // Rollback.

    /// Starts a transaction: from here on changes can be rolled back.
    pub(crate) fn begin(&mut self) {
        self.trail.get_or_insert_with(Vec::new);
    }

    /// Ends the transaction started by [`Store::begin`]: keeps its changes, or reverts them.
    pub(crate) fn end(&mut self, keep: bool) {
        let Some(trail) = self.trail.take().filter(|_| !keep) else { return };
        // Remove all before restoring the first: a slot may have been reused.
        trail.iter().for_each(|(number, _)| drop(self.leave(*number)));
        for (number, before) in trail {
            if let Some(stored) = before {
                self.objects.claim(number);
                self.enter(number, stored);
            }
        }
    }

    fn remember(&mut self, number: u32) {
        let Some(trail) = &mut self.trail else { return };
        if trail.iter().all(|(known, _)| *known != number) {
            trail.push((number, self.objects.get_mut(number).map(Stored::copy)));
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
    fn newest_objects_come_first_and_changes_keep_the_position() {
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
    fn changes_can_be_rolled_back() {
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
                crate::engine::set(a, "status", "failed");
            }
            store.end(keep);
            let now: Vec<Json> = store.all().cloned().collect();
            assert_eq!((now == before, store.notes("a").is_null()), (!keep, !keep));
        }
    }

    #[test]
    fn packed_objects_can_be_read_changed_and_rolled_back() {
        let mut store = Store::default();
        let id = |number: usize| format!("tu_{number}");
        for (place, number) in (1..).zip(0..AWAKE + 50) {
            store.put(place, &topup(&id(number), "pending"));
            store.set_notes(&id(number), &json!({ "number": number }));
        }
        let asleep = |store: &Store, number: usize| {
            store
                .objects
                .find(&id(number))
                .and_then(|number| store.objects.get(number))
                .is_none_or(|stored| stored.awake.get().is_none())
        };
        assert!(asleep(&store, 0) && asleep(&store, AWAKE), "objects that were not read are packed");
        (0..AWAKE + 50).for_each(|number| assert!(store.get(&id(number)).is_some()));
        store.rest();
        assert!(asleep(&store, 0) && asleep(&store, 49) && !asleep(&store, 50));
        let all: Vec<Json> = store.after("topup", 0).map(Cow::into_owned).collect();
        assert!(asleep(&store, 0) && all.len() == AWAKE + 50);
        for keep in [false, true] {
            store.begin();
            crate::engine::set(store.get_mut("tu_7").unwrap(), "status", "failed");
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
        assert!(!asleep(&store, 0) && asleep(&store, 50), "the object read last stays decoded");
    }
}
