//! The results as rows of text: one table for terminals, the same rows for the page.

use std::io::Write;

use comfy_table::Table;
use comfy_table::presets::NOTHING;

use super::cluster::Quantiles;
use super::results::Results;
use super::server::Server;
use super::speed::{Sample, Speed};

/// A heading and rows of cells.
pub(crate) struct Rows {
    pub(crate) title: &'static str,
    pub(crate) head: Vec<&'static str>,
    pub(crate) cells: Vec<Vec<String>>,
}

/// Every table that has a row.
pub(crate) fn tables(results: &Results) -> Vec<Rows> {
    let all = [
        speed(results),
        per_cpu_second(results),
        latency(results),
        memory(results),
        cluster(results),
    ];
    all.into_iter().filter(|table| !table.cells.is_empty()).collect()
}

/// Prints all tables.
pub(crate) fn print(out: &mut impl Write, results: &Results) -> anyhow::Result<()> {
    let machine = &results.machine;
    writeln!(
        out,
        "{} · {} cores · {} · load before {}",
        machine.processor, machine.cores, machine.kernel, machine.load_before
    )?;
    for Rows { title, head, cells } in tables(results) {
        let mut table = Table::new();
        table.load_style(NOTHING).set_header(head).add_rows(cells);
        writeln!(out, "\n{title}\n{table}")?;
    }
    Ok(())
}

fn speed(results: &Results) -> Rows {
    let cells = Speed::ALL
        .into_iter()
        .filter_map(|work| speed_row(results, work))
        .collect();
    let head = vec![
        "work",
        "vestal",
        "map",
        "fixed",
        "vestal/map",
        "reach",
        "vestal/fixed",
        "load core",
    ];
    Rows {
        title: "Requests per second, medians",
        head,
        cells,
    }
}

fn speed_row(results: &Results, work: Speed) -> Option<Vec<String>> {
    let per_second = |sample: &Sample| Some(sample.per_second);
    let mut row = rates(results, work, per_second)?;
    let of_map = results.ratio(work, (Server::Vestal, Server::Map), per_second);
    let of_fixed = results.ratio(work, (Server::Vestal, Server::Fixed), per_second);
    let load = |server| results.median(work, server, |sample| sample.load_cpu);
    let busiest = Server::ALL.into_iter().filter_map(load).reduce(f64::max);
    row.push(shown(of_map.map(two_digits)));
    row.push(reach(
        of_map.map(|ratio| ratio >= work.reach()),
        &format!(">= {}", work.reach()),
    ));
    row.push(shown(of_fixed.map(two_digits)));
    row.push(shown(busiest.map(|share| format!("{:.0} %", share * 100.0))));
    Some(row)
}

fn per_cpu_second(results: &Results) -> Rows {
    let value = |sample: &Sample| sample.per_server_cpu_second;
    let row = |work| {
        let mut row = rates(results, work, value)?;
        row.push(shown(
            results
                .ratio(work, (Server::Vestal, Server::Map), value)
                .map(two_digits),
        ));
        row.push(shown(
            results
                .ratio(work, (Server::Vestal, Server::Fixed), value)
                .map(two_digits),
        ));
        Some(row)
    };
    let cells = Speed::ALL.into_iter().filter_map(row).collect();
    let head = vec!["work", "vestal", "map", "fixed", "vestal/map", "vestal/fixed"];
    Rows {
        title: "Requests per CPU second of the server, medians",
        head,
        cells,
    }
}

/// The title of a kind of work and each server's rate; none if nobody was measured at it.
fn rates(
    results: &Results,
    work: Speed,
    value: impl Fn(&Sample) -> Option<f64> + Copy,
) -> Option<Vec<String>> {
    let rates = Server::ALL.map(|server| results.median(work, server, value));
    if rates.iter().all(Option::is_none) {
        return None;
    }
    let mut row = vec![work.title().to_owned()];
    row.extend(rates.map(|rate| shown(rate.map(thousands))));
    Some(row)
}

