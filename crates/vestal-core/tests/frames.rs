//! What nodes say to each other as bytes: there and back, and what does not survive the way.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction
)]

mod clockwork;

use std::time::Duration;

use clockwork::{Node, START, batch, config, gone, live, origin};
use proptest::prelude::*;
use vestal_core::catalog::{CatalogConfig, End};
use vestal_core::id::{Incarnation, NodeName, Origin, Sequence};
use vestal_core::limits::{BODY_BYTES_CEILING, Limits};
use vestal_core::replication::{
    BATCH_BYTES, BatchWriter, Exchange, FRAME_BYTES_MAX, Fetch, Message, MessageError, OriginDigest, Record,
    RecordState, WireError, read_frame,
};
use vestal_core::time::{Beat, Version, WallMillis};

fn origins() -> impl Strategy<Value = Origin> {
    ("[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}", any::<u64>()).prop_map(|(node, life)| Origin {
        node: NodeName::parse(&node).expect("a node name"),
        incarnation: Incarnation(life),
    })
}

fn digests() -> impl Strategy<Value = OriginDigest> {
    let numbers = (
        any::<u64>(),
        any::<u64>(),
        any::<u64>(),
        any::<u64>(),
        any::<u64>(),
    );
    (origins(), numbers).prop_map(|(origin, (head, instances, hash, beat, age))| {
        let (head, beat, age) = (Sequence(head), Beat(beat), Duration::from_millis(age));
        OriginDigest {
            origin,
            head,
            instances,
            hash,
            beat,
            age,
        }
    })
}

fn exchanges() -> impl Strategy<Value = Message> {
    (
        origins(),
        any::<u64>(),
        any::<bool>(),
        prop::collection::vec(digests(), 0..30),
    )
        .prop_map(|(from, wall, is_ready, origins)| {
            Message::Exchange(Exchange {
                from,
                wall: WallMillis(wall),
                is_ready,
                origins,
            })
        })
}

fn batches() -> impl Strategy<Value = Message> {
    let record = (
        "\\PC{0,9}",
        "\\PC{0,9}",
        any::<u64>(),
        any::<u64>(),
        any::<u32>(),
        0..3,
        "\\PC{0,200}",
    );
    (
        origins(),
        any::<u64>(),
        prop::collection::vec(record, 0..20),
        any::<u64>(),
        any::<bool>(),
    )
        .prop_map(|(origin, after, records, age, is_listing)| {
            let mut writer = BatchWriter::new(origin, Sequence(after));
            for (service, id, sequence, version, ttl_ms, kind, body) in &records {
                let state = match kind {
                    0 => RecordState::Live(body.as_bytes()),
                    1 => RecordState::Gone(End::Expired),
                    _ => RecordState::Gone(End::Removed),
                };
                let (sequence, version) = (Sequence(*sequence), Version(*version));
                writer.push(&Record {
                    service,
                    id,
                    sequence,
                    version,
                    ttl_ms: *ttl_ms,
                    state,
                });
            }
            writer.beat(Beat(age / 2));
            let mut batch = writer.finish(Sequence(after), Sequence(u64::MAX), Duration::from_millis(age));
            batch.is_listing = is_listing;
            Message::Batch(batch)
        })
}

fn messages() -> impl Strategy<Value = Message> {
    let fetch = (origins(), any::<u64>(), any::<bool>()).prop_map(|(origin, after, is_listing)| {
        Message::Fetch(Fetch {
            origin,
            after: Sequence(after),
            is_listing,
        })
    });
    prop_oneof![exchanges(), batches(), fetch]
}

