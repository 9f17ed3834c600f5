//! Two bodies with a NUL between them: the second is put over the first, twice. Looks for a body that is
//! kept and not valid, for a heartbeat that is none, and for a layout that changes more than white space.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;
use vestal_core::catalog::{Catalog, Put, pretty};

#[path = "catalog.rs"]
mod catalog;
#[path = "members.rs"]
mod members;

/// Kept from run to run, since making one takes a hundred times as long as using it. Each run begins without the instance.
static CATALOG: LazyLock<Catalog> = LazyLock::new(catalog::empty);

fuzz_target!(|bytes: &[u8]| {
    let (first, second) = bytes
        .iter()
        .position(|&byte| byte == 0)
        .map_or((bytes, &b"{}"[..]), |at| (&bytes[..at], &bytes[at + 1..]));
    let catalog = &*CATALOG;
    let mut kept: Option<String> = None;
    for body in [first, second, second] {
        let Ok(put) = catalog.put(catalog::NOW, "s", "i", None, body) else {
            // What is refused changes nothing.
            assert_eq!(
                catalog.body("s", "i").as_deref(),
                kept.as_deref().map(str::as_bytes)
            );
            continue;
        };
        let now = catalog.body("s", "i").expect("what was registered is there");
        let now = std::str::from_utf8(&now).expect("a body is text").to_owned();
        serde_json::from_str::<&RawValue>(&now).expect("a body is JSON");
        assert!(!now.contains(['\n', '\r']), "a body is one line");
        let expected = match &kept {
            None => Put::Registered,
            Some(before) if members::significant(before) == members::significant(&now) => Put::Renewed,
            Some(_) => Put::Changed,
        };
        assert_eq!(put, expected, "{kept:?} then {now}");
        let answer = catalog.answer("s").expect("what was registered is answered");
        assert_eq!(&answer.body[..], format!("{{\"i\":{now}}}").as_bytes());
        let laid_out = pretty(&now);
        assert_eq!(
            members::significant(&laid_out).len(),
            members::significant(&now).len()
        );
        kept = Some(now);
    }
    catalog.check_invariants().expect("a catalog whose parts agree");
    catalog.remove(catalog::NOW, "s", "i");
    catalog::forget_marks(catalog);
});
