//! Breaking a paragraph into lines.

/// The paragraph in lines of at most `columns` characters, unless a single word is longer.
pub(super) fn wrap(paragraph: &str, columns: usize) -> String {
    let mut text = String::with_capacity(paragraph.len());
    let mut used = 0;
    for word in paragraph.split_whitespace() {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > columns {
            text.push('\n');
            used = 0;
        } else if used > 0 {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += length;
    }
    text
}
