//! Entries as bytes: what one node tells another, and in the same form what may be written down.
//!
//! A record is one entry of an origin's log: `service, id, sequence, version, ttl, kind[, body]`. Owns that layout, the
//! batches of records and the encoding of their parts; decides nothing about what they say.

mod batch;
pub(crate) mod wire;

pub use self::batch::{Batch, BatchWriter};
pub use self::wire::WireError;
use self::wire::{Reader, put_bytes, put_u64};
use crate::id::Sequence;
use crate::time::Version;

/// How an entry ended. `Removed` was said by someone and holds against everybody; `Expired` is an origin's judgement
/// of its own lease and yields to an origin whose lease on the same instance is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    Expired,
    Removed,
}

/// The present state of one instance, as its origin tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    pub service: &'a str,
    pub id: &'a str,
    pub sequence: Sequence,
    pub version: Version,
    pub ttl_ms: u32,
    pub state: RecordState<'a>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordState<'a> {
    Live(&'a [u8]),
    Gone(End),
}

const LIVE: u8 = 0;
const EXPIRED: u8 = 1;
const REMOVED: u8 = 2;

impl<'a> Record<'a> {
    /// How the entry ended, if it has.
    pub fn end(&self) -> Option<End> {
        match self.state {
            RecordState::Live(_) => None,
            RecordState::Gone(end) => Some(end),
        }
    }

    pub fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(out, self.service.as_bytes());
        put_bytes(out, self.id.as_bytes());
        put_u64(out, self.sequence.0);
        put_u64(out, self.version.0);
        put_u64(out, u64::from(self.ttl_ms));
        match self.state {
            RecordState::Live(body) => {
                out.push(LIVE);
                put_bytes(out, body);
            }
            RecordState::Gone(End::Expired) => out.push(EXPIRED),
            RecordState::Gone(End::Removed) => out.push(REMOVED),
        }
    }

    /// Reads the next record. `Ok(None)` is one whose layout is sound but whose content is not known to this version:
    /// it is passed over. An error leaves nothing to go on with.
    pub(crate) fn decode(reader: &mut Reader<'a>) -> Result<Option<Self>, WireError> {
        let service = reader.text()?;
        let id = reader.text()?;
        let sequence = Sequence(reader.u64()?);
        let version = Version(reader.u64()?);
        let ttl_ms = reader.u64()?;
        let state = match reader.u8()? {
            LIVE => RecordState::Live(reader.bytes()?),
            EXPIRED => RecordState::Gone(End::Expired),
            REMOVED => RecordState::Gone(End::Removed),
            _ => return Ok(None),
        };
        let Ok(ttl_ms) = u32::try_from(ttl_ms) else {
            return Ok(None);
        };
        Ok(Some(Self {
            service,
            id,
            sequence,
            version,
            ttl_ms,
            state,
        }))
    }
}
