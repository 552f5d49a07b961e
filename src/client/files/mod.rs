//! Uploads and downloads of files.

pub(crate) mod body;
pub(crate) mod download;
pub(crate) mod multipart;
pub(crate) mod upload;
