//! The instances that every benchmark registers: ids and bodies made from a number.
//!
//! It owns their shape only, so that load generator and reference servers agree on it without storing any.

/// Length of every body.
pub const BODY_BYTES: usize = 200;

/// Length of every id: a UUID in text.
pub const ID_BYTES: usize = 36;

const HEX: &[u8; 16] = b"0123456789abcdef";

/// Appends the id of instance `number`: a UUID in form, well spread, the same in every run.
pub fn push_id(out: &mut Vec<u8>, number: u64) {
    let (high, low) = (
        mix(number.wrapping_mul(2)),
        mix(number.wrapping_mul(2).wrapping_add(1)),
    );
    let mut id = [b'-'; ID_BYTES];
    let mut nibble = 0;
    for (place, byte) in id.iter_mut().enumerate() {
        if matches!(place, 8 | 13 | 18 | 23) {
            continue;
        }
        let word = if nibble < 16 { high } else { low };
        *byte = hex((word >> (60 - 4 * (nibble % 16))) & 0xf);
        nibble += 1;
    }
    out.extend_from_slice(&id);
}

/// The id of instance `number` as text.
pub fn id(number: u64) -> String {
    let mut out = Vec::with_capacity(ID_BYTES);
    push_id(&mut out, number);
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends the body of instance `number`; `stamp` moves `updated_at`, the only field that a heartbeat changes.
pub fn push_body(out: &mut Vec<u8>, number: u64, stamp: u64) {
    let start = out.len();
    out.extend_from_slice(b"{\"host\":\"10.1");
    push_two_digits(out, number / 1_000_000 % 100);
    out.extend_from_slice(b".1");
    push_two_digits(out, number / 10_000 % 100);
    out.extend_from_slice(b".1");
    push_two_digits(out, number / 100 % 100);
    out.extend_from_slice(b"\",\"port\":123");
    push_two_digits(out, number % 100);
    out.extend_from_slice(b",\"updated_at\":\"");
    push_time(out, stamp);
    out.extend_from_slice(b"\",\"zone\":\"eu-central-1a\",\"version\":\"2.41.7\",\"weight\":100,\"note\":\"");
    let end = start + BODY_BYTES - 2;
    out.resize(end, b'.');
    out.extend_from_slice(b"\"}");
}

/// A time of day within 28 days: enough stamps to be new for longer than any run.
fn push_time(out: &mut Vec<u8>, stamp: u64) {
    out.extend_from_slice(b"2012-12-");
    push_two_digits(out, 1 + stamp / 86_400 % 28);
    out.push(b'T');
    push_two_digits(out, stamp / 3_600 % 24);
    out.push(b':');
    push_two_digits(out, stamp / 60 % 60);
    out.push(b':');
    push_two_digits(out, stamp % 60);
    out.push(b'Z');
}

fn push_two_digits(out: &mut Vec<u8>, value: u64) {
    out.push(hex(value / 10 % 10));
    out.push(hex(value % 10));
}

/// The digit of a value below 16.
fn hex(value: u64) -> u8 {
    usize::try_from(value)
        .ok()
        .and_then(|place| HEX.get(place))
        .copied()
        .unwrap_or(b'?')
}

/// The finaliser of splitmix64: neighbouring numbers become unrelated words.
fn mix(number: u64) -> u64 {
    let mut word = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}