fn latency(results: &Results) -> Rows {
    let row = |work: Speed| {
        let cell = |server| {
            let p50 = results.median(work, server, |sample| Some(sample.p50_us))?;
            let p99 = results.median(work, server, |sample| Some(sample.p99_us))?;
            Some(format!("{} / {}", milliseconds(p50), milliseconds(p99)))
        };
        let cells = Server::ALL.map(cell);
        cells.iter().any(Option::is_some).then(|| {
            let mut row = vec![work.title().to_owned()];
            row.extend(cells.map(shown));
            row
        })
    };
    let cells = Speed::ALL.into_iter().filter_map(row).collect();
    Rows {
        title: "Latency under that load, p50 / p99 in ms",
        head: vec!["work", "vestal", "map", "fixed"],
        cells,
    }
}

/// What Vestal may take for 100,000 instances.
const REACH_MEGABYTES: f64 = 80.0;

fn memory(results: &Results) -> Rows {
    let mut sizes: Vec<u64> = results.memory.iter().map(|memory| memory.instances).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let row = |instances: u64| {
        let megabytes = |server| results.resident_bytes(server, instances).map(megabytes);
        let (vestal, map) = (megabytes(Server::Vestal), megabytes(Server::Map));
        let ratio = vestal.zip(map).map(|(vestal, map)| two_digits(vestal / map));
        let reached = vestal
            .filter(|_| instances == 100_000)
            .map(|vestal| vestal <= REACH_MEGABYTES);
        let bound = if instances == 100_000 {
            format!("<= {REACH_MEGABYTES}")
        } else {
            "-".to_owned()
        };
        let shown_megabytes = |value: Option<f64>| shown(value.map(|value| format!("{value:.0}")));
        vec![
            instances.to_string(),
            shown_megabytes(vestal),
            shown_megabytes(map),
            shown(ratio),
            reach(reached, &bound),
        ]
    };
    let cells = sizes.into_iter().map(row).collect();
    Rows {
        title: "Resident memory, MB",
        head: vec!["instances", "vestal", "map", "vestal/map", "reach"],
        cells,
    }
}

fn cluster(results: &Results) -> Rows {
    let mut cells = Vec::new();
    let quantiles = |name: &str, quantiles: &Quantiles, bound: String| {
        let [p50, p99, max] = [quantiles.p50_us, quantiles.p99_us, quantiles.max_us].map(milliseconds);
        vec![name.to_owned(), p50, p99, max, bound]
    };
    let cluster = results.cluster.as_ref();
    if let Some(converge) = cluster.and_then(|cluster| cluster.converge.as_ref()) {
        for (readable, name) in converge
            .readable
            .iter()
            .zip(["write on A, readable on B", "write on A, readable on C"])
        {
            let reached = readable.p50_us <= 2_000.0 && readable.p99_us <= 6_000.0;
            cells.push(quantiles(name, readable, reach(Some(reached), "<= 2 / 6 ms")));
        }
        cells.push(quantiles(
            "... on both",
            &converge.readable_everywhere,
            "-".to_owned(),
        ));
        cells.push(quantiles(
            "the write's own answer",
            &converge.write,
            "-".to_owned(),
        ));
        cells.push(quantiles(
            "one question to B or C",
            &converge.poll,
            "-".to_owned(),
        ));
    }
    if let Some(bulk) = cluster.and_then(|cluster| cluster.bulk.as_ref()) {
        let complete = milliseconds(bulk.complete_seconds * 1e6);
        let reached = reach(Some(bulk.complete_seconds <= 1.0), "<= 1,000 ms");
        let name = format!("{} entries on a node started empty", bulk.instances);
        cells.push(vec![name, complete.clone(), "-".to_owned(), complete, reached]);
    }
    Rows {
        title: "Three nodes on the loopback, ms",
        head: vec!["", "p50", "p99", "max", "reach"],
        cells,
    }
}

fn reach(reached: Option<bool>, bound: &str) -> String {
    match reached {
        None => bound.to_owned(),
        Some(true) => format!("{bound} yes"),
        Some(false) => format!("{bound} NO"),
    }
}

fn shown(cell: Option<String>) -> String {
    cell.unwrap_or_else(|| "-".to_owned())
}

fn two_digits(value: f64) -> String {
    format!("{value:.2}")
}

fn thousands(value: f64) -> String {
    format!("{:.1} k", value / 1_000.0)
}

fn milliseconds(microseconds: f64) -> String {
    format!("{:.2}", microseconds / 1_000.0)
}

#[expect(clippy::cast_precision_loss, reason = "no process has 2^52 bytes")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
