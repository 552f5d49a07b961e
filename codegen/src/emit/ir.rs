//! The emitter's model of the document: operations with typed parameters, and the shapes that they use.

use std::collections::BTreeSet;

/// Index of a [`Shape`] in [`Ir::shapes`].
pub type ShapeId = usize;

/// The whole selection.
#[derive(Debug, Default)]
pub struct Ir {
    pub shapes: Vec<Shape>,
    pub requests: Vec<Request>,
}

/// A Rust type.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    Int,
    Bool,
    Text,
    /// `numeric`: a JSON number; otherwise a string of digits.
    Decimal {
        numeric: bool,
    },
    Timestamp,
    DateTime,
    Currency,
    Json,
    File,
    Metadata,
    /// The id of an object of this shape.
    Id(ShapeId),
    Ref(Box<Type>),
    List(Box<Type>),
    Page(Box<Type>),
    Vec(Box<Type>),
    Map(Box<Type>),
    Secret(Box<Type>),
    Bounds(Box<Type>),
    IdOr(Box<Type>),
    KeywordOr(Box<Type>, Box<Type>),
    Setting(Box<Type>),
    /// `Option<T>` for the items of an array or the values of a map in a reply.
    Optional(Box<Type>),
    Boxed(Box<Type>),
    Shape(ShapeId),
}

impl Type {
    /// The type itself, without its box.
    pub fn unboxed(&self) -> &Type {
        match self {
            Type::Boxed(inner) => inner,
            other => other,
        }
    }

    /// Calls `visit` with each shape inside, including the targets of ids if `ids` is set.
    pub fn shapes(&self, ids: bool, visit: &mut dyn FnMut(ShapeId)) {
        match self {
            Type::Shape(id) => visit(*id),
            Type::Id(id) if ids => visit(*id),
            Type::KeywordOr(keyword, value) => {
                keyword.shapes(ids, visit);
                value.shapes(ids, visit);
            }
            _ => {
                if let Some(inner) = self.inner() {
                    inner.shapes(ids, visit);
                }
            }
        }
    }

    /// Replaces the shapes inside.
    pub fn map_shapes(&mut self, map: &dyn Fn(ShapeId) -> ShapeId) {
        match self {
            Type::Shape(id) | Type::Id(id) => *id = map(*id),
            Type::KeywordOr(keyword, value) => {
                keyword.map_shapes(map);
                value.map_shapes(map);
            }
            _ => {
                if let Some(inner) = self.inner_mut() {
                    inner.map_shapes(map);
                }
            }
        }
    }

    /// The type that this one wraps.
    pub fn inner(&self) -> Option<&Type> {
        match self {
            Type::Ref(inner)
            | Type::List(inner)
            | Type::Page(inner)
            | Type::Vec(inner)
            | Type::Map(inner)
            | Type::Secret(inner)
            | Type::Bounds(inner)
            | Type::IdOr(inner)
            | Type::Setting(inner)
            | Type::Optional(inner)
            | Type::Boxed(inner) => Some(inner),
            _ => None,
        }
    }

    fn inner_mut(&mut self) -> Option<&mut Type> {
        match self {
            Type::Ref(inner)
            | Type::List(inner)
            | Type::Page(inner)
            | Type::Vec(inner)
            | Type::Map(inner)
            | Type::Secret(inner)
            | Type::Bounds(inner)
            | Type::IdOr(inner)
            | Type::Setting(inner)
            | Type::Optional(inner)
            | Type::Boxed(inner) => Some(inner),
            _ => None,
        }
    }
}

/// Whether a field is always present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Presence {
    /// `T`.
    Required,
    /// `Option<T>`.
    Optional,
    /// `FieldUpdate<T>`: can also be unset.
    Clearable,
}

/// One field of a struct or parameter of a request.
#[derive(Debug, Clone)]
pub struct Field {
    /// Name on the wire.
    pub wire: String,
    /// Name in Rust.
    pub name: String,
    pub ty: Type,
    pub presence: Presence,
    pub flags: BTreeSet<Flag>,
    /// Whether it can be requested with `expand`.
    pub expands: bool,
    /// Sentences about limits and allowed values, derived from the document.
    pub facts: Vec<String>,
    /// Our own text from docs.toml.
    pub text: Option<String>,
    /// Its key in docs.toml.
    pub key: String,
    /// JSON pointer into the trimmed document, for errors.
    pub pointer: String,
}

