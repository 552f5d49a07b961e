use super::document;
use super::document::Part;
use super::{alternatives, resolve};
use crate::engine::{Json, Peek};
use serde_json::json;

/// A parsed schema, against which replies are checked member by member.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) kind: Kind,
    pub(crate) nullable: bool,
    /// The alternatives of a union.
    pub(crate) alternatives: Option<Vec<Link>>,
    /// The type of the elements of an array.
    pub(crate) items: Option<Box<Link>>,
    /// The members by name; `None` if the schema lists none.
    pub(crate) properties: Option<Vec<Property>>,
    /// Whether unlisted members are allowed.
    pub(crate) open: bool,
    /// The allowed values; empty if the schema does not list them.
    permitted: &'static [Json],
}

/// The types of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    Integer,
    Number,
    Boolean,
    Array,
    Object,
    Unknown,
}

/// A member of an object.
#[derive(Debug)]
pub(crate) struct Property {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) link: Link,
}

/// A schema in its place: inline, or a reference to a named one.
#[derive(Debug)]
pub(crate) struct Link {
    nullable: bool,
    target: Target,
}

#[derive(Debug)]
enum Target {
    Own(Box<Shape>),
    Named(&'static Part),
}

impl Link {
    pub(crate) fn to(schema: &'static Json) -> Self {
        let target = match document::referred(schema) {
            Some(part) => Target::Named(part),
            None => Target::Own(Box::new(Shape::read(schema))),
        };
        Self { nullable: schema.get("nullable").is_some(), target }
    }

    pub(crate) fn shape(&'static self) -> &'static Shape {
        match &self.target {
            Target::Own(shape) => shape,
            Target::Named(part) => part.shape(),
        }
    }

    /// Whether the schema is a reference to a named one.
    #[cfg(test)]
    pub(crate) fn is_named(&self) -> bool {
        matches!(self.target, Target::Named(_))
    }

    pub(crate) fn nullable(&'static self) -> bool {
        self.nullable || self.shape().nullable
    }
}

impl Shape {
    pub(crate) fn read(schema: &'static Json) -> Self {
        let schema = resolve(schema);
        let required = schema.items("required");
        let properties = schema.get("properties").and_then(Json::as_object).map(|properties| {
            let each = properties.iter().map(|(name, property)| Property {
                name,
                required: required.iter().any(|required| required == name.as_str()),
                link: Link::to(property),
            });
            let mut each: Vec<Property> = each.collect();
            each.sort_unstable_by_key(|property| property.name);
            each
        });
        Self {
            kind: match schema.text("type") {
                "string" => Kind::Text,
                "integer" => Kind::Integer,
                "number" => Kind::Number,
                "boolean" => Kind::Boolean,
                "array" => Kind::Array,
                "object" => Kind::Object,
                _ => Kind::Unknown,
            },
            nullable: schema.get("nullable").is_some(),
            alternatives: alternatives(schema).map(|options| options.iter().map(Link::to).collect()),
            items: schema.get("items").map(|items| Box::new(Link::to(items))),
            properties,
            open: schema.get("additionalProperties").is_some_and(Json::is_object),
            permitted: schema.items("enum"),
        }
    }

    /// The index of the listed member with this name.
    pub(crate) fn place(&self, name: &str) -> Option<usize> {
        self.properties.as_ref()?.binary_search_by_key(&name, |property| property.name).ok()
    }

    /// Whether a scalar is a valid value.
    pub(crate) fn takes(&self, scalar: &Json) -> bool {
        match self.kind {
            Kind::Text => scalar.is_string(),
            Kind::Integer => scalar.is_i64() || scalar.is_u64(),
            Kind::Number => scalar.is_number(),
            Kind::Boolean => scalar.is_boolean(),
            _ => false,
        }
    }

    /// Selects the alternative for a partial value: by its `object`, else by its members, else by its type.
    pub(crate) fn choose(options: &'static [Link], authored: &Json) -> Option<&'static Self> {
        let mut resolved = options.iter().map(|option| {
            let shape = option.shape();
            let inner = shape.alternatives.as_deref().and_then(|inner| Self::choose(inner, authored));
            inner.unwrap_or(shape)
        });
        let Json::Object(members) = authored else {
            return resolved.find(|option| match authored {
                Json::Array(_) => option.kind == Kind::Array,
                scalar => option.takes(scalar),
            });
        };
        let fits = |option: &&Self| {
            let listed = |name: &String| option.properties.is_none() || option.place(name).is_some();
            option.kind == Kind::Object && members.keys().all(listed)
        };
        let fitting: Vec<&'static Self> = resolved.filter(fits).collect();
        let object = members.get("object");
        let says = |option: &&'static Self| object.is_some_and(|object| option.is_called(object));
        fitting.iter().copied().find(says).or_else(|| fitting.first().copied())
    }

    /// Whether objects of this shape can have this `object` member.
    fn is_called(&'static self, object: &Json) -> bool {
        let property = self.place("object").and_then(|place| self.properties.as_ref()?.get(place));
        property.is_some_and(|property| property.link.shape().permitted.contains(object))
    }

    /// The default of a required member: its only allowed value, `null`, or an object of defaults.
    pub(crate) fn default(&'static self, name: &str) -> Option<Json> {
        let shape = match self.alternatives.as_deref() {
            Some([only]) => only.shape(),
            Some(_) => return None,
            None => self,
        };
        match (shape.permitted, shape.kind, name) {
            ([only], ..) => Some(only.clone()),
            (_, Kind::Array, _) => Some(json!([])),
            (_, Kind::Object, _) => Some(json!({})),
            (_, Kind::Boolean, "livemode" | "has_more") => Some(false.into()),
            _ => None,
        }
    }
}
