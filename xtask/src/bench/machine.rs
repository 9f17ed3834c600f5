//! What a result was measured on: without it a figure means nothing.

use std::process::Command;

use serde::Serialize;

/// The machine and the state of the tree.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Machine {
    pub(crate) date: String,
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) memory_gib: Option<u64>,
    pub(crate) kernel: String,
    pub(crate) compiler: String,
    pub(crate) commit: String,
    /// Average of the last minute before the first measurement: others' work on the machine shows here.
    pub(crate) load_before: String,
}

/// Reads it all; what cannot be read is "unknown".
pub(crate) fn describe() -> Machine {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    Machine {
        date: output("date", &["-u", "+%Y-%m-%d"]),
        processor: field(&read("/proc/cpuinfo"), "model name").unwrap_or_else(unknown),
        cores: std::thread::available_parallelism().map_or(0, usize::from),
        memory_gib: memory_gib(&read("/proc/meminfo")),
        kernel: output("uname", &["-sr"]),
        compiler: output("rustc", &["--version"]),
        commit: output("git", &["rev-parse", "--short", "HEAD"]),
        load_before: read("/proc/loadavg")
            .split(' ')
            .next()
            .map_or_else(unknown, str::to_owned),
    }
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(crate::repository::root())
        .output();
    let text = output.ok().filter(|output| output.status.success());
    text.map_or_else(unknown, |output| {
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    })
}

fn field(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim_start_matches([' ', '\t', ':']).trim().to_owned())
}

fn memory_gib(meminfo: &str) -> Option<u64> {
    let kibibytes: u64 = field(meminfo, "MemTotal")?.split(' ').next()?.parse().ok()?;
    Some((kibibytes + 512 * 1024) / (1024 * 1024))
}

fn unknown() -> String {
    "unknown".to_owned()
}

#[cfg(test)]
mod tests {
    use super::{field, memory_gib};

    #[test]
    fn fields_of_proc_are_read_with_tabs_and_units() {
        assert_eq!(
            field("a: 1\nmodel name\t: Some CPU @ 2 GHz\n", "model name").as_deref(),
            Some("Some CPU @ 2 GHz")
        );
        assert_eq!(memory_gib("MemTotal:       24576000 kB\n"), Some(23));
        assert_eq!(memory_gib(""), None);
    }
}
