//! A run of an origin's log: what it changed after one sequence and up to another. Owns its making and its bytes.

use std::time::Duration;

use super::Record;
use super::wire::{Reader, WireError, put_bytes, put_origin, put_u64};
use crate::id::{Origin, Sequence};
use crate::time::{Beat, millis};

/// Records of `origin` with sequences in `(after, reach]`, latest state of each instance only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    pub origin: Origin,
    pub after: Sequence,
    pub reach: Sequence,
    /// How far the sender has heard the origin: more follows if it lies beyond `reach`.
    pub head: Sequence,
    /// The origin's last sign of life that the sender knows of.
    pub beat: Beat,
    /// How long ago the sender had it; zero from the origin itself.
    pub age: Duration,
    /// Part of a full listing, in which what was heard before counts too.
    pub is_listing: bool,
    records: Vec<u8>,
}

impl Batch {
    /// Of an origin that the sender knows nothing of: it vouches for nothing.
    pub(crate) fn nothing(origin: Origin, after: Sequence) -> Self {
        BatchWriter::new(origin, after).finish(after, after, Duration::MAX)
    }

    /// The records, in order. A record that cannot be read ends the run with an error.
    pub fn records(&self) -> Records<'_> {
        Records(Reader(&self.records))
    }

    /// Size of the records, in bytes.
    pub fn bytes(&self) -> usize {
        self.records.len()
    }

    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Whether the sender has more of this origin than this batch reaches.
    pub fn has_more(&self) -> bool {
        self.head > self.reach
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_origin(out, &self.origin);
        put_u64(out, self.after.0);
        put_u64(out, self.reach.0);
        put_u64(out, self.head.0);
        put_u64(out, self.beat.0);
        put_u64(out, millis(self.age));
        out.push(u8::from(self.is_listing));
        put_bytes(out, &self.records);
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, WireError> {
        Ok(Self {
            origin: reader.origin()?,
            after: Sequence(reader.u64()?),
            reach: Sequence(reader.u64()?),
            head: Sequence(reader.u64()?),
            beat: Beat(reader.u64()?),
            age: Duration::from_millis(reader.u64()?),
            is_listing: reader.u8()? != 0,
            records: reader.bytes()?.to_vec(),
        })
    }
}

/// Iterates over a batch's records; ends after the first error, since nothing behind it can be found.
#[derive(Debug)]
pub struct Records<'a>(Reader<'a>);

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, WireError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.0.is_empty() {
            match Record::decode(&mut self.0) {
                Ok(Some(record)) => return Some(Ok(record)),
                Ok(None) => {}
                Err(error) => {
                    self.0 = Reader(&[]);
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// Gathers records into a batch.
#[derive(Debug)]
pub struct BatchWriter {
    batch: Batch,
}

impl BatchWriter {
    pub fn new(origin: Origin, after: Sequence) -> Self {
        let batch = Batch {
            origin,
            after,
            reach: after,
            head: after,
            beat: Beat::default(),
            age: Duration::ZERO,
            is_listing: false,
            records: Vec::new(),
        };
        Self { batch }
    }

    pub fn push(&mut self, record: &Record<'_>) {
        record.encode(&mut self.batch.records);
    }

    /// Tells the origin's last sign of life with the batch; without one it vouches for nothing.
    pub fn beat(&mut self, beat: Beat) {
        self.batch.beat = beat;
    }

    pub fn bytes(&self) -> usize {
        self.batch.records.len()
    }

    /// Ends the batch at `reach`; `head` and `age` tell what the sender knows of the origin.
    #[must_use]
    pub fn finish(mut self, reach: Sequence, head: Sequence, age: Duration) -> Batch {
        self.batch.reach = reach;
        self.batch.head = head.max(reach);
        self.batch.age = age;
        self.batch
    }
}
