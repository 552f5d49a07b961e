//! Metadata: your own data on Stripe objects.

use crate::wire::{Container, DecodeField, EncodeField, FieldRef, Map, MapMut, Slot, WireType};

/// Metadata of a Stripe object: up to 50 keys of up to 40 characters, with values of up to 500 characters. Ordered by
/// key.
///
/// In an update, omitted keys keep their value, and an empty value removes the key.
///
/// ```
/// use stripe_platform::Metadata;
///
/// let metadata = Metadata::from([("team", "growth"), ("budget", "7")]);
/// assert_eq!(metadata.get("team"), Some("growth"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Metadata(
    // Sorted by key. A tree would need more memory than the contents.
    Vec<(String, String)>,
);

impl Metadata {
    /// Creates empty metadata.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the value of a key.
    pub fn get(&self, name: &str) -> Option<&str> {
        let index = self.find(name).ok()?;
        self.0.get(index).map(|(_, value)| value.as_str())
    }

    /// Sets a value and returns the previous one.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<String>) -> Option<String> {
        let name = name.into();
        match self.find(&name) {
            Ok(index) => self.0.get_mut(index).map(|(_, old)| std::mem::replace(old, value.into())),
            Err(index) => {
                self.0.insert(index, (name, value.into()));
                None
            }
        }
    }

    /// The position of a key, or where to insert it.
    fn find(&self, name: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(other, _)| other.as_str().cmp(name))
    }

    /// The number of keys.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Iterates over keys and values, ordered by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Validates a map key in a request. Stripe rejects or misinterprets invalid ones.
pub(crate) fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("must not be empty");
    }
    if name.contains(['[', ']']) {
        return Err("must not contain square brackets");
    }
    Ok(())
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut metadata = Self::new();
        for (name, value) in pairs {
            metadata.insert(name, value);
        }
        metadata
    }
}

impl<K: Into<String>, V: Into<String>, const N: usize> From<[(K, V); N]> for Metadata {
    fn from(pairs: [(K, V); N]) -> Self {
        pairs.into_iter().collect()
    }
}

impl From<&Metadata> for Metadata {
    fn from(metadata: &Metadata) -> Self {
        metadata.clone()
    }
}

impl EncodeField for Metadata {
    fn view(&self) -> FieldRef<'_> {
        FieldRef::Map(self)
    }
}

impl DecodeField for Metadata {
    fn open(&mut self, opening: Container) -> Option<Slot<'_>> {
        (opening == Container::Object).then_some(Slot::Map(self))
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl WireType for Metadata {
    const EXPECTED: &'static str = "an object";
    const TAKES_SCALARS: bool = false;

    fn empty() -> Self {
        Self::new()
    }
}

impl Map for Metadata {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn entries<'a>(&'a self) -> Box<dyn Iterator<Item = (&'a str, &'a dyn EncodeField)> + 'a> {
        Box::new(self.0.iter().map(|(name, value)| (name.as_str(), value as &dyn EncodeField)))
    }
}

impl MapMut for Metadata {
    fn clear(&mut self) {
        self.0.clear();
    }

    fn at(&mut self, name: &str) -> &mut dyn DecodeField {
        let index = match self.find(name) {
            Ok(index) => index,
            Err(index) => {
                self.0.insert(index, (name.to_owned(), String::new()));
                index
            }
        };
        &mut self.0[index].1
    }
}

crate::wire::macros::serde!(Metadata);
