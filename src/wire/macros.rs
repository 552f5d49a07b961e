//! Macros for the repetitive parts of generated code.

/// Describes a struct: its table, its fields, and the implementations of the serde traits, `Debug` and `PartialEq`.
/// Fields are sorted by wire name. `$object` is the constant `object` member, or empty.
macro_rules! record {
    // Replies are compiled with this crate, with explicit attributes: otherwise the compiler inlines small functions,
    // and a program would compile them and everything they use again. Request types are compiled where they are used.
    //
    // `secret` after the mode: the type can contain a secret, directly or nested. It then has no `Serialize`, so that
    // the caller must choose `Redacted` or `Exposed`. Otherwise a handler would fail at run time, after the money has
    // moved.
    ($type:ident, $object:literal, $mode:ident secret { $($fields:tt)* }) => {
        $crate::wire::macros::record!(@mode [deserialize] $mode $type, $object; $($fields)*);
    };
    ($type:ident, $object:literal, $mode:ident { $($fields:tt)* }) => {
        $crate::wire::macros::record!(@mode [serde] $mode $type, $object; $($fields)*);
    };
    (@mode [$serde:ident] extra $type:ident, $object:literal; $($fields:tt)*) => {
        $crate::wire::macros::record!(@impl [#[inline(never)]] [$serde] $type, $object, extra; $($fields)*);
    };
    (@mode [$serde:ident] params $type:ident, $object:literal; $($fields:tt)*) => {
        $crate::wire::macros::record!(@impl [#[inline]] [$serde] $type, $object, extra; $($fields)*);
    };
    (@mode [$serde:ident] $mode:ident $type:ident, $object:literal; $($fields:tt)*) => {
        $crate::wire::macros::record!(@impl [#[inline]] [$serde] $type, $object, $mode; $($fields)*);
    };
    (
        @impl [#[$lazy:meta]] [$serde:ident] $type:ident, $object:literal, $mode:ident;
        $($field:ident $wire:literal $($flag:ident)|*),* $(,)?
    ) => {
        impl $crate::wire::Record for $type {
            #[$lazy]
            fn table(&self) -> &'static $crate::wire::FieldTable {
                static TABLE: $crate::wire::FieldTable = $crate::wire::FieldTable::new(
                    stringify!($type),
                    $object,
                    &[$($crate::wire::Field { name: $wire, flags: 0 $(| $crate::wire::$flag)* }),*],
                );
                &TABLE
            }

            #[$lazy]
            fn visit<'a>(&'a self, see: $crate::wire::See<'_, 'a>) {
                see(&[$(&self.$field),*], $crate::wire::macros::record!(@extra $mode self));
            }

            $crate::wire::macros::record!(@added $mode);
        }

        impl $crate::wire::RecordMut for $type {
            #[$lazy]
            fn visit_mut(&mut self, fill: $crate::wire::Fill<'_>) {
                fill(&mut [$(&mut self.$field),*], $crate::wire::macros::record!(@extra_mut $mode self));
            }

            #[$lazy]
            fn blank() -> Self {
                $crate::wire::macros::record!(@empty $mode $($field)*)
            }
        }

        impl PartialEq for $type {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                $crate::wire::macros::record!(@same $mode self other)
            }
        }

        impl std::fmt::Debug for $type {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::wire::debug::record(self, f)
            }
        }

        $crate::wire::macros::$serde!($type);
    };
    (@extra extra $self:ident) => { Some(&$self.extra) };
    (@extra $mode:ident $self:ident) => { None };
    (@extra_mut extra $self:ident) => { Some(&mut $self.extra) };
    (@extra_mut $mode:ident $self:ident) => { None };
    (@added options) => {
        #[inline]
        fn show_added(&self, out: &mut std::fmt::DebugStruct<'_, '_>) {
            self.options.show_params(out);
        }
    };
    (@added $mode:ident) => {};
    (@same options $self:ident $other:ident) => {
        $crate::wire::same::records($self, $other) && $self.options == $other.options
    };
    (@same $mode:ident $self:ident $other:ident) => { $crate::wire::same::records($self, $other) };
    (@empty switch $($field:ident)*) => { Self { $($field: $crate::wire::WireType::empty(),)* } };
    (@empty $mode:ident $($field:ident)*) => {
        Self {
            $($field: $crate::wire::WireType::empty(),)*
            $mode: Default::default(),
        }
    };
}

/// The required members of a struct, by name. Converts into the struct, and its `Debug` masks the same fields.
macro_rules! required {
    ($type:ident => $whole:ident { $($field:ident $wire:literal $($flag:ident)|*),* $(,)? }) => {
        impl From<$type> for $whole {
            #[inline]
            fn from(required: $type) -> Self {
                Self::new(required)
            }
        }

        impl std::fmt::Debug for $type {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let fields: &[($crate::wire::Field, &dyn $crate::wire::EncodeField)] = &[$((
                    $crate::wire::Field { name: $wire, flags: 0 $(| $crate::wire::$flag)* },
                    &self.$field,
                )),*];
                $crate::wire::debug::fields(stringify!($type), fields, f)
            }
        }
    };
}

/// Implements `Deserialize`.
macro_rules! deserialize {
    ($type:ty) => {
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::wire::decode::deserialize(deserializer)
            }
        }
    };
}

