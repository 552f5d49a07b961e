//! How a value meets the wire.
//!
//! Every generated type is described by one [`FieldTable`] (names and flags) and two accessors that hand out its fields
//! by index. Everything else is written once, over trait objects: [`decode`] fills a value from JSON, [`json`] and
//! [`form`] write it, [`debug`] prints it without secrets. So a new type costs
//! the compiler a struct, a table and two matches, and no monomorphized parser.

pub(crate) mod debug;
pub(crate) mod decode;
pub(crate) mod form;
pub(crate) mod json;
pub(crate) mod json_value;
pub(crate) mod macros;
pub(crate) mod path;
pub(crate) mod text;
pub(crate) mod unknown;
pub(crate) mod values;

use crate::Json;
use crate::wire::unknown::UnknownFields;
use std::any::Any;
use std::fmt;

pub(crate) use crate::wire::path::Path;

/// The document says that the field is always there.
pub(crate) const REQUIRED: u8 = 1;
/// The document allows `null`, and an absent value is written back as `null`.
pub(crate) const NULLABLE: u8 = 2;
/// `null` is read as absent although the document does not mention it.
pub(crate) const NULL_OK: u8 = 4;
/// Redacted in `Debug` output and logs.
pub(crate) const PRIVATE: u8 = 8;
/// Fills a placeholder of the path instead of going into the query or the body.
pub(crate) const IN_PATH: u8 = 16;
/// A decimal that travels as a JSON number instead of a string.
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
    /// The constant `object` member, empty if there is none. It is checked and written, and takes no room in a struct.
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

    /// The index of a field. `hint` is where the caller expects it: replies mostly come in table order.
    pub(crate) fn index(&self, name: &str, hint: usize) -> Option<usize> {
        // What is not there is left out mostly, so the next names are likely; strings of another length cost nothing.
        let next = self.fields.get(hint..).unwrap_or_default();
        match next.iter().take(8).position(|field| field.name == name) {
            Some(ahead) => Some(hint + ahead),
            None => self.fields.binary_search_by(|field| field.name.cmp(name)).ok(),
        }
    }
}

