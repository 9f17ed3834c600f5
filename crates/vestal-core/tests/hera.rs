//! hera's gossip: the shape of its answers, its time-stamps, and what is believed of them.
#![allow(
    clippy::expect_used,
    clippy::duration_suboptimal_units,
    clippy::unchecked_time_subtraction,
    clippy::similar_names
)]

mod clockwork;

use std::time::Duration;

use clockwork::{LEASE_TTL, Node, SKEW_MAX, START, batch, live, name, origin};
use serde_json::{Value, json};
use vestal_core::replication::hera::{self, HeraNews};

/// What a hera node hears that asks `node` for entries of `of` after `after`: service, id, body and time-stamp of each.
fn told(node: &Node, of: &str, after: u64) -> Vec<(String, String, Value, u64)> {
    let answer = hera::answer(&node.catalog, node.wall(), &[(name(of), after)]);
    let mut answer: Value = serde_json::from_slice(&answer).expect("JSON");
    serde_json::from_value(answer[of].take()).expect("entries of exactly four items")
}

fn ids_told(node: &Node, of: &str, after: u64) -> Vec<String> {
    told(node, of, after)
        .into_iter()
        .map(|(_, id, _, _)| id)
        .collect()
}

/// The cursor that hera keeps after hearing all of `of`.
fn heard(node: &Node, of: &str) -> u64 {
    told(node, of, 0)
        .iter()
        .map(|entry| entry.3)
        .max()
        .expect("something to hear")
}

fn take(node: &Node, cursor: u64, answer: &Value) -> HeraNews {
    hera::take(
        &node.catalog,
        node.wall(),
        &name("h"),
        cursor,
        &answer.to_string(),
        SKEW_MAX,
    )
    .expect("hera's shape")
}

