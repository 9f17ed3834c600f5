//! The text of `/proc/<pid>/status` on examples.

use super::parse_resident;

#[test]
fn the_resident_line_is_read_in_bytes() {
    assert_eq!(
        parse_resident("Name:\tx\nVmRSS:\t    1234 kB\nThreads:\t1\n"),
        Some(1234 * 1024)
    );
    assert_eq!(parse_resident("Name:\tx\n"), None);
    assert_eq!(parse_resident("VmRSS:\tmany kB\n"), None);
}
