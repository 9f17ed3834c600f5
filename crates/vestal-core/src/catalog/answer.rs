//! What readers of a service get: one immutable, shared run of bytes. Owns its rendering and its validators.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use super::instance::Instance;

/// The answer to `GET /<service>`, in hera's shape: `{"<id>":<body>,...}`, ordered by id.
#[derive(Debug)]
pub struct Answer {
    pub body: Bytes,
    /// The service's index: grows with every change that a reader can see, never with a heartbeat.
    pub index: u64,
    /// How many instances it holds.
    pub instances: usize,
    /// Weak validator for `ETag`: equal as long as nothing but volatile members changed.
    pub etag: Bytes,
    /// `index` in decimal digits.
    pub index_text: Bytes,
    /// The service's count of touches that this answer includes.
    pub(super) touched: u64,
    gzip: OnceLock<Bytes>,
    zstd: OnceLock<Bytes>,
}

/// How an answer is compressed on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Gzip,
    Zstd,
}

impl Answer {
    /// Renders live `instances`. `etag_salt` tells this node's life from every other.
    pub(super) fn render(
        mut instances: Vec<Arc<Instance>>,
        index: u64,
        touched: u64,
        etag_salt: u64,
    ) -> Self {
        instances.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let mut json = Vec::with_capacity(instances.len() * 256 + 2);
        let mut count = 0;
        json.push(b'{');
        for instance in &instances {
            let cell = instance.cell.lock();
            if let Some(body) = cell.state.body() {
                if count > 0 {
                    json.push(b',');
                }
                push_json_string(&mut json, &instance.id);
                json.push(b':');
                json.extend_from_slice(body.as_bytes());
                count += 1;
            }
        }
        json.push(b'}');
        json.shrink_to_fit();
        Self::new(json.into(), index, count, touched, etag_salt)
    }

    fn new(body: Bytes, index: u64, instances: usize, touched: u64, etag_salt: u64) -> Self {
        Self {
            body,
            index,
            instances,
            etag: format!("W/\"{etag_salt:x}-{index:x}\"").into(),
            index_text: index.to_string().into(),
            touched,
            gzip: OnceLock::new(),
            zstd: OnceLock::new(),
        }
    }

    /// The compressed body, if some reader has asked for it before.
    pub fn encoded(&self, encoding: Encoding) -> Option<&Bytes> {
        self.slot(encoding).get()
    }

    /// The compressed body, made by `compress` for the first reader and shared by all later ones.
    pub fn encoded_or_init(&self, encoding: Encoding, compress: impl FnOnce(&Bytes) -> Bytes) -> &Bytes {
        self.slot(encoding).get_or_init(|| compress(&self.body))
    }

    fn slot(&self, encoding: Encoding) -> &OnceLock<Bytes> {
        match encoding {
            Encoding::Gzip => &self.gzip,
            Encoding::Zstd => &self.zstd,
        }
    }
}

fn push_json_string(json: &mut Vec<u8>, text: &str) {
    let plain = text
        .bytes()
        .all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\');
    if plain {
        json.push(b'"');
        json.extend_from_slice(text.as_bytes());
        json.push(b'"');
    } else {
        // Writing text to memory cannot fail.
        let _ = serde_json::to_writer(json, text);
    }
}