proptest! {
    #[test]
    fn a_message_comes_out_as_it_went_in(message in messages(), behind in prop::collection::vec(any::<u8>(), 0..9)) {
        let mut bytes = message.encode();
        let length = bytes.len();
        bytes.extend(behind);
        let (content, taken) = read_frame(&bytes).expect("a frame").expect("a whole one");
        prop_assert_eq!(taken, length);
        prop_assert_eq!(Message::decode(content), Ok(message));
    }

    #[test]
    fn a_frame_that_has_not_come_whole_is_waited_for(message in messages(), cut in any::<prop::sample::Index>()) {
        let bytes = message.encode();
        prop_assert_eq!(read_frame(&bytes[..cut.index(bytes.len())]), Ok(None));
    }

    #[test]
    fn content_that_breaks_off_is_an_error(message in messages(), cut in any::<prop::sample::Index>()) {
        let bytes = message.encode();
        let content = &bytes[4..];
        prop_assert!(Message::decode(&content[..cut.index(content.len())]).is_err());
    }

    #[test]
    fn flipped_bits_never_do_worse_than_another_message(
        message in messages(),
        flips in prop::collection::vec(any::<prop::sample::Index>(), 1..4),
    ) {
        let mut bytes = message.encode();
        let bits = (bytes.len() - 4) * 8;
        for flip in flips {
            let bit = flip.index(bits);
            bytes[4 + bit / 8] ^= 1 << (bit % 8);
        }
        if let Ok(Message::Batch(batch)) = Message::decode(&bytes[4..]) {
            let _ = batch.records().count();
        }
    }

    #[test]
    fn any_bytes_can_be_looked_at(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(Some((content, taken))) = read_frame(&bytes) {
            prop_assert!(taken <= bytes.len());
            let _ = Message::decode(content);
        }
        let _ = Message::decode(&[&[1, 0x83], &bytes[..]].concat());
        let _ = Message::decode(&[&[1, 3], &bytes[..]].concat());
    }
}

fn check(content: &[u8], expected: MessageError) {
    assert_eq!(Message::decode(content), Err(expected), "{content:?}");
}

#[test]
fn a_frame_larger_than_the_bound_is_refused_before_it_is_waited_for() {
    let largest = u32::try_from(FRAME_BYTES_MAX).expect("a length");
    assert_eq!(read_frame(&largest.to_le_bytes()), Ok(None));
    let one_more = (largest + 1).to_le_bytes();
    assert_eq!(
        read_frame(&one_more),
        Err(MessageError::TooLarge {
            bytes: FRAME_BYTES_MAX + 1
        })
    );
    assert_eq!(read_frame(&[0, 0, 0]), Ok(None));
}

#[test]
fn another_protocol_or_kind_is_named_in_the_refusal() {
    check(&[2, 1], MessageError::Protocol { theirs: 2, ours: 1 });
    check(&[1, 9], MessageError::Kind(9));
    check(&[], MessageError::Wire(WireError::Truncated));
    check(&[1], MessageError::Wire(WireError::Truncated));
}

