//! The exchange of digests: each side tells what it holds of every origin. Owns its content and its bytes.

use std::time::Duration;

use crate::catalog::OriginView;
use crate::id::{Origin, Sequence};
use crate::limits::ORIGINS_MAX;
use crate::record::wire::{Reader, WireError, put_origin, put_u64};
use crate::time::{Beat, WallMillis, millis};

/// What a node holds of one origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OriginDigest {
    pub origin: Origin,
    /// How far it has been heard.
    pub head: Sequence,
    pub instances: u64,
    /// Sum of the hashes of its live entries: equal wherever they are.
    pub hash: u64,
    /// Its last sign of life.
    pub beat: Beat,
    /// How long ago that was heard. Ages travel, never deadlines: no two clocks are compared.
    pub age: Duration,
}

/// One side of an exchange. The same content goes both ways.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    pub from: Origin,
    /// The sender's wall clock, so that skew can be reported.
    pub wall: WallMillis,
    /// Whether the sender answers readers: its view is whole as far as it knows.
    pub is_ready: bool,
    pub origins: Vec<OriginDigest>,
}

impl From<OriginView> for OriginDigest {
    fn from(view: OriginView) -> Self {
        Self {
            origin: view.origin,
            head: view.head,
            instances: view.instances as u64,
            hash: view.hash,
            beat: view.beat,
            age: view.age,
        }
    }
}

impl Exchange {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_origin(out, &self.from);
        put_u64(out, self.wall.0);
        out.push(u8::from(self.is_ready));
        put_u64(out, self.origins.len() as u64);
        for digest in &self.origins {
            put_origin(out, &digest.origin);
            put_u64(out, digest.head.0);
            put_u64(out, digest.instances);
            put_u64(out, digest.hash);
            put_u64(out, digest.beat.0);
            put_u64(out, millis(digest.age));
        }
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        let from = reader.origin()?;
        let wall = WallMillis(reader.u64()?);
        let is_ready = reader.u8()? != 0;
        let count = reader.u64()?;
        let mut origins = Vec::new();
        // BOUND: a sender cannot make us keep more than we would ever take up.
        for _ in 0..count.min(2 * ORIGINS_MAX as u64) {
            origins.push(OriginDigest {
                origin: reader.origin()?,
                head: Sequence(reader.u64()?),
                instances: reader.u64()?,
                hash: reader.u64()?,
                beat: Beat(reader.u64()?),
                age: Duration::from_millis(reader.u64()?),
            });
        }
        Ok(Self {
            from,
            wall,
            is_ready,
            origins,
        })
    }
}
