//! The repository: where it is, which files belong to it, where cargo puts what it builds.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};

/// The root folder, known at compile time: xtask is only ever run from its own checkout.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// Cargo's target folder: xtask itself runs from `<target>/<profile>/xtask`.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("xtask does not know its own path")?;
    own.ancestors()
        .nth(2)
        .map(Path::to_path_buf)
        .context("xtask does not run from cargo's target folder")
}

/// A cargo command that runs at the root.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// A text file of the repository.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// Relative to the root, with `/` between its parts.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// A file that is not on disk.
    #[cfg(test)]
    pub(crate) fn new(path: &str, text: &str) -> File {
        File {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    pub(crate) fn is_rust(&self) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|extension| extension == "rs")
    }
}

/// Every text file that git tracks or would track. Files that are not UTF-8 are left out.
pub(crate) fn files() -> anyhow::Result<Vec<File>> {
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .context("git lists the files of the repository, and cannot be started")?;
    if !output.status.success() {
        bail!("git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let listed = String::from_utf8(output.stdout).context("a path is not UTF-8")?;
    let mut paths: Vec<&str> = listed.split('\0').filter(|path| !path.is_empty()).collect();
    paths.sort_unstable();
    paths.dedup();
    // A file that is deleted but still in the index cannot be read: it is no longer part of the tree.
    let read = |path: &str| std::fs::read_to_string(root().join(path)).ok();
    Ok(paths
        .into_iter()
        .filter_map(|path| {
            Some(File {
                path: path.to_owned(),
                text: read(path)?,
            })
        })
        .collect())
}
