//! Shapes of objects: lists of member names in order. Encoded JSON refers to them by number.

use super::words::is_word;
use crate::engine::json::Json;
use hashbrown::{DefaultHashBuilder, HashTable};
use serde_json::Map;
use std::hash::{BuildHasher, Hash, Hasher};

/// The shapes seen so far, at most [`MOST`], so that requests cannot exhaust the memory.
#[derive(Debug, Default)]
pub(crate) struct ShapeTable {
    numbers: HashTable<usize>,
    names: Vec<Box<[Box<str>]>>,
    hasher: DefaultHashBuilder,
}

const MOST: usize = 4096;
/// Objects with more members are too rare to share a shape.
const LONGEST: usize = 100;

impl ShapeTable {
    /// The number of the shape of an object, if all its member names are valid API names.
    pub(crate) fn number(&mut self, members: &Map<String, Json>) -> Option<usize> {
        let hasher = &self.hasher;
        let hash = hash(hasher, members.keys().map(String::as_str));
        let names = &self.names;
        let is = |shape: &usize| {
            names.get(*shape).is_some_and(|names| names.iter().map(|name| &**name).eq(members.keys()))
        };
        if let Some(number) = self.numbers.find(hash, is) {
            return Some(*number);
        }
        let number = names.len();
        let is_known = number < MOST && members.len() <= LONGEST && members.keys().all(|name| is_word(name));
        is_known.then(|| {
            self.names.push(members.keys().map(|name| name.as_str().into()).collect());
            let (names, hasher) = (&self.names, &self.hasher);
            self.numbers.insert_unique(hash, number, |shape| {
                names.get(*shape).map_or(0, |names| {
                    crate::engine::compact::shapes::hash(hasher, names.iter().map(|name| &**name))
                })
            });
            number
        })
    }

    /// The member names of a shape.
    pub(crate) fn names(&self, number: usize) -> Option<&[Box<str>]> {
        self.names.get(number).map(AsRef::as_ref)
    }
}

fn hash<'n>(hasher: &DefaultHashBuilder, names: impl Iterator<Item = &'n str>) -> u64 {
    let mut hasher = hasher.build_hasher();
    names.for_each(|name| name.hash(&mut hasher));
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn number(shapes: &mut ShapeTable, object: Json) -> Option<usize> {
        shapes.number(object.as_object().unwrap())
    }

    #[test]
    fn objects_with_equal_names_share_a_shape() {
        let mut shapes = ShapeTable::default();
        let first = number(&mut shapes, json!({ "id": "tu_1", "amount": 1 }));
        assert_eq!(first, number(&mut shapes, json!({ "id": null, "amount": 2 })));
        assert_ne!(first, number(&mut shapes, json!({ "id": "tu_1" })));
        assert_ne!(first, number(&mut shapes, json!({ "ida": 1, "mount": 1 })));
        let names = first.and_then(|first| shapes.names(first)).unwrap();
        assert_eq!(names.iter().map(|name| &**name).collect::<Vec<_>>().len(), 2);
        assert_eq!(number(&mut shapes, json!({ "Key 1": 1 })), None);
        assert_eq!(shapes.names(17), None);
    }

    #[test]
    fn number_of_shapes_is_limited() {
        let mut shapes = ShapeTable::default();
        for value in 0..MOST * 2 {
            let name: String =
                value.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect();
            let number = number(&mut shapes, json!({ name: 1 }));
            assert_eq!(number.is_some(), value < MOST);
        }
    }
}
