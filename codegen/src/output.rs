//! Writes several files atomically: either all of them change or none.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::workspace::Workspace;

/// The files of one command by name: the new text, or `None` to remove the file.
pub type Changes = BTreeMap<String, Option<String>>;

/// Writes all new files to temporary names and renames them only when all are on disk.
pub fn write(workspace: &Workspace, changes: &Changes) -> Result<()> {
    let mut staged: Vec<(&str, PathBuf, PathBuf)> = Vec::new();
    let result = stage(workspace, changes, &mut staged);
    if result.is_err() {
        for (_, temporary, _) in &staged {
            // The first error is returned.
            let _ = std::fs::remove_file(temporary);
        }
        return result;
    }
    for (file, temporary, place) in staged {
        std::fs::rename(temporary, place)
            .map_err(|e| Error::file(file, format!("cannot be written: {e}")))?;
    }
    for (file, _) in changes.iter().filter(|(_, text)| text.is_none()) {
        std::fs::remove_file(workspace.path(file))
            .map_err(|e| Error::file(file, format!("cannot be removed: {e}")))?;
    }
    Ok(())
}

fn stage<'a>(
    workspace: &Workspace,
    changes: &'a Changes,
    staged: &mut Vec<(&'a str, PathBuf, PathBuf)>,
) -> Result<()> {
    for (file, text) in changes {
        let Some(text) = text else { continue };
        let place = workspace.path(file);
        let mut temporary = place.clone().into_os_string();
        temporary.push(".new");
        let temporary = PathBuf::from(temporary);
        let fault = |e| Error::file(file, format!("cannot be written: {e}"));
        if place.is_dir() {
            return Err(Error::file(file, "cannot be written: it is a directory"));
        }
        if let Some(directory) = place.parent() {
            std::fs::create_dir_all(directory).map_err(fault)?;
        }
        staged.push((file, temporary.clone(), place));
        std::fs::write(temporary, text).map_err(fault)?;
    }
    Ok(())
}