#[test]
fn an_answer_is_exactly_what_a_hera_node_answers() {
    let node = Node::named("a");
    node.put("storage", "i\"1", r#"{"host":"10.1.1.1","port":1}"#);
    let answer = hera::answer(&node.catalog, node.wall(), &[(name("a"), 0)]);
    let expected = format!(r#"{{"a":[["storage","i\"1",{{"host":"10.1.1.1","port":1}},{START}]]}}"#);
    assert_eq!(String::from_utf8(answer).expect("text"), expected);
}

#[test]
fn nodes_that_are_not_known_are_left_out_and_known_ones_without_news_are_not() {
    let node = Node::named("a");
    let answer = |asked: &[(&str, u64)]| {
        let asked: Vec<_> = asked.iter().map(|&(node, after)| (name(node), after)).collect();
        String::from_utf8(hera::answer(&node.catalog, node.wall(), &asked)).expect("text")
    };
    assert_eq!(answer(&[]), "{}");
    assert_eq!(answer(&[("x", 0)]), "{}");
    assert_eq!(answer(&[("x", 0), ("a", 0), ("y", 0)]), r#"{"a":[]}"#);
    node.apply(&batch(&origin("b", 1), 0, &[]));
    assert_eq!(answer(&[("b", 0), ("a", 0)]), r#"{"b":[],"a":[]}"#);
}

#[test]
fn a_removed_instance_is_not_told() {
    let node = Node::named("a");
    node.put("s", "i", "{}");
    node.put("s", "j", "{}");
    node.remove("s", "i");
    assert_eq!(ids_told(&node, "a", 0), ["j"]);
}

#[test]
fn only_entries_after_the_cursor_are_told() {
    let node = Node::named("a");
    node.put("s", "i", "{}");
    node.pass(Duration::from_millis(500));
    node.put("s", "j", "{}");
    assert_eq!(ids_told(&node, "a", START), ["j"]);
    let cursor = heard(&node, "a");
    assert_eq!(told(&node, "a", cursor), []);
    assert_eq!(told(&node, "a", u64::MAX), []);
}

#[test]
fn a_millisecond_that_was_told_gets_no_more_entries() {
    let node = Node::named("a");
    node.put("s", "i", "{}");
    let cursor = heard(&node, "a");
    node.put("s", "j", "{}");
    assert!(
        ids_told(&node, "a", cursor).contains(&"j".to_owned()),
        "though the wall clock has not moved"
    );
    for round in 0..50 {
        node.put("s", &format!("k{round}"), "{}");
        let cursor = heard(&node, "a");
        node.put("s", &format!("l{round}"), "{}");
        assert!(ids_told(&node, "a", cursor).contains(&format!("l{round}")));
    }
}

#[test]
fn asking_often_does_not_drive_this_nodes_clock_ahead() {
    let node = Node::named("a");
    node.put("s", "i", "{}");
    for _ in 0..10_000 {
        told(&node, "a", u64::MAX);
    }
    node.put("s", "j", "{}");
    assert!(node.version("s", "j").millis() <= START + 1);
}

#[test]
fn a_renewal_is_told_again_with_a_later_time_stamp() {
    let node = Node::named("a");
    node.put("s", "i", "{}");
    node.put("s", "silent", "{}");
    let mut cursor = heard(&node, "a");
    for beat in 0..5 {
        node.pass(Duration::from_secs(10));
        node.put("s", "i", &format!(r#"{{"updated_at":{beat}}}"#));
        let news = told(&node, "a", cursor);
        let renewed: Vec<_> = news.iter().filter(|entry| entry.1 == "i").collect();
        assert_eq!(renewed.len(), 1, "{news:?}");
        assert_eq!(renewed[0].2, json!({"updated_at": beat}));
        assert!(renewed[0].3 > cursor && renewed[0].3 + 100 >= node.wall().0);
        cursor = news.iter().map(|entry| entry.3).max().expect("news");
    }
    let silent = told(&node, "a", 0)
        .into_iter()
        .find(|entry| entry.1 == "silent")
        .expect("it is still there");
    assert!(
        silent.3 <= START + 200,
        "who does not renew is not made younger: {silent:?}"
    );
}

#[test]
fn a_version_from_a_wrong_clock_does_not_run_heras_cursor_ahead() {
    let node = Node::named("a");
    let year_ahead = START + 365 * 24 * 3600 * 1000;
    node.apply(&batch(
        &origin("b", 1),
        0,
        &[live("s", "theirs", 1, year_ahead, "{}")],
    ));
    node.apply(&batch(
        &origin("b", 1),
        1,
        &[live("s", "taken", 2, year_ahead, "{}")],
    ));
    node.renew("s", "taken");
    for of in ["a", "b"] {
        let stamps: Vec<_> = told(&node, of, 0).iter().map(|entry| entry.3).collect();
        assert!(stamps.iter().all(|&at| at <= node.wall().0), "{of}: {stamps:?}");
        assert_eq!(stamps.len(), 1);
    }
    let cursor = heard(&node, "a");
    node.pass(Duration::from_secs(1));
    node.put("s", "later", "{}");
    assert!(ids_told(&node, "a", cursor).contains(&"later".to_owned()));
}

#[test]
fn the_entries_of_another_node_are_told_on_and_told_again_while_it_vouches_for_them() {
    let (node, keeper) = (Node::named("a"), Node::named("b"));
    keeper.put("s", "i", "{}");
    node.hear(&keeper);
    let first = told(&node, "b", 0);
    assert_eq!(first.len(), 1);
    let (mut cursor, mut times) = (first[0].3, 0);
    let round = Duration::from_secs(3);
    for _ in 0..60 {
        node.pass(round);
        keeper.pass(round);
        keeper.renew("s", "i");
        node.hear(&keeper);
        if let [entry] = &told(&node, "b", cursor)[..] {
            assert!(entry.3 > cursor);
            cursor = entry.3;
            times += 1;
        }
    }
    // 180 s of a lease of 90 s, told four times in each.
    assert!((6..=9).contains(&times), "{times} times");
}

#[test]
fn the_entries_of_a_silent_node_are_told_on_no_more() {
    let (node, keeper) = (Node::named("a"), Node::named("b"));
    keeper.put("s", "i", "{}");
    node.hear(&keeper);
    let cursor = heard(&node, "b");
    node.pass(LEASE_TTL);
    assert_eq!(
        told(&node, "b", cursor),
        [],
        "or hera would keep what nobody vouches for"
    );
}

#[test]
fn what_a_hera_node_says_of_itself_is_taken_as_heard_here() {
    let node = Node::named("a");
    let news = take(
        &node,
        0,
        &json!({"h": [["s", "i", {"port": 1}, START - 5000], ["s", "j", {}, START]]}),
    );
    assert_eq!(
        news,
        HeraNews {
            cursor: START - 1,
            taken: 2,
            ..HeraNews::default()
        }
    );
    assert_eq!(node.answer("s"), r#"{"i":{"port":1},"j":{}}"#);
    assert_eq!(node.keeper("s", "i"), "a");
    assert_eq!(node.version("s", "i").millis(), START - 5000);
    node.pass(LEASE_TTL + Duration::from_secs(1));
    assert_eq!(node.answer("s"), "{}", "without renewals the lease ends");
    node.audit();
}

#[test]
fn hearing_an_entry_again_changes_nothing_and_a_renewal_renews() {
    let node = Node::named("a");
    let at = |millis: u64| json!({"h": [["s", "i", {"updated_at": millis}, millis]]});
    take(&node, 0, &at(START));
    let index = node.index_of("s");
    assert_eq!(take(&node, START - 1, &at(START)).taken, 0);
    for beat in 1..10 {
        node.pass(Duration::from_secs(30));
        assert_eq!(take(&node, START - 1, &at(START + beat * 30_000)).taken, 1);
        assert!(node.has("s", "i"));
        assert_eq!(node.index_of("s"), index);
    }
    assert_eq!(
        take(&node, 0, &at(START)).taken,
        0,
        "an older word than what is known"
    );
    node.audit();
}

#[test]
fn entries_of_one_millisecond_that_come_apart_are_all_heard() {
    let node = Node::named("a");
    let first = take(&node, 0, &json!({"h": [["s", "i", {}, START]]}));
    assert!(first.cursor < START, "that millisecond is asked for again");
    let second = take(
        &node,
        first.cursor,
        &json!({"h": [["s", "j", {}, START], ["s", "i", {}, START]]}),
    );
    assert_eq!(second.taken, 1);
    assert_eq!(node.answer("s"), r#"{"i":{},"j":{}}"#);
}

#[test]
fn a_far_future_entry_is_passed_over_and_does_not_move_the_cursor() {
    let node = Node::named("a");
    for far in [START + 60_001, START * 2, (1 << 48) + 5, u64::MAX] {
        let news = take(
            &node,
            7,
            &json!({"h": [["s", "far", {}, far], ["s", "near", {}, START + 60_000]]}),
        );
        assert_eq!((news.skewed, news.cursor), (1, START + 59_999), "{far}");
        assert!(!node.has("s", "far"));
        assert!(node.has("s", "near"));
    }
}

#[test]
fn nobody_speaks_for_another_node() {
    let node = Node::named("a");
    let news = take(
        &node,
        7,
        &json!({"x": [["s", "i", {}, START]], "a": [["s", "j", {}, START]]}),
    );
    assert_eq!(
        news,
        HeraNews {
            cursor: 7,
            ..HeraNews::default()
        }
    );
    assert_eq!(node.answer("s"), "{}");
}

#[test]
fn an_entry_that_cannot_be_kept_is_refused_alone() {
    let node = Node::named("a");
    let entries = json!([
        ["_s", "i", {}, START],
        ["s", "", {}, START],
        ["s", "i", [], START],
        ["s", "k", {}, START]
    ]);
    let news = take(&node, 0, &json!({ "h": entries }));
    assert_eq!((news.taken, news.refused), (1, 3));
    assert_eq!(node.answer("s"), r#"{"k":{}}"#);
}

#[test]
fn an_answer_of_another_shape_is_refused_as_a_whole() {
    let node = Node::named("a");
    let bad = [
        "",
        "[]",
        "not JSON",
        r#"{"h":{}}"#,
        r#"{"h":[["s","i",{}]]}"#,
        r#"{"h":[["s","i",{},1,2]]}"#,
        r#"{"h":[["s","i",{},1.5]]}"#,
        r#"{"h":[["s","i",{},-1]]}"#,
        r#"{"h":[[1,"i",{},1]]}"#,
        r#"{"h":[["s","i",{},1]]"#,
    ];
    for text in bad {
        let taken = hera::take(&node.catalog, node.wall(), &name("h"), 0, text, SKEW_MAX);
        assert!(taken.is_err(), "{text}");
    }
    assert_eq!(node.catalog.stats().instances, 0);
}

#[test]
fn a_removal_here_holds_until_the_hera_node_hears_from_the_client_again() {
    let node = Node::named("a");
    let at = |millis: u64| json!({"h": [["s", "i", {}, millis]]});
    take(&node, 0, &at(START));
    node.pass(Duration::from_secs(1));
    node.remove("s", "i");
    assert_eq!(take(&node, 0, &at(START)).taken, 0);
    assert!(!node.has("s", "i"));
    assert_eq!(take(&node, 0, &at(START + 5_000)).taken, 1);
    assert!(node.has("s", "i"));
}
