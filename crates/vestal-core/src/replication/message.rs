//! Messages between nodes and their frames: `length (u32, little endian) | version | kind | payload`. Owns the framing,
//! its bounds and its compression.

use thiserror::Error;

use super::exchange::Exchange;
use super::replica::BATCH_BYTES;
use crate::id::{Origin, Sequence};
use crate::limits::BODY_BYTES_CEILING;
use crate::record::Batch;
use crate::record::wire::{Reader, WireError, put_origin, put_u64};

/// BOUND: largest frame, in bytes. A batch holds a quarter of a megabyte and at most one body more.
pub const FRAME_BYTES_MAX: usize = 16 * 1024 * 1024;

const _: () = assert!(
    BATCH_BYTES + BODY_BYTES_CEILING + 64 * 1024 <= FRAME_BYTES_MAX,
    "a batch fits into a frame"
);

/// Version of the protocol. A frame of another is refused, with both versions named.
const PROTOCOL: u8 = 1;

/// Payloads from this size on are compressed; below it the effort is not worth the bytes.
const COMPRESS_BYTES_MIN: usize = 1024;

/// What nodes say to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    Exchange(Exchange),
    Fetch(Fetch),
    Batch(Batch),
}

/// Asks for an origin's entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    pub origin: Origin,
    pub after: Sequence,
    /// Everything is wanted, what was heard before too.
    pub is_listing: bool,
}

/// Why a frame was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum MessageError {
    #[error("the frame speaks protocol {theirs}, this node speaks {ours}")]
    Protocol { theirs: u8, ours: u8 },
    #[error("the frame is of the unknown kind {0}")]
    Kind(u8),
    #[error("the frame has {bytes} bytes, at most {FRAME_BYTES_MAX} are accepted")]
    TooLarge { bytes: usize },
    #[error("the frame's content cannot be decompressed")]
    Compression,
    #[error("the frame cannot be read: {0}")]
    Wire(#[from] WireError),
}

const EXCHANGE: u8 = 1;
const FETCH: u8 = 2;
const BATCH: u8 = 3;
const COMPRESSED: u8 = 0x80;

impl Message {
    /// The whole frame.
    pub fn encode(&self) -> Vec<u8> {
        let mut payload = Vec::new();
        let kind = match self {
            Self::Exchange(exchange) => {
                exchange.encode(&mut payload);
                EXCHANGE
            }
            Self::Fetch(fetch) => {
                put_origin(&mut payload, &fetch.origin);
                put_u64(&mut payload, fetch.after.0);
                payload.push(u8::from(fetch.is_listing));
                FETCH
            }
            Self::Batch(batch) => {
                batch.encode(&mut payload);
                BATCH
            }
        };
        match compress(&payload) {
            Some(compressed) => frame(kind | COMPRESSED, &compressed),
            None => frame(kind, &payload),
        }
    }

    /// Reads a frame's content: what follows the length.
    pub fn decode(content: &[u8]) -> Result<Self, MessageError> {
        let mut reader = Reader(content);
        let theirs = reader.u8()?;
        if theirs != PROTOCOL {
            return Err(MessageError::Protocol {
                theirs,
                ours: PROTOCOL,
            });
        }
        let kind = reader.u8()?;
        let decompressed;
        if kind & COMPRESSED != 0 {
            decompressed = decompress(&mut reader)?;
            reader = Reader(&decompressed);
        }
        match kind & !COMPRESSED {
            EXCHANGE => Ok(Self::Exchange(Exchange::decode(&mut reader)?)),
            FETCH => Ok(Self::Fetch(Fetch {
                origin: reader.origin()?,
                after: Sequence(reader.u64()?),
                is_listing: reader.u8()? != 0,
            })),
            BATCH => Ok(Self::Batch(Batch::decode(&mut reader)?)),
            other => Err(MessageError::Kind(other)),
        }
    }
}

fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len() + 2).unwrap_or(u32::MAX);
    let mut frame = Vec::with_capacity(payload.len() + 6);
    frame.extend_from_slice(&length.to_le_bytes());
    frame.push(PROTOCOL);
    frame.push(kind);
    frame.extend_from_slice(payload);
    frame
}

fn compress(payload: &[u8]) -> Option<Vec<u8>> {
    if payload.len() < COMPRESS_BYTES_MIN {
        return None;
    }
    let compressed = zstd::bulk::compress(payload, 1).ok()?;
    let mut out = Vec::with_capacity(compressed.len() + 10);
    put_u64(&mut out, payload.len() as u64);
    out.extend_from_slice(&compressed);
    Some(out)
}

fn decompress(reader: &mut Reader<'_>) -> Result<Vec<u8>, MessageError> {
    let bytes = usize::try_from(reader.u64()?).unwrap_or(usize::MAX);
    if bytes > FRAME_BYTES_MAX {
        return Err(MessageError::TooLarge { bytes });
    }
    let payload = zstd::bulk::decompress(reader.0, bytes).map_err(|_| MessageError::Compression)?;
    if payload.len() != bytes {
        return Err(MessageError::Compression);
    }
    Ok(payload)
}

/// Splits the first whole frame off `buffer`: its content and how many bytes it took. `None` if more must come first.
pub fn read_frame(buffer: &[u8]) -> Result<Option<(&[u8], usize)>, MessageError> {
    let Some((length, rest)) = buffer.split_first_chunk::<4>() else {
        return Ok(None);
    };
    let bytes = u32::from_le_bytes(*length) as usize;
    if bytes > FRAME_BYTES_MAX {
        return Err(MessageError::TooLarge { bytes });
    }
    Ok(rest.get(..bytes).map(|content| (content, bytes + 4)))
}
