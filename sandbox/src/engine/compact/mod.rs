//! Compact storage: packed JSON, string and shape tables, the slab of objects.

pub(crate) mod packed;
pub(crate) mod shapes;
pub(crate) mod slab;
pub(crate) mod words;
