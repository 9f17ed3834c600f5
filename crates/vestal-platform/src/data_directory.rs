//! The folder in which one process keeps what must survive it: created if absent, and locked against a second process.
//!
//! The lock is the kernel's on an open file, so it ends with the process however that ends; the file itself stays.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use thiserror::Error;

const LOCK_FILE: &str = "lock";

/// A folder that this process alone works in, until the value is dropped.
#[derive(Debug)]
pub struct DataDirectory {
    path: PathBuf,
    _lock: File,
}

/// Why a data directory cannot be used.
#[derive(Debug, Error)]
pub enum DataDirectoryError {
    #[error("cannot create the data directory {path}")]
    Create { path: PathBuf, source: io::Error },
    #[error("cannot write in the data directory {path}")]
    Write { path: PathBuf, source: io::Error },
    #[error(
        "the data directory {path} is in use by {holder}; give each node its own (setting `data`), or stop the other one"
    )]
    InUse { path: PathBuf, holder: String },
}

impl DataDirectory {
    /// Creates the folder where it is missing and takes it for this process. Does not wait for another holder.
    pub fn open(path: &Path) -> Result<Self, DataDirectoryError> {
        fs::create_dir_all(path).map_err(|source| DataDirectoryError::Create {
            path: path.to_owned(),
            source,
        })?;
        let failed = |source| DataDirectoryError::Write {
            path: path.to_owned(),
            source,
        };
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join(LOCK_FILE))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(DataDirectoryError::InUse {
                    path: path.to_owned(),
                    holder: holder(&mut lock),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        sign(&mut lock).map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// Where a file of that name lives in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// Leaves this process's number in the lock file, for the message of whoever comes second.
fn sign(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    write!(lock, "{}", std::process::id())
}

fn holder(lock: &mut File) -> String {
    let mut text = String::new();
    let read = lock.take(32).read_to_string(&mut text);
    match (read, text.trim().parse::<u32>()) {
        (Ok(_), Ok(process)) => format!("process {process}"),
        _ => "another process".to_owned(),
    }
}