/// Implements the serde traits.
macro_rules! serde {
    ($type:ty) => {
        $crate::wire::macros::deserialize!($type);

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                $crate::wire::json::serialize(self, serializer)
            }
        }
    };
}

/// An open enum of strings: unknown values are kept. Variants are sorted by wire name.
macro_rules! open_enum {
    ($(#[$meta:meta])* $type:ident { $($variant:ident $wire:literal),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $type {
            $(#[doc = concat!("`", $wire, "`")] $variant,)*
            /// A value that this version of the crate does not know.
            Unknown($crate::Unknown),
        }

        impl $type {
            /// All values that this version of the crate knows.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            const TEXTS: &'static [&'static str] = &[$($wire),*];

            /// The value as named by Stripe.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)*
                    Self::Unknown(text) => text.as_str(),
                }
            }
        }

        impl From<&str> for $type {
            fn from(text: &str) -> Self {
                match $crate::wire::find(text, Self::TEXTS).and_then(|index| Self::ALL.get(index)) {
                    Some(known) => known.clone(),
                    None => Self::Unknown($crate::Unknown::new(text)),
                }
            }
        }

        $crate::wire::macros::text!($type, "a keyword", Self::Unknown($crate::Unknown::new("")));
    };
}

/// A type that is a string on the wire, with conversions from `&str` and `as_str`, and an empty value.
macro_rules! text {
    ($type:ty, $expected:expr, $empty:expr) => {
        impl From<String> for $type {
            #[inline]
            fn from(text: String) -> Self {
                Self::from(text.as_str())
            }
        }

        impl From<&$type> for $type {
            #[inline]
            fn from(value: &$type) -> Self {
                value.clone()
            }
        }

        impl AsRef<str> for $type {
            #[inline]
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $type {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::fmt::Debug for $type {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(self.as_str(), f)
            }
        }

        impl $crate::wire::EncodeField for $type {
            fn view(&self) -> $crate::wire::FieldRef<'_> {
                $crate::wire::FieldRef::Str(self.as_str())
            }
        }

        impl $crate::wire::DecodeField for $type {
            fn put(&mut self, scalar: $crate::wire::Scalar<'_>) -> Result<(), $crate::wire::TypeMismatch> {
                match scalar {
                    $crate::wire::Scalar::Str(text) => *self = Self::from(text),
                    _ => return Err($crate::wire::TypeMismatch),
                }
                Ok(())
            }

            fn expected(&self) -> &'static str {
                $expected
            }
        }

        impl $crate::wire::WireType for $type {
            const EXPECTED: &'static str = $expected;
            const OPENS: bool = false;

            fn empty() -> Self {
                $empty
            }
        }

        $crate::wire::macros::serde!($type);
    };
}

