//! CPU time that a process has used, from Linux's `/proc`.
//!
//! On a machine that others use too, requests per CPU second of the server say more than requests per second.

use std::time::Duration;

/// Length of the kernel's accounting tick: `USER_HZ` is 100 on every platform that Linux supports today.
const TICK: Duration = Duration::from_millis(10);

/// User and system time of all threads of a process; `None` where there is no such process or no `/proc`.
pub fn used(pid: u32) -> Option<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    ticks(&stat).map(|ticks| TICK * ticks)
}

/// Fields 14 and 15; the second field, the command in parentheses, may itself hold spaces and parentheses.
fn ticks(stat: &str) -> Option<u32> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    user.checked_add(system)
}
