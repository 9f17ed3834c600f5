//! Frames from a peer, one after another. Looks for a message that does not come out as it went in, and for a batch or an
//! exchange that leaves a catalog whose parts disagree.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use vestal_core::catalog::Catalog;
use vestal_core::replication::effects::Effects;
use vestal_core::replication::{Input, Message, Replica, ReplicaConfig, read_frame};

#[path = "catalog.rs"]
mod catalog;

fuzz_target!(|bytes: &[u8]| {
    let catalog = catalog::empty();
    let mut replica = Replica::new(
        ReplicaConfig {
            peers: vec![catalog::name("b"), catalog::name("c")],
            gossip_interval: Duration::from_secs(1),
            liveness: Duration::from_secs(90),
            join_timeout: Duration::from_secs(5),
            clock_skew_max: catalog::SKEW_MAX,
            seed: 1,
        },
        &catalog,
    );
    catalog
        .put(catalog::NOW, "s", "i", None, b"{}")
        .expect("a registration");
    let mut rest = bytes;
    let mut mono = Duration::ZERO;
    while let Ok(Some((content, taken))) = read_frame(rest) {
        rest = &rest[taken..];
        let Ok(message) = Message::decode(content) else {
            continue;
        };
        let again = message.encode();
        assert_eq!(Message::decode(&again[4..]).as_ref(), Ok(&message));
        take(&catalog, &mut replica, message);
        mono += Duration::from_millis(400);
        catalog.tick(mono);
        replica.handle(&catalog, catalog::NOW, Input::Tick, &mut Effects::default());
    }
    catalog.check_invariants().expect("a catalog whose parts agree");
    for origin in catalog.origins() {
        catalog.lapse(&origin.origin);
    }
    catalog.check_invariants().expect("a catalog whose parts agree");
    let stats = catalog.stats();
    assert_eq!(
        stats.instances, stats.own_instances,
        "whoever lapsed left nothing behind"
    );
});

fn take(catalog: &Catalog, replica: &mut Replica, message: Message) {
    let peer = catalog::name("b");
    match message {
        Message::Exchange(exchange) if exchange.is_ready => {
            replica.handle(
                catalog,
                catalog::NOW,
                Input::Exchange(exchange),
                &mut Effects::default(),
            );
        }
        Message::Exchange(exchange) => {
            replica.handle(
                catalog,
                catalog::NOW,
                Input::Reply { peer, exchange },
                &mut Effects::default(),
            );
        }
        Message::Batch(batch) => {
            replica.handle(
                catalog,
                catalog::NOW,
                Input::Batch { peer, batch },
                &mut Effects::default(),
            );
        }
        Message::Fetch(fetch) => drop(Replica::serve(catalog, &fetch)),
    }
}
