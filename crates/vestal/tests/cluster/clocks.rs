//! Wrong wall clocks and wall clocks that jump, by the library `faketime` (Debian and Ubuntu: package `faketime`).
//! Without it these tests say so and prove nothing; under `CI=true` they fail.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::clients::{Heartbeats, Witness};
use crate::fleet::{Fleet, LIVENESS, QUICK};
use crate::patience::{eventually, pass};

const DAY_MS: i64 = 24 * 3600 * 1000;
const NODES: [&str; 3] = ["a", "b", "c"];

/// The library that gives a process a wall clock of its own.
struct FalseClock {
    library: PathBuf,
    file: PathBuf,
}

impl FalseClock {
    /// `None` where the library is not installed.
    fn find(fleet: &Fleet, name: &str, offset: &str) -> Option<Self> {
        let Some(library) = library() else {
            let told =
                "the library faketime is not installed (apt-get install faketime): clocks were NOT tested";
            assert!(std::env::var_os("CI").is_none(), "{told}");
            eprintln!("\n!!! {told}\n");
            return None;
        };
        let file = fleet.folder().write(&format!("clock-{name}"), offset);
        Some(Self { library, file })
    }

    fn arrange(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.file)
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("NO_FAKE_STAT", "1");
    }

    /// The clock jumps. The file is replaced whole: a clock that reads half of it would stand at another time.
    fn jump(&self, offset: &str) {
        let new = self.file.with_extension("new");
        std::fs::write(&new, offset).expect("a file for the clock");
        std::fs::rename(new, &self.file).expect("a clock that jumps");
    }
}

fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    let beneath = folders.map(|folder| folder.path().join("faketime"));
    let other = [
        "/usr/lib/faketime",
        "/usr/lib64/faketime",
        "/usr/local/lib/faketime",
    ]
    .map(PathBuf::from);
    let mut found = beneath
        .chain(other)
        .map(|folder| folder.join("libfaketimeMT.so.1"));
    found.find(|library| Path::exists(library))
}

