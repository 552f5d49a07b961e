//! The decoder's position in a JSON document: a linked list on the stack, formatted only for errors.

use std::fmt;

#[derive(Clone, Copy)]
pub enum Path<'a> {
    Root,
    Member(&'a Path<'a>, &'a str),
    Item(&'a Path<'a>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => Ok(()),
            Path::Member(Path::Root, name) => f.write_str(name),
            Path::Member(parent, name) => write!(f, "{parent}.{name}"),
            Path::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

impl Path<'_> {
    /// The path as a prefix of an error message: `data[3].amount: `, empty at the root.
    pub(crate) fn prefix(&self) -> String {
        match self {
            Path::Root => String::new(),
            path => format!("{path}: "),
        }
    }
}