/// A property of a field that the encoders and decoders use; named like the constant in `wire`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    Required,
    Nullable,
    NullOk,
    Private,
    InPath,
    Numeric,
}

impl Flag {
    pub fn constant(self) -> &'static str {
        match self {
            Flag::Required => "REQUIRED",
            Flag::Nullable => "NULLABLE",
            Flag::NullOk => "NULL_OK",
            Flag::Private => "PRIVATE",
            Flag::InPath => "IN_PATH",
            Flag::Numeric => "NUMERIC",
        }
    }
}

/// A type that will be emitted.
#[derive(Debug, Clone)]
pub struct Shape {
    pub body: Body,
    /// The schema in the document, for named shapes.
    pub schema: Option<String>,
    /// Other schemas of the document that were merged into this one.
    pub same_schemas: Vec<String>,
    /// JSON pointer into the trimmed document, for errors.
    pub pointer: String,
    /// The name that an overlay sets.
    pub rename: Option<String>,
    /// The module and name, if it is returned by operations.
    pub place: Option<Place>,
    /// Where it is used; filled by `sites`.
    pub sites: Vec<Site>,
    pub in_reply: bool,
    pub in_params: bool,
    /// Our own text and its link from docs.toml.
    pub text: Option<String>,
    /// Removed by dedupe in favour of another shape, or never reached.
    pub gone: bool,
}

impl Shape {
    /// Whether this parameter only requests something. It is as small as the `bool` in it; such parameters come in
    /// dozens, and boxing each would dominate the compile time of a request.
    pub fn is_switch(&self) -> bool {
        let one = match self.body.fields() {
            [only] => only.wire == "requested" && only.presence == Presence::Optional,
            _ => false,
        };
        one && !self.in_reply
    }
}

/// Module and type name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub module: Vec<String>,
    pub name: String,
}

#[derive(Debug, Clone)]
pub enum Body {
    Struct {
        fields: Vec<Field>,
        /// The constant `object` member, or empty.
        object: String,
    },
    /// The values, sorted.
    Enum(Vec<String>),
    Union(Vec<Arm>),
}

impl Body {
    pub fn fields(&self) -> &[Field] {
        match self {
            Body::Struct { fields, .. } => fields,
            _ => &[],
        }
    }
}

/// One alternative of a union.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arm {
    pub object: String,
    pub deleted: bool,
    pub shape: ShapeId,
}

/// A use of a shape: the path to it from a resource or a request of a module.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    pub module: Vec<String>,
    pub words: Vec<String>,
    /// The request that it is a parameter of.
    pub verb: Option<String>,
    /// Whether the path leads through an expandable field: the object then belongs to another resource.
    pub referred: bool,
}

/// One operation.
#[derive(Debug, Clone)]
pub struct Request {
    pub operation_id: String,
    pub method: String,
    pub path: String,
    pub pointer: String,
    pub module: Vec<String>,
    pub name: String,
    pub fields: Vec<Field>,
    pub output: Type,
    pub encoding: &'static str,
    /// The required `Stripe-Version`.
    pub preview_version: Option<String>,
    pub preview: bool,
    pub deprecated: bool,
    /// Whether the document declares an `expand` parameter.
    pub expandable: bool,
    pub text: String,
    pub link: String,
}

impl Request {
    pub fn is_v2(&self) -> bool {
        self.path.starts_with("/v2/")
    }

    /// Whether it takes an idempotency key.
    pub fn keyed(&self) -> bool {
        self.method == "POST" || (self.method == "DELETE" && self.is_v2())
    }
}

impl Ir {
    /// Replaces merged shapes by the ones that were kept.
    pub fn replace(&mut self, map: &dyn Fn(ShapeId) -> ShapeId) {
        for shape in &mut self.shapes {
            match &mut shape.body {
                Body::Struct { fields, .. } => fields.iter_mut().for_each(|field| field.ty.map_shapes(map)),
                Body::Enum(_) => {}
                Body::Union(arms) => arms.iter_mut().for_each(|arm| arm.shape = map(arm.shape)),
            }
        }
        for request in &mut self.requests {
            request.fields.iter_mut().for_each(|field| field.ty.map_shapes(map));
            request.output.map_shapes(map);
        }
    }
}