#[test]
fn a_clock_that_is_a_day_ahead_removes_nobody_and_is_reported() {
    let mut fleet = Fleet::new(&NODES, QUICK);
    let Some(clock) = FalseClock::find(&fleet, "c", "+1d") else {
        return;
    };
    fleet.start("a");
    fleet.start("b");
    fleet.start_as("c", |command| clock.arrange(command));
    fleet.await_whole();
    let heartbeats = NODES.map(|at| Heartbeats::start(fleet.address(at), &format!("/storage/of-{at}")));
    fleet.await_ids_everywhere("storage", &["of-a", "of-b", "of-c"]);
    let witness = Witness::of_presence(
        &NODES.map(|at| fleet.address(at)),
        "storage",
        &["of-a", "of-b", "of-c"],
    );
    await_skew(&fleet, "a", "c", DAY_MS);
    await_skew(&fleet, "c", "b", -DAY_MS);
    await_log(&fleet, "a", "clock is ahead of ours");
    await_log(&fleet, "c", "clock is behind ours");
    let metrics = fleet.ask("a", "GET", "/_metrics", "").expect("an answer").text();
    assert!(
        metrics.contains("vestal_peer_clock_skew_milliseconds{peer=\"c\"} 86"),
        "the skew is no metric:\n{metrics}"
    );

    // One instance goes from clock to clock; each writer wins, whatever its clock says.
    for (value, at) in ["c", "a", "c", "b", "a", "c"].into_iter().enumerate() {
        fleet.put(at, "/wanderers/one", &format!(r#"{{"value":{value}}}"#));
        for reader in NODES {
            eventually(&format!("the value of {at} is read at {reader}"), || {
                let body = fleet.json(reader, "/wanderers/one")?;
                (body["value"] == value)
                    .then_some(())
                    .ok_or_else(|| body.to_string())
            });
            assert_eq!(fleet.origin(reader, "wanderers", "one"), Ok(at.to_owned()));
        }
    }
    fleet.delete("a", "/wanderers/one");
    fleet.await_ids_everywhere("wanderers", &[]);
    fleet.put("b", "/wanderers/one", "{}");
    fleet.await_ids_everywhere("wanderers", &["one"]);
    // More than the life of a lease goes by.
    pass(LIVENESS + Duration::from_secs(1));
    witness.expect_nothing_wrong();
    drop(heartbeats);
    // Silence ends leases there as anywhere, no sooner and no later.
    fleet.await_ids_everywhere("storage", &[]);
}

#[test]
fn a_clock_that_jumps_either_way_removes_nobody() {
    let mut fleet = Fleet::new(&NODES, QUICK);
    let Some(clock) = FalseClock::find(&fleet, "b", "+0") else {
        return;
    };
    fleet.start("a");
    fleet.start_as("b", |command| clock.arrange(command));
    fleet.start("c");
    fleet.await_whole();
    let heartbeats = NODES.map(|at| Heartbeats::start(fleet.address(at), &format!("/storage/of-{at}?ttl=4")));
    // Nobody renews this one: jumps must not end it either.
    fleet.put("b", "/storage/lasting?ttl=600", "{}");
    fleet.await_ids_everywhere("storage", &["of-a", "of-b", "of-c", "lasting"]);
    let witness = Witness::of_presence(
        &NODES.map(|at| fleet.address(at)),
        "storage",
        &["of-a", "of-b", "of-c", "lasting"],
    );
    for (offset, skew) in [("+1d", DAY_MS), ("-1d", -DAY_MS)] {
        clock.jump(offset);
        await_skew(&fleet, "a", "b", skew);
        let id = format!("after{skew}");
        fleet.put("b", &format!("/jumps/{id}?ttl=600"), "{}");
        for at in ["a", "c"] {
            eventually(
                &format!("what b wrote after its jump by {offset} is read at {at}"),
                || {
                    fleet
                        .ask(at, "GET", &format!("/jumps/{id}"), "")?
                        .expect_status(200)
                },
            );
        }
        fleet.put("a", &format!("/jumps/{id}?ttl=600"), r#"{"moved":true}"#);
        eventually("what a wrote over it is read at b", || {
            let body = fleet.json("b", &format!("/jumps/{id}"))?;
            (body["moved"] == true)
                .then_some(())
                .ok_or_else(|| body.to_string())
        });
        pass(LIVENESS);
    }
    await_log(&fleet, "a", "clock is ahead of ours");
    await_log(&fleet, "a", "clock is behind ours");
    witness.expect_nothing_wrong();
    drop(heartbeats);
}

#[test]
fn a_node_that_lost_its_data_and_its_clock_is_heard_in_its_new_life() {
    let mut fleet = Fleet::new(&NODES, QUICK);
    let Some(clock) = FalseClock::find(&fleet, "c", "-1d") else {
        return;
    };
    fleet.start_all();
    fleet.put("c", "/storage/one?ttl=600", r#"{"life":1}"#);
    fleet.put("c", "/storage/removed?ttl=600", "{}");
    fleet.await_ids_everywhere("storage", &["one", "removed"]);
    fleet.delete("c", "/storage/removed");
    fleet.await_ids_everywhere("storage", &["one"]);
    fleet.kill("c");
    fleet.wipe("c");
    // Its new incarnation is a smaller number than the one that the others know.
    fleet.start_as("c", |command| clock.arrange(command));
    fleet.await_whole();
    fleet.put("c", "/storage/one?ttl=600", r#"{"life":2}"#);
    fleet.put("c", "/storage/two?ttl=600", "{}");
    fleet.put("c", "/storage/removed?ttl=600", r#"{"again":true}"#);
    fleet.await_ids_everywhere("storage", &["one", "two", "removed"]);
    for at in NODES {
        eventually("the later writer has won", || {
            let body = fleet.json(at, "/storage/one")?;
            (body["life"] == 2).then_some(()).ok_or_else(|| body.to_string())
        });
    }
    // Nor does the end of its former life, a liveness later, take anything with it.
    let everything = ["one", "two", "removed"];
    let witness = Witness::of_presence(&NODES.map(|at| fleet.address(at)), "storage", &everything);
    pass(LIVENESS + Duration::from_secs(1));
    witness.expect_nothing_wrong();
    fleet.delete("c", "/storage/one");
    fleet.await_ids_everywhere("storage", &["two", "removed"]);
}

fn await_skew(fleet: &Fleet, at: &str, peer: &str, skew_ms: i64) {
    eventually(
        &format!("{at} knows that the clock of {peer} is off by {skew_ms} ms"),
        || {
            let found = fleet.peer(at, peer)?;
            let known = found["skew_ms"].as_i64().ok_or("no skew")?;
            ((known - skew_ms).abs() < 20_000)
                .then_some(())
                .ok_or_else(|| found.to_string())
        },
    );
}

fn await_log(fleet: &Fleet, at: &str, words: &str) {
    eventually(&format!("the log of {at} says {words:?}"), || {
        let log = fleet.node(at).log();
        log.contains(words).then_some(()).ok_or(log)
    });
}
