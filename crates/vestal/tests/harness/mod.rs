//! The real binary in a folder of its own: commands that end, and nodes on a free port.
//!
//! Each test binary compiles what it uses of this, so parts are unused in some.
#![allow(
    dead_code,
    unused_imports,
    reason = "shared by test binaries that each use a part of it"
)]

mod canned;
mod node;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};

pub(crate) use canned::Canned;
pub(crate) use node::{Node, send_signal};

/// A folder that is removed with the value, unless the test failed: then it stays for whoever looks for the reason.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("vestal-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder for the test");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, content).expect("a file for the test");
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

/// The binary, with nothing of this process's environment that concerns it.
pub(crate) fn vestal(folder: &Folder) -> Command {
    program(folder, env!("CARGO_BIN_EXE_vestal"))
}

/// Another program in the same surroundings.
pub(crate) fn program(folder: &Folder, name: &str) -> Command {
    let mut command = Command::new(name);
    command.current_dir(folder.path());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("VESTAL_") || text.starts_with("LISTEN_") {
            command.env_remove(&name);
        }
    }
    command.env("NO_COLOR", "1");
    command
}

/// What a command that has ended left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the binary to its end.
pub(crate) fn run<A: AsRef<OsStr>>(folder: &Folder, arguments: impl IntoIterator<Item = A>) -> Ended {
    ended(vestal(folder).args(arguments).output().expect("the binary runs"))
}

pub(crate) fn ended(output: Output) -> Ended {
    Ended {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).expect("UTF-8 on the output stream"),
        stderr: String::from_utf8(output.stderr).expect("UTF-8 on the error stream"),
    }
}

impl Ended {
    /// Fails with everything there is to know.
    #[track_caller]
    pub(crate) fn expect_code(&self, code: i32) -> &Self {
        assert_eq!(
            self.code,
            Some(code),
            "\nstdout: {}\nstderr: {}",
            self.stdout,
            self.stderr
        );
        self
    }

    #[track_caller]
    pub(crate) fn expect_in_stderr(&self, part: &str) -> &Self {
        assert!(
            self.stderr.contains(part),
            "no {part:?} in stderr: {}",
            self.stderr
        );
        self
    }

    #[track_caller]
    pub(crate) fn expect_in_stdout(&self, part: &str) -> &Self {
        assert!(
            self.stdout.contains(part),
            "no {part:?} in stdout: {}",
            self.stdout
        );
        self
    }
}