#[test]
fn integers_and_names_are_checked() {
    let fetch = |origin: &[u8]| [&[1, 2], origin].concat();
    check(&fetch(&[0]), MessageError::Wire(WireError::BadNodeName));
    check(&fetch(&[1, 0xff]), MessageError::Wire(WireError::NotUtf8));
    check(&fetch(&[1, b'_']), MessageError::Wire(WireError::BadNodeName));
    check(
        &fetch(&[&[1, b'b'][..], &[0xff; 10]].concat()),
        MessageError::Wire(WireError::IntegerTooLong),
    );
    let two_more_bits = [&[1, b'b'][..], &[0xff; 9], &[3]].concat();
    check(
        &fetch(&two_more_bits),
        MessageError::Wire(WireError::IntegerTooLong),
    );
    check(
        &fetch(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
        MessageError::Wire(WireError::Truncated),
    );
}

fn varint(mut value: usize) -> Vec<u8> {
    let mut out = Vec::new();
    while value >= 0x80 {
        out.push(u8::try_from(value & 0x7f).expect("seven bits") | 0x80);
        value >>= 7;
    }
    out.push(u8::try_from(value).expect("seven bits"));
    out
}

/// A compressed batch that says it has `told` bytes and has `real`.
fn bomb(told: usize, real: usize) -> Vec<u8> {
    let compressed = zstd::bulk::compress(&vec![0; real], 1).expect("compressed zeros");
    [&[1, 0x83][..], &varint(told), &compressed].concat()
}

#[test]
fn what_swells_beyond_what_it_says_or_may_is_refused() {
    check(
        &bomb(FRAME_BYTES_MAX + 1, 10),
        MessageError::TooLarge {
            bytes: FRAME_BYTES_MAX + 1,
        },
    );
    check(
        &bomb(usize::MAX, 10),
        MessageError::TooLarge { bytes: usize::MAX },
    );
    check(&bomb(100, 64 * 1024 * 1024), MessageError::Compression);
    check(
        &bomb(FRAME_BYTES_MAX, FRAME_BYTES_MAX + 1),
        MessageError::Compression,
    );
    check(&bomb(FRAME_BYTES_MAX, 100), MessageError::Compression);
    check(&bomb(99, 100), MessageError::Compression);
    check(&[1, 0x83, 50, 1, 2, 3], MessageError::Compression);
}

#[test]
fn a_large_batch_travels_compressed() {
    let body = format!("{{\"a\":\"{}\"}}", "x".repeat(10_000));
    let message = Message::Batch(batch(&origin("b", 1), 0, &[live("s", "i", 1, START, &body)]));
    assert!(message.encode().len() < 500);
}

/// A body of so many bytes that cannot be compressed by much.
fn noise(bytes: usize) -> String {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
    let mut state = 1_u64;
    let letters = std::iter::repeat_with(|| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        char::from(alphabet[(state >> 58) as usize])
    });
    let frame = r#"{"a":""}"#;
    format!(
        r#"{{"a":"{}"}}"#,
        letters.take(bytes - frame.len()).collect::<String>()
    )
}

#[test]
fn the_largest_body_travels_with_a_batch_that_is_full_without_it() {
    let limits = Limits {
        body_bytes_max: BODY_BYTES_CEILING,
        ..Limits::default()
    };
    let node = Node::with(CatalogConfig {
        limits,
        ..config("a")
    });
    let small = noise(10_000);
    for number in 0..BATCH_BYTES / 10_100 {
        node.put("s", &number.to_string(), &small);
    }
    node.put("s", "large", &noise(BODY_BYTES_CEILING));
    node.put("s", "later", "{}");
    let batch = node
        .catalog
        .batch(&node.origin(), Sequence(0), BATCH_BYTES)
        .expect("our own log");
    assert!(batch.bytes() > BODY_BYTES_CEILING + BATCH_BYTES * 9 / 10 && batch.has_more());
    let message = Message::Batch(batch);
    let bytes = message.encode();
    let (content, _) = read_frame(&bytes)
        .expect("a frame within the bound")
        .expect("a whole one");
    assert_eq!(Message::decode(content), Ok(message));
}

#[test]
fn a_record_of_a_kind_from_the_future_is_passed_over_and_its_neighbours_are_read() {
    let records = ["first", "middle", "last"].map(|id| gone("s", id, id.len() as u64, 1, End::Removed));
    let mut last = Vec::new();
    records[2].encode(&mut last);
    let mut writer = BatchWriter::new(origin("b", 1), Sequence(0));
    for record in &records {
        writer.push(record);
    }
    let mut frame = Message::Batch(writer.finish(Sequence(6), Sequence(6), Duration::ZERO)).encode();
    // The kind is the last byte of a record without a body.
    let kind = frame.len() - last.len() - 1;
    frame[kind] = 77;
    let Ok(Message::Batch(batch)) = Message::decode(&frame[4..]) else {
        panic!("a batch")
    };
    let ids: Vec<_> = batch
        .records()
        .map(|record| record.expect("a record").id)
        .collect();
    assert_eq!(ids, ["first", "last"]);
}