/// What a value looks like from outside.
pub enum FieldRef<'a> {
    /// Not set: left out of queries, bodies and JSON.
    Absent,
    /// Set to nothing: an empty form value, a JSON `null`.
    Clear,
    Bool(bool),
    Int(i64),
    /// Decimal digits, written as they are.
    Decimal(&'a str),
    /// A text of some kind: an id, a keyword, a currency.
    Str(&'a str),
    /// A text that may say anything.
    Text(&'a str),
    Record(&'a dyn Record),
    List(&'a dyn List),
    Map(&'a dyn Map),
    Json(&'a Json),
    File(&'a dyn File),
    Secret(&'a dyn EncodeField),
}

/// A JSON scalar on its way into a value.
#[derive(Clone, Copy)]
pub enum Scalar<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// Any other number, as it is written.
    Number(&'a str),
    Str(&'a str),
}

/// The inside of a value that was opened for an object or an array.
pub enum Slot<'a> {
    Record(&'a mut dyn RecordMut),
    Map(&'a mut dyn MapMut),
    List(&'a mut dyn ListMut),
    /// Takes the whole JSON value.
    DecodeFromJson(&'a mut dyn DecodeFromJson),
    /// Is of the type that the `object` member tells.
    Tagged(&'a mut dyn Tagged),
}

/// What opens a composite value.
#[derive(Clone, Copy, PartialEq)]
pub enum Container {
    Object,
    Array,
}

/// The scalar, object or array does not fit the value.
pub struct TypeMismatch;

/// What a box must do without knowing what is inside.
pub trait Held: EncodeField + Any + Send + Sync {}

impl<T: EncodeField + Any + Send + Sync> Held for T {}

/// A file among the parameters of a request: only multipart bodies carry one.
pub trait File: Any + fmt::Debug {}

/// Anything that can be written to JSON, forms and debug output.
///
/// Writing and reading are traits apart: a program that sends a request compiles nothing that could read one.
pub trait EncodeField {
    fn view(&self) -> FieldRef<'_>;
}

/// Anything that can be read from JSON.
pub trait DecodeField: EncodeField {
    /// Takes a scalar.
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), TypeMismatch> {
        let _ = scalar;
        Err(TypeMismatch)
    }

    /// Makes room for an object or an array.
    fn open(&mut self, opening: Container) -> Option<Slot<'_>> {
        let _ = opening;
        None
    }

    /// What the value holds, for error messages: "an integer".
    fn expected(&self) -> &'static str;

    /// Whether it must have every digit of a number.
    fn is_exact(&self) -> bool {
        false
    }
}

/// What a currency code is called in errors. An amount without one has no meaning, so it cannot be left out of a reply.
pub(crate) const CURRENCY: &str = "a currency code";

/// A value that can be made before its content is known. The decoder fills it or fails as a whole, so an empty value
/// never reaches a user.
pub trait WireType: DecodeField + Sized + Send + Sync + 'static {
    /// What [`DecodeField::expected`] says.
    const EXPECTED: &'static str;
    /// Whether a scalar can fit. Where it cannot, the code for it is not generated at all.
    const TAKES_SCALARS: bool = true;
    /// Whether an object or an array can fit.
    const OPENS: bool = true;
    /// What [`DecodeField::is_exact`] says.
    const EXACT: bool = false;

    fn empty() -> Self;

    /// The value of a scalar.
    fn of(scalar: Scalar<'_>) -> Result<Self, TypeMismatch> {
        let mut value = Self::empty();
        value.put(scalar)?;
        Ok(value)
    }

    /// The value in a box for a [`Nested`](crate::Nested). A method of the value: so it is compiled beside what else is known of
    /// its type, and how to drop it is compiled once. (`Box::new` would be one more place.)
    #[inline(never)]
    fn into_box(self) -> Box<dyn Held> {
        let object: Box<Self> = Box::write(Box::new_uninit(), self);
        object
    }

    /// An empty value in a box for a [`Nested`](crate::Nested).
    #[inline(never)]
    fn empty_box() -> Box<dyn Held> {
        Self::empty().into_box()
    }
}

/// A struct with a [`FieldTable`].
pub trait Record {
    fn table(&self) -> &'static FieldTable;
    fn field(&self, index: usize) -> Option<&dyn EncodeField>;

    /// Members that the table does not know; `None` where they are not kept.
    fn extra(&self) -> Option<&UnknownFields> {
        None
    }

    /// Shows what a request sends beside its fields: the names, without values.
    fn show_added(&self, out: &mut fmt::DebugStruct<'_, '_>) {
        let _ = out;
    }
}

/// A struct that can be read.
pub trait RecordMut: Record {
    fn field_mut(&mut self, index: usize) -> Option<&mut dyn DecodeField>;

    fn extra_mut(&mut self) -> Option<&mut UnknownFields> {
        None
    }
}

/// An array.
pub trait List {
    fn len(&self) -> usize;
    fn item(&self, index: usize) -> Option<&dyn EncodeField>;
}

/// An array that can be read.
pub trait ListMut: List {
    fn clear(&mut self);
    /// Appends an empty item and hands it out.
    fn grow(&mut self) -> &mut dyn DecodeField;
}

/// An object whose member names are data.
pub trait Map {
    fn len(&self) -> usize;
    fn entries<'a>(&'a self) -> Box<dyn Iterator<Item = (&'a str, &'a dyn EncodeField)> + 'a>;
}

/// Such an object that can be read.
pub trait MapMut {
    fn clear(&mut self);
    /// The value under a name, made empty if it is new.
    fn at(&mut self, name: &str) -> &mut dyn DecodeField;
}

/// A value that decides what it is only once it has seen all of the JSON.
pub trait DecodeFromJson {
    fn take(&mut self, json: Json, path: &Path<'_>) -> Result<(), String>;
}

/// A value that is one of several objects. Who sees an object's `object` member before the rest fills an arm; to all others
/// it is a [`DecodeFromJson`].
pub trait Tagged: DecodeFromJson {
    /// Becomes an empty object of this kind, of a deleted one or not; `None` if there is no such arm.
    fn arm(&mut self, kind: &str, deleted: bool) -> Option<&mut dyn DecodeField>;
}

/// A list or map, unless it is empty.
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
    text::json(text).ok_or("expected JSON that is not nested too deep")
}

/// Whether a text is a number as JSON writes them.
pub(crate) fn is_number(text: &str) -> bool {
    text::is_number(text)
}

/// Finds a text among sorted ones.
pub(crate) fn find(text: &str, sorted: &[&str]) -> Option<usize> {
    sorted.binary_search(&text).ok()
}

/// What a union is told by: the `object` member, and whether the object is the remains of a deleted one.
pub(crate) fn kind_of(json: &Json) -> (&str, bool) {
    let object = json.get("object").and_then(Json::as_str).unwrap_or_default();
    (object, json.get("deleted").and_then(Json::as_bool).unwrap_or_default())
}

/// The `id` member of whatever object a value is, or the value itself if it is a text.
pub(crate) fn id_of(value: &dyn EncodeField) -> &str {
    match value.view() {
        FieldRef::Str(id) | FieldRef::Text(id) => id,
        FieldRef::Json(json) => json.get("id").and_then(Json::as_str).unwrap_or_default(),
        FieldRef::Record(record) => {
            let id = record.table().index("id", 0).and_then(|index| record.field(index));
            match id.map(EncodeField::view) {
                Some(FieldRef::Str(id) | FieldRef::Text(id)) => id,
                _ => "",
            }
        }
        _ => "",
    }
}
