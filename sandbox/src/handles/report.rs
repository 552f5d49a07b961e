use super::Sandbox;
use crate::report;
use std::io;
use std::path::{Path, PathBuf};

impl Sandbox {
    /// The report of the run: requests, events, clock moves, and all balances over time.
    pub fn report(&self) -> Report<'_> {
        Report(self)
    }
}

/// Creates reports of a run.
#[derive(Debug)]
pub struct Report<'s>(&'s Sandbox);

impl Report<'_> {
    /// The report as a self-contained HTML page.
    pub fn html(&self) -> String {
        report::html(&self.0.state())
    }

    /// The report as Markdown with a Mermaid sequence diagram.
    pub fn markdown(&self) -> String {
        report::markdown(&self.0.state())
    }

    /// Writes the HTML page as `name.html` and the Markdown as `name.md` into a folder, which is created if it does
    /// not exist. Returns the path of the page.
    ///
    /// # Errors
    /// If the folder or the files cannot be written.
    pub fn write(&self, folder: impl AsRef<Path>, name: &str) -> io::Result<PathBuf> {
        let folder = folder.as_ref();
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join(format!("{name}.md")), self.markdown())?;
        let page = folder.join(format!("{name}.html"));
        std::fs::write(&page, self.html())?;
        Ok(page)
    }
}
