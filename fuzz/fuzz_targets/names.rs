//! Names as they come in a path: any bytes, percent-decoded. Looks for a name that is accepted and not of the documented
//! form, or the other way round, and for one that breaks an answer.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use percent_encoding::percent_decode;
use vestal_core::catalog::Catalog;
use vestal_core::id::{NodeName, check_instance_id, check_service_name};

#[path = "catalog.rs"]
mod catalog;

/// Kept from run to run, since making one takes a hundred times as long as using it. Each run leaves it empty.
static CATALOG: LazyLock<Catalog> = LazyLock::new(catalog::empty);

fuzz_target!(|bytes: &[u8]| {
    let mut parts = bytes.splitn(2, |&byte| byte == b'/');
    let decoded = [parts.next(), parts.next()]
        .map(|part| percent_decode(part.unwrap_or_default()).collect::<Vec<u8>>());
    let (Ok(service), Ok(id)) = (std::str::from_utf8(&decoded[0]), std::str::from_utf8(&decoded[1])) else {
        return;
    };
    let is_token = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_name = service.starts_with(|c: char| c.is_ascii_alphanumeric()) && service.chars().all(is_token);
    assert_eq!(
        check_service_name(service).is_ok(),
        is_name && service.len() <= 128
    );
    assert_eq!(NodeName::parse(service).is_ok(), is_name && service.len() <= 64);
    let is_id = !id.is_empty() && id.len() <= 256 && !id.chars().any(char::is_control);
    assert_eq!(check_instance_id(id).is_ok(), is_id);
    let catalog = &*CATALOG;
    if catalog.put(catalog::NOW, service, id, None, b"{}").is_ok() {
        let answer = catalog.answer(service).expect("what was registered is answered");
        let answer: serde_json::Map<_, _> = serde_json::from_slice(&answer.body).expect("an answer is JSON");
        assert!(answer.keys().eq([id]));
        assert!(catalog.remove(catalog::NOW, service, id));
        catalog.check_invariants().expect("a catalog whose parts agree");
        catalog::forget_marks(catalog);
    }
});
