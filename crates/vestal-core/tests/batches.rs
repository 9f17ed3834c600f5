//! Runs of an origin's log: their pages, their cursors, and what is wrong with some.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction,
    clippy::similar_names
)]

mod clockwork;

use std::time::Duration;

use clockwork::{Node, START, batch, gone, live, origin};
use vestal_core::catalog::{ApplyError, End};
use vestal_core::id::Sequence;
use vestal_core::limits::ORIGINS_MAX;
use vestal_core::replication::{BatchWriter, Record, RecordState};
use vestal_core::time::{VERSION_MAX, Version};

fn node_with(count: usize) -> Node {
    let node = Node::named("a");
    for number in 0..count {
        node.put("s", &number.to_string(), r#"{"port":1}"#);
    }
    node
}

/// Reads the whole log in pages of `bytes_max`; returns how many records and pages there were.
fn check_pages(count: usize, bytes_max: usize) -> (usize, usize) {
    let node = node_with(count);
    let (mut cursor, mut records, mut pages) = (Sequence(0), 0, 0);
    loop {
        let page = node
            .catalog
            .batch(&node.origin(), cursor, bytes_max)
            .expect("our own log");
        assert_eq!((page.after, page.head), (cursor, node.catalog.own_head()));
        let sequences: Vec<_> = page
            .records()
            .map(|record| record.expect("a record").sequence)
            .collect();
        assert!(sequences.iter().all(|&at| cursor < at && at <= page.reach) && sequences.is_sorted());
        records += sequences.len();
        pages += 1;
        cursor = page.reach;
        if !page.has_more() {
            assert_eq!(cursor, node.catalog.own_head());
            return (records, pages);
        }
        assert!(!sequences.is_empty(), "every page gets on");
    }
}

#[test]
fn pages_put_together_are_the_whole_log() {
    assert_eq!(check_pages(0, 1000), (0, 1));
    assert_eq!(check_pages(3, usize::MAX), (3, 1));
    for count in [1023, 1024, 1025, 2048, 2049] {
        assert_eq!(check_pages(count, usize::MAX), (count, 1));
    }
}

#[test]
fn a_page_ends_at_the_record_that_fills_it_but_holds_one_at_the_least() {
    assert_eq!(check_pages(7, 1), (7, 7));
    assert_eq!(check_pages(7, 0), (7, 7));
    let (records, pages) = check_pages(1100, 10_000);
    assert_eq!(records, 1100);
    assert!((3..10).contains(&pages), "{pages} pages");
}

#[test]
fn a_log_holds_the_latest_state_of_each_instance_only() {
    let node = node_with(3);
    node.put("s", "0", r#"{"port":2}"#);
    node.put("s", "0", r#"{"port":3}"#);
    node.remove("s", "1");
    let news = node.own_news();
    let told: Vec<_> = news
        .records()
        .map(|record| record.expect("a record"))
        .map(|r| (r.id, r.sequence.0))
        .collect();
    assert_eq!(told, [("2", 3), ("0", 5), ("1", 6)]);
}

#[test]
fn a_cursor_beyond_the_log_gets_an_empty_batch() {
    let node = node_with(2);
    for after in [2, 3, u64::MAX] {
        let page = node.news_of(&node.origin(), Sequence(after));
        assert!(page.is_empty() && !page.has_more(), "{after}");
        assert_eq!(page.reach, Sequence(after));
    }
}

#[test]
fn there_is_no_batch_of_an_origin_that_is_not_known() {
    assert_eq!(node_with(0).catalog.batch(&origin("b", 1), Sequence(0), 1), None);
}

#[test]
fn a_batch_may_come_twice() {
    let (node, peer) = (Node::named("b"), node_with(3));
    let news = peer.own_news();
    assert_eq!(node.apply(&news).merged, 3);
    let index = node.catalog.index();
    assert_eq!(node.apply(&news).merged, 0);
    assert_eq!(node.catalog.index(), index);
    node.audit();
}

#[test]
fn a_batch_that_does_not_follow_is_refused_with_where_to_go_on() {
    let node = Node::named("a");
    let b = origin("b", 1);
    node.apply(&batch(&b, 0, &[live("s", "i", 4, START, "{}")]));
    let refused = node
        .catalog
        .apply(node.wall(), &batch(&b, 5, &[live("s", "j", 6, START, "{}")]));
    let gap = ApplyError::Gap {
        origin: b.clone(),
        after: Sequence(5),
        have: Sequence(4),
    };
    assert_eq!(refused, Err(gap));
    assert!(!node.has("s", "j"));
    assert_eq!(node.catalog.head(&b), Sequence(4));
    assert_eq!(
        node.apply(&batch(&b, 2, &[live("s", "j", 6, START, "{}")]))
            .merged,
        1,
        "one that overlaps is not"
    );
}

#[test]
fn a_batch_that_speaks_for_this_node_is_refused() {
    let node = Node::named("a");
    let own = batch(&node.origin(), 0, &[live("s", "i", 1, START, "{}")]);
    assert_eq!(node.catalog.apply(node.wall(), &own), Err(ApplyError::Own));
    let earlier = batch(&origin("a", START - 1), 0, &[live("s", "i", 1, START, "{}")]);
    assert_eq!(
        node.apply(&earlier).merged,
        1,
        "an earlier life is another origin"
    );
}

#[test]
fn no_more_origins_are_taken_up_than_are_bound() {
    let node = Node::named("a");
    for life in 1..ORIGINS_MAX as u64 {
        node.apply(&batch(&origin("b", life), 0, &[]));
    }
    let one_more = origin("b", ORIGINS_MAX as u64);
    let refused = node.catalog.apply(node.wall(), &batch(&one_more, 0, &[]));
    assert_eq!(
        refused,
        Err(ApplyError::TooManyOrigins {
            origin: one_more.clone()
        })
    );
    node.catalog.lapse(&origin("b", 1));
    assert!(node.catalog.apply(node.wall(), &batch(&one_more, 0, &[])).is_ok());
}

#[test]
fn entries_are_told_on_as_they_were_told_with_the_age_of_the_last_word() {
    let (origin, relay, end) = (node_with(3), Node::named("b"), Node::named("c"));
    origin.remove("s", "1");
    relay.hear(&origin);
    relay.pass(Duration::from_secs(7));
    let told = relay.news_of(&origin.origin(), Sequence(0));
    assert_eq!(told.age, Duration::from_secs(7));
    end.apply(&told);
    assert_eq!(end.answer("s"), origin.answer("s"));
    let views = [&origin, &relay, &end].map(|node| {
        node.catalog
            .origin_view(&origin.origin())
            .expect("a known origin")
    });
    assert!(
        views
            .iter()
            .all(|view| (view.head, view.hash, view.instances) == (views[0].head, views[0].hash, 2))
    );
}

/// A batch of b with one sound record and `record`; expects the latter to be passed over.
fn check_malformed(record: &Record<'_>) {
    let node = Node::named("a");
    let b = origin("b", 1);
    let applied = node.apply(&batch(&b, 0, &[live("s", "sound", 1, START, "{}"), *record]));
    assert_eq!((applied.merged, applied.malformed), (1, 1), "{record:?}");
    assert_eq!(node.answer("s"), r#"{"sound":{}}"#);
    node.audit();
}

#[test]
fn a_record_that_is_not_sound_is_passed_over_and_counted() {
    for service in ["", "_s", "a b"] {
        check_malformed(&live(service, "i", 2, START, "{}"));
    }
    for id in ["", "a\nb"] {
        check_malformed(&live("s", id, 2, START, "{}"));
        check_malformed(&gone("s", id, 2, START, End::Removed));
    }
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(64), "]".repeat(64));
    for body in ["", "{", "[]", "{}}", "{},\"x\":{}", "null", "{\n}", " {}", &deep] {
        check_malformed(&live("s", "i", 2, START, body));
    }
    let not_text = Record {
        state: RecordState::Live(b"{\"a\":\"\xff\"}"),
        ..live("s", "i", 2, START, "")
    };
    check_malformed(&not_text);
}

/// Readers parse a service as a whole: one body that some of them refuse would hide all instances.
#[test]
fn a_body_that_strict_readers_refuse_is_not_sound() {
    let long = format!(r#"{{"a":{}}}"#, "9".repeat(400));
    for body in [
        r#"{"a":1e400}"#,
        r#"{"a":"\ud800"}"#,
        r#"{"\udc00":1}"#,
        long.as_str(),
    ] {
        check_malformed(&live("s", "i", 2, START, body));
    }
}

#[test]
fn a_version_above_which_none_could_be_given_is_not_sound() {
    let at = |version: Version| Record {
        version,
        ..live("s", "i", 2, START, "{}")
    };
    for version in [VERSION_MAX.next(), Version(u64::MAX)] {
        check_malformed(&at(version));
        check_malformed(&Record {
            state: RecordState::Gone(End::Removed),
            ..at(version)
        });
    }
    let node = Node::named("a");
    node.apply(&batch(&origin("b", 1), 0, &[at(VERSION_MAX)]));
    assert!(node.remove("s", "i"));
    node.put("s", "i", "{}");
    assert!(
        node.version("s", "i") > VERSION_MAX.next(),
        "each is above the last"
    );
}

#[test]
fn a_record_at_a_place_that_its_batch_cannot_have_is_passed_over() {
    check_malformed(&live("s", "i", 0, START, "{}"));
    check_malformed(&live("s", "i", 1, START, "{}"));
    let node = Node::named("a");
    let b = origin("b", 1);
    node.apply(&batch(&b, 0, &[live("s", "first", 3, START, "{}")]));
    let mut writer = BatchWriter::new(b.clone(), Sequence(3));
    for record in [
        live("s", "late", 5, START, "{}"),
        live("s", "early", 4, START, "{}"),
        live("s", "far", 9, START, "{}"),
    ] {
        writer.push(&record);
    }
    let applied = node.apply(&writer.finish(Sequence(5), Sequence(5), Duration::ZERO));
    assert_eq!((applied.merged, applied.malformed), (1, 2));
    assert_eq!(node.answer("s"), r#"{"first":{},"late":{}}"#);
    node.audit();
}

#[test]
fn a_listing_cannot_put_two_instances_in_one_place() {
    let node = Node::named("a");
    let b = origin("b", 1);
    node.apply(&batch(&b, 0, &[live("s", "i", 1, START, "{}")]));
    let mut listing = batch(&b, 0, &[live("s", "j", 1, START, "{}")]);
    listing.is_listing = true;
    assert_eq!(node.apply(&listing).malformed, 1);
    node.audit();
    assert_eq!(node.catalog.lapse(&b), 1);
    assert_eq!(node.answer("s"), "{}");
}

#[test]
fn what_a_listing_brought_beyond_the_cursor_is_not_told_on_as_if_all_before_it_had_been_heard() {
    let node = Node::named("a");
    let b = origin("b", 1);
    let mut listing = batch(&b, 5, &[live("s", "i", 6, START, "{}")]);
    listing.is_listing = true;
    node.apply(&listing);
    let told = node.news_of(&b, Sequence(0));
    assert_eq!((told.records().count(), told.reach), (0, Sequence(0)));
    let sound = told
        .records()
        .flatten()
        .all(|record| record.sequence <= told.reach);
    assert!(sound);
}

#[test]
fn bytes_that_break_off_end_the_batch_after_what_could_be_read() {
    let node = Node::named("a");
    let whole = batch(
        &origin("b", 1),
        0,
        &[live("s", "i", 1, START, "{}"), live("s", "j", 2, START, "{}")],
    );
    let frame = vestal_core::replication::Message::Batch(whole.clone()).encode();
    // The last byte of the frame is the last of the second record's body; its length says one more.
    let mut content = frame[4..frame.len() - 1].to_vec();
    let records_length = content.len() - (whole.bytes() - 1) - 1;
    content[records_length] -= 1;
    let Ok(vestal_core::replication::Message::Batch(cut)) =
        vestal_core::replication::Message::decode(&content)
    else {
        panic!("a batch that can be read as far as its records");
    };
    let applied = node.apply(&cut);
    assert_eq!((applied.merged, applied.malformed), (1, 1));
    assert_eq!(node.answer("s"), r#"{"i":{}}"#);
}

#[test]
fn the_skew_of_a_batch_is_how_far_its_versions_lie_ahead() {
    let node = Node::named("a");
    let applied = node.apply(&batch(
        &origin("b", 1),
        0,
        &[live("s", "i", 1, START + 5_000, "{}")],
    ));
    assert_eq!(applied.skew, Duration::from_secs(5));
}
