//! Encoding and decoding of values.
//!
//! Every generated type is described by one [`FieldTable`] (names and flags) and two methods that hand over its fields
//! in the same order. The rest is written once, over trait objects: [`decode`] fills a value from JSON, [`json`] and [`form`]
//! encode it, [`debug`] prints it without secrets, [`same`] compares it. So a new type adds a struct, a table and two
//! arrays to the compile time, and no monomorphized parser.

pub(crate) mod debug;
pub(crate) mod decode;
pub(crate) mod form;
pub(crate) mod json;
pub(crate) mod json_value;
pub(crate) mod macros;
pub(crate) mod path;
pub(crate) mod same;
pub(crate) mod text;
pub(crate) mod unknown;
pub(crate) mod values;

use crate::Json;
use crate::wire::unknown::UnknownFields;
use std::any::Any;
use std::fmt;

pub(crate) use crate::wire::path::Path;

/// The field is always present, according to the document.
pub(crate) const REQUIRED: u8 = 1;
/// The document allows `null`, and an absent value is encoded as `null`.
pub(crate) const NULLABLE: u8 = 2;
/// `null` is decoded as absent, although the document does not allow it.
pub(crate) const NULL_OK: u8 = 4;
/// Masked in `Debug` output and logs.
pub(crate) const PRIVATE: u8 = 8;
/// Sent in the path instead of the query or the body.
pub(crate) const IN_PATH: u8 = 16;
/// A decimal that is sent as a JSON number instead of a string.
pub(crate) const NUMERIC: u8 = 32;

/// One field of a [`FieldTable`].
#[derive(Debug)]
pub struct Field {
    pub(crate) name: &'static str,
    pub(crate) flags: u8,
}

impl Field {
    pub(crate) const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// The fields of a record, sorted by name, with the required ones as a bit mask.
#[derive(Debug)]
pub struct FieldTable {
    pub(crate) name: &'static str,
    /// The constant `object` member, empty if there is none. It is checked and encoded, but not stored in the struct.
    pub(crate) object: &'static str,
    pub(crate) fields: &'static [Field],
    pub(crate) required: u128,
}

impl FieldTable {
    pub(crate) const fn new(name: &'static str, object: &'static str, fields: &'static [Field]) -> Self {
        assert!(fields.len() <= 128, "a record has at most 128 fields");
        let mut required = 0;
        let mut i = 0;
        while i < fields.len() {
            if fields[i].has(REQUIRED) {
                required |= 1 << i;
            }
            i += 1;
        }
        Self { name, object, fields, required }
    }

