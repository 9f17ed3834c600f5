//! The table of all settings. A setting exists if and only if it stands here.

mod http;
mod limits;
mod log;
mod node;
mod timing;

use super::field::Field;
use super::suggestion::nearest;

pub use http::{
    HTTP_BODY_TIMEOUT, HTTP_COMPRESS_BYTES_MIN, HTTP_CONNECTIONS, HTTP_CORS_ORIGINS, HTTP_HEADER_BYTES,
    HTTP_HEADER_TIMEOUT, HTTP_IDLE_TIMEOUT, HTTP_URI_BYTES,
};
pub use limits::{LIMITS_BODY_BYTES, LIMITS_INSTANCES, LIMITS_INSTANCES_PER_SERVICE, LIMITS_SERVICES};
pub use log::{LOG_FORMAT, LOG_LEVEL};
pub use node::{BIND, CLUSTER, DATA, NAME, PORT, VOLATILE};
pub use timing::{
    CLOCK_SKEW_MAX, GOSSIP_INTERVAL, JOIN_TIMEOUT, LEASE_TTL_MAX, LEASE_TTL_MIN, LIVENESS, SHUTDOWN_GRACE,
    TOMBSTONE_LIFE,
};

/// Every setting, in the order of the reference page. Fields of one section stand together.
pub static FIELDS: [&Field; 28] = [
    &NAME,
    &PORT,
    &BIND,
    &DATA,
    &CLUSTER,
    &VOLATILE,
    &LIVENESS,
    &LEASE_TTL_MIN,
    &LEASE_TTL_MAX,
    &GOSSIP_INTERVAL,
    &JOIN_TIMEOUT,
    &CLOCK_SKEW_MAX,
    &TOMBSTONE_LIFE,
    &SHUTDOWN_GRACE,
    &LIMITS_BODY_BYTES,
    &LIMITS_INSTANCES_PER_SERVICE,
    &LIMITS_INSTANCES,
    &LIMITS_SERVICES,
    &HTTP_CONNECTIONS,
    &HTTP_HEADER_BYTES,
    &HTTP_URI_BYTES,
    &HTTP_HEADER_TIMEOUT,
    &HTTP_BODY_TIMEOUT,
    &HTTP_IDLE_TIMEOUT,
    &HTTP_CORS_ORIGINS,
    &HTTP_COMPRESS_BYTES_MIN,
    &LOG_LEVEL,
    &LOG_FORMAT,
];

/// The field of this key path.
pub fn find(key: &str) -> Option<&'static Field> {
    FIELDS.into_iter().find(|field| field.key == key)
}

/// The fields below `section.`; none when there is no such section.
pub fn of_section(section: &str) -> Vec<&'static Field> {
    FIELDS
        .into_iter()
        .filter(|field| field.section() == Some(section))
        .collect()
}

/// The key that was probably meant: another spelling, or the same word in another section.
pub fn nearest_key(key: &str) -> Option<&'static str> {
    let leaf = key.rsplit_once('.').map_or(key, |(_, leaf)| leaf);
    let begun = || {
        FIELDS
            .into_iter()
            .map(|field| field.key)
            .find(|known| is_beginning(key, known))
    };
    let same_leaf = FIELDS
        .into_iter()
        .find(|field| field.leaf() == leaf || field.leaf() == key);
    let spelt = || nearest(key, FIELDS.into_iter().map(|field| field.key));
    let leaf_spelt = || {
        let near = nearest(leaf, FIELDS.into_iter().map(Field::leaf))?;
        FIELDS
            .into_iter()
            .find(|field| field.leaf() == near)
            .map(|field| field.key)
    };
    same_leaf
        .map(|field| field.key)
        .or_else(spelt)
        .or_else(begun)
        .or_else(leaf_spelt)
}

/// `gossip` is the beginning of `gossip-interval`; a letter or two are the beginning of nothing.
fn is_beginning(word: &str, key: &str) -> bool {
    word.len() > 2 && key.strip_prefix(word).is_some_and(|rest| rest.starts_with('-'))
}
