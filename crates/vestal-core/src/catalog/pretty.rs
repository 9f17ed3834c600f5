//! Indents JSON by two spaces for people, as hera's `?pretty` does, without changing a number or the order of a member.

use super::body::scan;

/// Lays out valid JSON over lines. Text that is not JSON comes back in some layout, never in an error.
pub fn pretty(json: &str) -> String {
    let mut layout = Layout {
        out: Vec::with_capacity(json.len() * 2),
        depth: 0,
        opened: false,
    };
    scan(json, |byte, in_string| layout.take(byte, in_string));
    layout.out.push(b'\n');
    String::from_utf8(layout.out).unwrap_or_default()
}

struct Layout {
    out: Vec<u8>,
    depth: usize,
    /// An object or array was opened and nothing has been written in it: if it closes now it stays `{}`.
    opened: bool,
}

impl Layout {
    fn take(&mut self, byte: u8, in_string: bool) {
        match byte {
            _ if in_string => self.token(byte),
            b' ' | b'\t' | b'\r' | b'\n' => {}
            b'{' | b'[' => {
                self.token(byte);
                self.depth += 1;
                self.opened = true;
            }
            b'}' | b']' => {
                self.depth = self.depth.saturating_sub(1);
                if !std::mem::take(&mut self.opened) {
                    self.new_line();
                }
                self.out.push(byte);
            }
            b',' => {
                self.out.push(byte);
                self.new_line();
            }
            b':' => self.out.extend_from_slice(b": "),
            _ => self.token(byte),
        }
    }

    fn token(&mut self, byte: u8) {
        if std::mem::take(&mut self.opened) {
            self.new_line();
        }
        self.out.push(byte);
    }

    fn new_line(&mut self) {
        self.out.push(b'\n');
        self.out.resize(self.out.len() + self.depth * 2, b' ');
    }
}