    /// Returns the index of a field. `hint` is its expected position: replies are mostly in table order.
    pub(crate) fn index(&self, name: &str, hint: usize) -> Option<usize> {
        // A missing field is usually omitted, so the next names are likely; names of another length are skipped
        // quickly.
        let next = self.fields.get(hint..).unwrap_or_default();
        match next.iter().take(8).position(|field| field.name == name) {
            Some(ahead) => Some(hint + ahead),
            None => self.fields.binary_search_by(|field| field.name.cmp(name)).ok(),
        }
    }
}

/// A view of a value for encoding.
pub enum FieldRef<'a> {
    /// Not set: omitted from queries, bodies and JSON.
    Absent,
    /// Cleared: an empty form value, a JSON `null`.
    Clear,
    Bool(bool),
    Int(i64),
    /// Decimal digits, encoded verbatim.
    Decimal(&'a str),
    /// A string of restricted content: an id, a keyword, a currency.
    Str(&'a str),
    /// A string of any content.
    Text(&'a str),
    Record(&'a dyn Record),
    List(&'a dyn List),
    Map(&'a dyn Map),
    Json(&'a Json),
    File(&'a dyn File),
    Secret(&'a dyn EncodeField),
}

/// A JSON scalar to be stored in a value.
#[derive(Clone, Copy)]
pub enum Scalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// Any other number, as text.
    Number(&'a str),
    Str(&'a str),
}

/// The destination for the content of an object or an array.
pub enum Slot<'a> {
    Record(&'a mut dyn RecordMut),
    Map(&'a mut dyn MapMut),
    List(&'a mut dyn ListMut),
    /// Accepts the whole JSON value.
    DecodeFromJson(&'a mut dyn DecodeFromJson),
    /// Has the type named by the `object` member.
    Tagged(&'a mut dyn Tagged),
}

/// The kind of container.
#[derive(Clone, Copy, PartialEq)]
pub enum Container {
    Object,
    Array,
}

/// The scalar, object or array does not match the type.
pub struct TypeMismatch;

/// The operations of a box without knowledge of its content.
pub trait Held: EncodeField + Any + Send + Sync {}

impl<T: EncodeField + Any + Send + Sync> Held for T {}

/// A file parameter; sent only in multipart bodies.
pub trait File: Any + fmt::Debug {
    fn is_same(&self, other: &dyn File) -> bool;
}

/// A value that can be encoded as JSON, forms and debug output.
///
/// Encoding and decoding are separate traits: a program that only sends a request compiles no decoder for it.
pub trait EncodeField {
    fn view(&self) -> FieldRef<'_>;
}

/// A value that can be decoded from JSON.
pub trait DecodeField: EncodeField {
    /// Stores a scalar.
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), TypeMismatch> {
        let _ = scalar;
        Err(TypeMismatch)
    }

    /// Prepares for an object or an array.
    fn open(&mut self, opening: Container) -> Option<Slot<'_>> {
        let _ = opening;
        None
    }

    /// The expected type, for error messages: "an integer".
    fn expected(&self) -> &'static str;

    /// Whether it must keep every digit of a number.
    fn is_exact(&self) -> bool {
        false
    }
}

/// What a currency expects, which is how the decoder recognizes one.
pub(crate) const CURRENCY: &str = "a currency code";

/// A value that can be made before its content is known. The decoder fills it or fails as a whole, so an empty value
/// never reaches a user.
pub trait WireType: DecodeField + Sized + Send + Sync + 'static {
    /// The result of [`DecodeField::expected`].
    const EXPECTED: &'static str;
    /// Whether the type accepts scalars. If not, no code is generated for them.
    const TAKES_SCALARS: bool = true;
    /// Whether the type accepts an object or an array.
    const OPENS: bool = true;
    /// The result of [`DecodeField::is_exact`].
    const EXACT: bool = false;

    fn empty() -> Self;

    /// Converts a scalar.
    fn of(scalar: Scalar<'_>) -> Result<Self, TypeMismatch> {
        let mut value = Self::empty();
        value.put(scalar)?;
        Ok(value)
    }

    /// Boxes the value for a [`Nested`](crate::Nested). A method of the type, so that it is compiled together with
    /// the type's other code, and its drop code is compiled once, unlike with `Box::new`.
    #[inline(never)]
    fn into_box(self) -> Box<dyn Held> {
        let object: Box<Self> = Box::write(Box::new_uninit(), self);
        object
    }

    /// Boxes an empty value for a [`Nested`](crate::Nested).
    #[inline(never)]
    fn empty_box() -> Box<dyn Held> {
        Self::empty().into_box()
    }
}

/// Receives the fields of a record, in the order of its table, and the members that the table does not have (`None` if
/// they are not kept).
pub type See<'s, 'a> = &'s mut dyn FnMut(&[&'a dyn EncodeField], Option<&'a UnknownFields>);

/// As [`See`], for decoding.
pub type Fill<'s> = &'s mut dyn FnMut(&mut [&mut dyn DecodeField], Option<&mut UnknownFields>);

/// A struct with a [`FieldTable`].
///
/// It gives all of its fields at once: access by index would need a number for each field, and the macro that writes
/// the implementation can only count with a constant per field, which costs more to compile than the rest of it.
pub trait Record {
    fn table(&self) -> &'static FieldTable;

    /// Calls `see` once.
    fn visit<'a>(&'a self, see: See<'_, 'a>);

    /// Shows the names of parameters that a request sends in addition to its fields, without values.
    fn show_added(&self, out: &mut fmt::DebugStruct<'_, '_>) {
        let _ = out;
    }
}

impl<'r> dyn Record + 'r {
    /// Calls `see` for each field.
    pub(crate) fn each<'a>(&'a self, mut see: impl FnMut(&'static Field, &'a dyn EncodeField)) {
        let table = self.table();
        self.visit(&mut |fields, _| {
            for (field, value) in table.fields.iter().zip(fields) {
                see(field, *value);
            }
        });
    }

    /// A field by its name on the wire.
    pub(crate) fn get(&self, name: &str) -> Option<&dyn EncodeField> {
        let index = self.table().index(name, 0)?;
        let mut found = None;
        self.visit(&mut |fields, _| found = fields.get(index).copied());
        found
    }

    /// Members that the table does not have; `None` if they are not kept.
    pub(crate) fn extra(&self) -> Option<&UnknownFields> {
        let mut found = None;
        self.visit(&mut |_, extra| found = extra);
        found
    }
}

/// A struct that can be decoded.
pub trait RecordMut: Record {
    /// Calls `fill` once.
    fn visit_mut(&mut self, fill: Fill<'_>);

    /// The result of [`WireType::empty`].
    fn blank() -> Self
    where
        Self: Sized;

    /// The result of [`DecodeField::expected`].
    fn expected(&self) -> &'static str {
        "an object"
    }
}

impl<T: Record> EncodeField for T {
    fn view(&self) -> FieldRef<'_> {
        FieldRef::Record(self)
    }
}

impl<T: RecordMut> DecodeField for T {
    fn open(&mut self, opening: Container) -> Option<Slot<'_>> {
        (opening == Container::Object).then_some(Slot::Record(self))
    }

    fn expected(&self) -> &'static str {
        RecordMut::expected(self)
    }
}

impl<T: RecordMut + Send + Sync + 'static> WireType for T {
    const EXPECTED: &'static str = "an object";
    const TAKES_SCALARS: bool = false;

    fn empty() -> Self {
        Self::blank()
    }
}

impl<'r> dyn RecordMut + 'r {
    /// Calls `change` with a field, found by its name on the wire, and returns the result.
    // Used by the replay harness only.
    #[allow(dead_code)]
    pub(crate) fn at<R>(
        &mut self,
        name: &str,
        change: impl FnOnce(&'static Field, &mut dyn DecodeField) -> R,
    ) -> Option<R> {
        let table = self.table();
        let index = table.index(name, 0)?;
        let (mut change, mut result) = (Some(change), None);
        self.visit_mut(&mut |fields, _| {
            if let (Some(field), Some(value), Some(change)) =
                (table.fields.get(index), fields.get_mut(index), change.take())
            {
                result = Some(change(field, *value));
            }
        });
        result
    }
}

/// An array.
pub trait List {
    fn len(&self) -> usize;
    fn item(&self, index: usize) -> Option<&dyn EncodeField>;
}

/// An array that can be decoded.
pub trait ListMut: List {
    fn clear(&mut self);
    /// Appends an empty item and returns it.
    fn grow(&mut self) -> &mut dyn DecodeField;
}

/// An object whose keys are data.
pub trait Map {
    fn len(&self) -> usize;
    fn entries<'a>(&'a self) -> Box<dyn Iterator<Item = (&'a str, &'a dyn EncodeField)> + 'a>;
}

/// A map that can be decoded.
pub trait MapMut {
    fn clear(&mut self);
    /// Returns the value of a key, which is created empty if it is new.
    fn at(&mut self, name: &str) -> &mut dyn DecodeField;
}

/// A value whose type is known only after the whole JSON was read.
pub trait DecodeFromJson {
    fn take(&mut self, json: Json, path: &Path<'_>) -> Result<(), String>;
}

/// A union. If the `object` member comes first, the variant is decoded in place; otherwise the union is a
/// [`DecodeFromJson`].
pub trait Tagged: DecodeFromJson {
    /// Becomes an empty object of this type, live or deleted; `None` if there is no such variant.
    fn arm(&mut self, kind: &str, deleted: bool) -> Option<&mut dyn DecodeField>;
}

/// The value, unless it is an empty list or map.
#[inline]
pub(crate) fn filled<T: EncodeField>(value: T) -> Option<T> {
    let empty = match value.view() {
        FieldRef::List(list) => list.len() == 0,
        FieldRef::Map(map) => map.len() == 0,
        _ => false,
    };
    (!empty).then_some(value)
}

/// Reads any JSON, with all digits of its numbers.
pub(crate) fn parse_json(text: &str) -> Result<Json, &'static str> {
    text::json(text).ok_or("expected JSON with less nesting")
}

/// Whether a text is a JSON number.
pub(crate) fn is_number(text: &str) -> bool {
    text::is_number(text)
}

/// Drops a value. As a function of the C calling convention it cannot unwind (a panic would abort). Without it, each
/// type with such a field would have its drop code twice: the second copy continues after a panic of the first one.
#[inline(never)]
#[allow(improper_ctypes_definitions)]
pub(crate) extern "C" fn release<T>(value: T) {
    drop(value);
}

/// Finds a text in a sorted slice.
pub(crate) fn find(text: &str, sorted: &[&str]) -> Option<usize> {
    sorted.binary_search(&text).ok()
}

/// The discriminator of a union: the `object` member, and whether the object is deleted.
pub(crate) fn kind_of(json: &Json) -> (&str, bool) {
    let object = json.get("object").and_then(Json::as_str).unwrap_or_default();
    (object, json.get("deleted").and_then(Json::as_bool).unwrap_or_default())
}

/// The `id` member of an object, or the value itself if it is a string.
pub(crate) fn id_of(value: &dyn EncodeField) -> &str {
    match value.view() {
        FieldRef::Str(id) | FieldRef::Text(id) => id,
        FieldRef::Json(json) => json.get("id").and_then(Json::as_str).unwrap_or_default(),
        FieldRef::Record(record) => match record.get("id").map(EncodeField::view) {
            Some(FieldRef::Str(id) | FieldRef::Text(id)) => id,
            _ => "",
        },
        _ => "",
    }
}