/// A value that is one of several objects, distinguished by `object` (and `deleted`).
macro_rules! union {
    // As in `record!`: a variant can hold a secret.
    ($(#[$meta:meta])* secret $type:ident $variants:tt) => {
        $crate::wire::macros::union!(@impl [deserialize] $(#[$meta])* $type $variants);
    };
    ($(#[$meta:meta])* $type:ident $variants:tt) => {
        $crate::wire::macros::union!(@impl [serde] $(#[$meta])* $type $variants);
    };
    (@impl [$serde:ident] $(#[$meta:meta])* $type:ident { $($variant:ident($inner:ty) $object:literal $deleted:literal $as:ident),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, PartialEq)]
        #[non_exhaustive]
        pub enum $type {
            $(#[doc = concat!("An object of type `", $object, "`.")] $variant($crate::Nested<$inner>),)*
            /// An object of a type that this version of the crate does not know.
            Unknown($crate::Json),
        }

        impl $type {
            $(
                #[doc = concat!("The object, if it is of type `", $object, "`.")]
                #[inline]
                pub fn $as(&self) -> Option<&$inner> {
                    match self {
                        Self::$variant(object) => Some(object),
                        _ => None,
                    }
                }
            )*

            /// The id of the object of any type; empty if it has none.
            pub fn id(&self) -> &str {
                $crate::wire::id_of(self)
            }
        }

        impl $crate::wire::EncodeField for $type {
            fn view(&self) -> $crate::wire::FieldRef<'_> {
                match self {
                    $(Self::$variant(object) => object.view(),)*
                    Self::Unknown(json) => $crate::wire::FieldRef::Json(json),
                }
            }
        }

        impl $crate::wire::DecodeField for $type {
            fn open(&mut self, opening: $crate::wire::Container) -> Option<$crate::wire::Slot<'_>> {
                (opening == $crate::wire::Container::Object).then_some($crate::wire::Slot::Tagged(self))
            }

            fn expected(&self) -> &'static str {
                "an object"
            }
        }

        impl $crate::wire::WireType for $type {
            const EXPECTED: &'static str = "an object";
            const TAKES_SCALARS: bool = false;

            fn empty() -> Self {
                Self::Unknown($crate::Json::Null)
            }
        }

        $(
            impl From<$crate::Id<$inner>> for $crate::Id<$type> {
                #[inline]
                fn from(id: $crate::Id<$inner>) -> Self {
                    id.widen()
                }
            }

            impl From<&$crate::Id<$inner>> for $crate::Id<$type> {
                #[inline]
                fn from(id: &$crate::Id<$inner>) -> Self {
                    id.clone().widen()
                }
            }
        )*

        impl $crate::wire::DecodeFromJson for $type {
            fn take(&mut self, json: $crate::Json, path: &$crate::wire::Path<'_>) -> Result<(), String> {
                let (kind, deleted) = $crate::wire::kind_of(&json);
                if let Some(arm) = $crate::wire::Tagged::arm(self, kind, deleted) {
                    return $crate::wire::decode::fill_from_json(arm, json, path);
                }
                *self = Self::Unknown(json);
                Ok(())
            }
        }

        impl $crate::wire::Tagged for $type {
            fn arm(&mut self, kind: &str, deleted: bool) -> Option<&mut dyn $crate::wire::DecodeField> {
                match (kind, deleted) {
                    $(($object, $deleted) => {
                        *self = Self::$variant($crate::wire::WireType::empty());
                        match self {
                            Self::$variant(object) => Some(object),
                            _ => None,
                        }
                    })*
                    _ => None,
                }
            }
        }

        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                $crate::wire::debug::value(self, f)
            }
        }

        $crate::wire::macros::$serde!($type);
    };
}

pub(crate) use {deserialize, open_enum, record, required, serde, text, union};
