//! Runs the simulator: one seed with its trace, or many seeds with what they covered. Owns the arguments and the report.

use std::process::ExitCode;
use std::time::Instant;

use vestal_simulator::{Outcome, Sabotage, Sweep, TraceMode, World, sweep};

const USAGE: &str = "usage: vestal-simulator --seed N [--trace] [--sabotage NAME]
       vestal-simulator --seeds COUNT [--from N] [--sabotage NAME]";

#[derive(Debug, Default)]
struct Arguments {
    seed: Option<u64>,
    seeds: Option<u64>,
    from: u64,
    has_trace: bool,
    sabotage: Option<Sabotage>,
}

#[expect(clippy::print_stderr, reason = "a usage error belongs there")]
fn main() -> ExitCode {
    match parse(std::env::args().skip(1)) {
        Ok(arguments) => match (arguments.seed, arguments.seeds) {
            (Some(seed), None) => run_one(seed, &arguments),
            (None, Some(count)) => run_many(count, &arguments),
            _ => {
                eprintln!("{USAGE}");
                ExitCode::from(2)
            }
        },
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let mut arguments = Arguments::default();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seed" => arguments.seed = Some(number(&word, words.next())?),
            "--seeds" => arguments.seeds = Some(number(&word, words.next())?),
            "--from" => arguments.from = number(&word, words.next())?,
            "--trace" => arguments.has_trace = true,
            "--sabotage" => arguments.sabotage = Some(sabotage(words.next().as_deref())?),
            other => return Err(format!("{other} is not understood")),
        }
    }
    Ok(arguments)
}

fn number(option: &str, value: Option<String>) -> Result<u64, String> {
    value
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| format!("{option} needs a number"))
}

fn sabotage(name: Option<&str>) -> Result<Sabotage, String> {
    let known = |name: &str| {
        Sabotage::ALL
            .iter()
            .copied()
            .find(|sabotage| sabotage.name() == name)
    };
    name.and_then(known).ok_or_else(|| {
        let names: Vec<_> = Sabotage::ALL.iter().map(|sabotage| sabotage.name()).collect();
        format!("--sabotage needs one of {}", names.join(", "))
    })
}

#[expect(clippy::print_stdout, reason = "the report is what the program is for")]
fn run_one(seed: u64, arguments: &Arguments) -> ExitCode {
    let mode = if arguments.has_trace {
        TraceMode::Print
    } else {
        TraceMode::Last
    };
    let outcome = World::new(seed, arguments.sabotage, mode).run();
    if arguments.has_trace {
        println!();
    }
    println!("seed {seed}: {}", outcome.digest);
    report_violation(&outcome, !arguments.has_trace)
}

#[expect(clippy::print_stdout, reason = "the report is what the program is for")]
fn report_violation(outcome: &Outcome, has_events: bool) -> ExitCode {
    let Some(violation) = &outcome.violation else {
        return ExitCode::SUCCESS;
    };
    if has_events {
        println!("last events:");
        for event in &outcome.last_events {
            println!("  {event}");
        }
    }
    println!(
        "VIOLATED at {}: {}\n  {}",
        violation.at, violation.invariant, violation.what
    );
    ExitCode::FAILURE
}

#[expect(clippy::print_stdout, reason = "the report is what the program is for")]
fn run_many(count: u64, arguments: &Arguments) -> ExitCode {
    let start = Instant::now();
    let sweep = sweep(arguments.from, count, arguments.sabotage);
    print!("{}", sweep.coverage);
    println!(
        "{} seeds, {} events in {:.1} s; {} failed",
        sweep.runs,
        sweep.events,
        start.elapsed().as_secs_f64(),
        sweep.failures.len()
    );
    let is_complete = report_failures(&sweep, arguments);
    if is_complete && sweep.failures.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// True if every path was taken.
#[expect(clippy::print_stdout, reason = "the report is what the program is for")]
fn report_failures(sweep: &Sweep, arguments: &Arguments) -> bool {
    for (seed, violation) in &sweep.failures {
        println!(
            "seed {seed} at {}: {}\n  {}",
            violation.at, violation.invariant, violation.what
        );
    }
    if let Some((seed, _)) = sweep.failures.first() {
        let outcome = World::new(*seed, arguments.sabotage, TraceMode::Last).run();
        println!("\nseed {seed}: {}", outcome.digest);
        report_violation(&outcome, true);
        let sabotage = arguments
            .sabotage
            .map(|name| format!(" --sabotage {}", name.name()))
            .unwrap_or_default();
        println!("\nreplay: cargo sim --seed {seed} --trace{sabotage}");
    }
    // A handful of seeds cannot be expected to go everywhere.
    let never = if sweep.runs >= 200 {
        sweep.coverage.never_taken()
    } else {
        Vec::new()
    };
    for path in &never {
        println!("never taken by any seed: {}", path.text());
    }
    never.is_empty()
}
