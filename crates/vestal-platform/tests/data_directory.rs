//! Data directories and durable files on a real file system.

#![expect(
    clippy::expect_used,
    reason = "in a test a panic is the failure, in what tests share as well"
)]

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use vestal_platform::{DataDirectory, DataDirectoryError, durable_file, memory};

/// A folder of its own for one test, removed at its end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("vestal-platform-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a scratch folder");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_missing_folder_is_created_with_its_parents() {
    let scratch = Scratch::new();
    let directory = DataDirectory::open(&scratch.0.join("a/b")).expect("created");
    assert!(directory.path().is_dir());
}

#[test]
fn a_second_holder_is_refused_by_name_until_the_first_lets_go() {
    let scratch = Scratch::new();
    let first = DataDirectory::open(&scratch.0).expect("free");
    let refused = DataDirectory::open(&scratch.0).expect_err("held");
    assert!(matches!(refused, DataDirectoryError::InUse { .. }));
    assert!(
        refused
            .to_string()
            .contains(&format!("process {}", std::process::id())),
        "{refused}"
    );
    drop(first);
    DataDirectory::open(&scratch.0).expect("free again");
}

#[test]
fn a_file_in_the_place_of_the_folder_is_an_error_that_names_it() {
    let scratch = Scratch::new();
    let path = scratch.0.join("file");
    fs::write(&path, b"x").expect("written");
    let error = DataDirectory::open(&path).expect_err("not a folder");
    assert!(error.to_string().contains("file"), "{error}");
}

#[test]
fn replacing_leaves_the_new_content_and_nothing_beside_it() {
    let scratch = Scratch::new();
    let path = scratch.0.join("incarnation");
    assert_eq!(durable_file::read(&path).expect("readable"), None);
    durable_file::replace(&path, b"1").expect("written");
    durable_file::replace(&path, b"2").expect("replaced");
    assert_eq!(durable_file::read(&path).expect("readable"), Some(b"2".to_vec()));
    assert_eq!(fs::read_dir(&scratch.0).expect("listed").count(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn this_process_holds_some_memory() {
    let bytes = memory::resident_bytes().expect("Linux says");
    assert!((100_000..100_000_000_000).contains(&bytes), "{bytes}");
}
