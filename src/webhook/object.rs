//! The objects of events.

use crate::Json;
use crate::wire::decode::fill_from;
use crate::wire::{DecodeField, EncodeField as _, FieldRef, Tagged as _};

/// The JSON of an event's object that does not match its type, with the reason.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Undecoded {
    /// The whole object.
    pub json: Json,
    /// The first mismatch with this crate's type.
    pub reason: crate::DecodeError,
}

impl std::fmt::Debug for Undecoded {
    /// Omits the JSON.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Undecoded").field("reason", &self.reason).finish_non_exhaustive()
    }
}

/// Declares [`EventObject`] with a variant for each object type in the selected events.
macro_rules! event_objects {
    (
        live { $($live:ident($type:ty) $object:literal $as:ident),* $(,)? }
        deleted { $($deleted:ident($remains:ty) $of:literal $as_deleted:ident),* $(,)? }
    ) => {
        /// The object of an event, as it was right after the change.
        ///
        /// An event is never lost because its object cannot be decoded. Objects that are not modelled are
        /// [`EventObject::Unknown`], and objects that do not match their type (events use the API version of their
        /// endpoint) are [`EventObject::Undecoded`]; both contain the JSON, see [`EventObject::as_json`].
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        pub enum EventObject {
            $(#[doc = concat!("An object of type `", $object, "`.")] $live($crate::Nested<$type>),)*
            $(#[doc = concat!("A deleted object of type `", $of, "`.")] $deleted($crate::Nested<$remains>),)*
            /// An object of a type that this crate does not model.
            Unknown($crate::Json),
            /// An object that does not match its type.
            Undecoded(Box<$crate::webhook::Undecoded>),
        }

        impl EventObject {
            $(
                #[doc = concat!("The object, if it is of type `", $object, "`.")]
                #[inline]
                pub fn $as(&self) -> Option<&$type> {
                    match self {
                        Self::$live(object) => Some(object),
                        _ => None,
                    }
                }
            )*

            $(
                #[doc = concat!("The object, if it is a deleted one of type `", $of, "`.")]
                #[inline]
                pub fn $as_deleted(&self) -> Option<&$remains> {
                    match self {
                        Self::$deleted(object) => Some(object),
                        _ => None,
                    }
                }
            )*

        }

        impl $crate::wire::Tagged for EventObject {
            fn arm(&mut self, kind: &str, deleted: bool) -> Option<&mut dyn $crate::wire::DecodeField> {
                *self = match (kind, deleted) {
                    $(($object, false) => Self::$live($crate::wire::WireType::empty()),)*
                    $(($of, true) => Self::$deleted($crate::wire::WireType::empty()),)*
                    _ => return None,
                };
                Some(match self {
                    $(Self::$live(object) => object,)*
                    $(Self::$deleted(object) => object,)*
                    Self::Unknown(json) => json,
                    Self::Undecoded(undecoded) => &mut undecoded.json,
                })
            }
        }

        impl $crate::wire::EncodeField for EventObject {
            fn view(&self) -> $crate::wire::FieldRef<'_> {
                match self {
                    $(Self::$live(object) => object.view(),)*
                    $(Self::$deleted(object) => object.view(),)*
                    Self::Unknown(json) => $crate::wire::FieldRef::Json(json),
                    Self::Undecoded(undecoded) => $crate::wire::FieldRef::Json(&undecoded.json),
                }
            }
        }

        impl $crate::wire::DecodeField for EventObject {
            fn open(&mut self, opening: $crate::wire::Container) -> Option<$crate::wire::Slot<'_>> {
                (opening == $crate::wire::Container::Object).then_some($crate::wire::Slot::Tagged(self))
            }

            fn expected(&self) -> &'static str {
                "an object"
            }
        }
    };
}

pub(crate) use event_objects;

pub use crate::generated::events::EventObject;

impl EventObject {
    /// The id of the object of any type; empty if it has none.
    pub fn id(&self) -> &str {
        crate::wire::id_of(self)
    }

    /// The `object` member, such as `issuing.authorization`; empty if there is none.
    pub fn kind(&self) -> &str {
        match self.view() {
            FieldRef::Record(record) => record.table().object,
            FieldRef::Json(json) => crate::wire::kind_of(json).0,
            _ => "",
        }
    }

    /// The JSON of an object that is [`EventObject::Unknown`] or [`EventObject::Undecoded`].
    pub fn as_json(&self) -> Option<&Json> {
        match self {
            Self::Unknown(json) => Some(json),
            Self::Undecoded(undecoded) => Some(&undecoded.json),
            _ => None,
        }
    }

    /// Why the object does not match its type, if it does not.
    pub fn undecoded(&self) -> Option<&crate::DecodeError> {
        match self {
            Self::Undecoded(undecoded) => Some(&undecoded.reason),
            _ => None,
        }
    }

    /// Decodes a live or deleted object. Never fails; see [`EventObject::Undecoded`].
    pub(crate) fn from_json(json: Json) -> Self {
        let (kind, deleted) = crate::wire::kind_of(&json);
        let mut object = Self::Unknown(Json::Null);
        let mut reason = None;
        // A deletion event contains the whole object or only its id. With few required members, either type may
        // accept either form.
        let ways: &[(bool, bool)] =
            if deleted { &[(true, true), (false, false), (true, false)] } else { &[(false, false)] };
        for (remains, in_full) in ways {
            let Some(arm) = object.arm(kind, *remains) else { continue };
            match fill_from(arm, &json) {
                Ok(()) if *in_full && has_extra(arm) => {}
                Ok(()) => return object,
                Err(error) => reason = reason.or(Some(error.to_string())),
            }
        }
        match reason {
            None => Self::Unknown(json),
            Some(reason) => {
                Self::Undecoded(Box::new(Undecoded { json, reason: crate::DecodeError::new(&reason) }))
            }
        }
    }
}

fn has_extra(value: &dyn DecodeField) -> bool {
    matches!(value.view(), FieldRef::Record(record) if record.extra().is_some_and(|extra| !extra.is_empty()))
}

impl crate::wire::WireType for EventObject {
    const EXPECTED: &'static str = "an object";
    const TAKES_SCALARS: bool = false;

    fn empty() -> Self {
        Self::Unknown(Json::Null)
    }
}

impl crate::wire::DecodeFromJson for EventObject {
    fn take(&mut self, json: Json, _: &crate::wire::Path<'_>) -> Result<(), String> {
        *self = Self::from_json(json);
        Ok(())
    }
}

impl std::fmt::Debug for EventObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Undecoded(undecoded) => undecoded.fmt(f),
            _ => crate::wire::debug::value(self, f),
        }
    }
}

crate::wire::macros::serde!(EventObject);
