//! Python's literals, as far as the headers of npy files have them.

use std::fmt;

/// Nested deeper is no dtype that anybody has.
const MAX_DEPTH: usize = 32;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Literal {
    Text(String),
    Size(u64),
    Bool(bool),
    None,
    /// A list or a tuple.
    Items(Vec<Literal>),
    Pairs(Vec<(Literal, Literal)>),
}

impl Literal {
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Pairs(pairs) = self else { return None };
        pairs.iter().find(|(name, _)| name.text() == Some(key)).map(|(_, value)| value)
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    pub(super) fn bool(&self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(*value) } else { None }
    }

    pub(super) fn items(&self) -> Option<&[Self]> {
        if let Self::Items(items) = self { Some(items) } else { None }
    }

    /// A shape: a tuple of sizes, or one size.
    pub(super) fn sizes(&self) -> Option<Vec<u64>> {
        match self {
            Self::Size(size) => Some(vec![*size]),
            Self::Items(items) => items
                .iter()
                .map(|item| if let Self::Size(size) = item { Some(*size) } else { None })
                .collect(),
            _ => None,
        }
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(formatter, "'{text}'"),
            Self::Size(size) => write!(formatter, "{size}"),
            Self::Bool(value) => formatter.write_str(if *value { "True" } else { "False" }),
            Self::None => formatter.write_str("None"),
            // A field of a structured dtype is a tuple, and begins with its name.
            Self::Items(items) if matches!(items.first(), Some(Self::Text(_))) => {
                write!(formatter, "({})", listed(items))
            }
            Self::Items(items) => write!(formatter, "[{}]", listed(items)),
            Self::Pairs(pairs) => {
                let pairs = pairs.iter().map(|(key, value)| format!("{key}: {value}"));
                write!(formatter, "{{{}}}", pairs.collect::<Vec<_>>().join(", "))
            }
        }
    }
}

fn listed(items: &[Literal]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Reads one literal with nothing but blanks around it.
pub(super) fn parse(text: &str) -> Option<Literal> {
    let mut reader = Reader { rest: text };
    let literal = reader.literal(0)?;
    reader.skip_blanks();
    reader.rest.is_empty().then_some(literal)
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip_blanks();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn literal(&mut self, depth: usize) -> Option<Literal> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.skip_blanks();
        match self.rest.chars().next()? {
            quote @ ('\'' | '"') => self.text(quote),
            '0'..='9' => self.size(),
            '(' => self.items(")", depth),
            '[' => self.items("]", depth),
            '{' => self.pairs(depth),
            _ if self.take("True") => Some(Literal::Bool(true)),
            _ if self.take("False") => Some(Literal::Bool(false)),
            _ if self.take("None") => Some(Literal::None),
            _ => None,
        }
    }

    fn size(&mut self) -> Option<Literal> {
        let end =
            self.rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(self.rest.len());
        let (digits, rest) = self.rest.split_at(end);
        // Python 2 wrote its long integers with an L.
        self.rest = rest.strip_prefix('L').unwrap_or(rest);
        digits.parse().ok().map(Literal::Size)
    }

    fn text(&mut self, quote: char) -> Option<Literal> {
        let mut letters = self.rest.char_indices().skip(1);
        let mut text = String::new();
        loop {
            match letters.next()? {
                (end, letter) if letter == quote => {
                    self.rest = &self.rest[end + 1..];
                    return Some(Literal::Text(text));
                }
                (_, '\\') => text.push(escaped(&mut letters)?),
                (_, letter) => text.push(letter),
            }
        }
    }

    fn items(&mut self, end: &str, depth: usize) -> Option<Literal> {
        self.rest = &self.rest[1..];
        let mut items = Vec::new();
        while !self.take(end) {
            items.push(self.literal(depth + 1)?);
            if !self.take(",") {
                return self.take(end).then_some(Literal::Items(items));
            }
        }
        Some(Literal::Items(items))
    }

    fn pairs(&mut self, depth: usize) -> Option<Literal> {
        self.rest = &self.rest[1..];
        let mut pairs = Vec::new();
        while !self.take("}") {
            let key = self.literal(depth + 1)?;
            if !self.take(":") {
                return None;
            }
            pairs.push((key, self.literal(depth + 1)?));
            if !self.take(",") {
                return self.take("}").then_some(Literal::Pairs(pairs));
            }
        }
        Some(Literal::Pairs(pairs))
    }
}

/// What stands behind a backslash.
fn escaped(letters: &mut impl Iterator<Item = (usize, char)>) -> Option<char> {
    let digits = match letters.next()?.1 {
        'n' => return Some('\n'),
        't' => return Some('\t'),
        'r' => return Some('\r'),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        letter => return Some(letter),
    };
    let code: String = letters.take(digits).map(|(_, letter)| letter).collect();
    char::from_u32(u32::from_str_radix(&code, 16).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_numpy_writes() {
        let header = parse("{'descr': [('a', '<i4'), ('b\\'c', '<f8', (3,))], 'fortran_order': False, 'shape': (2L, 3), }\n").unwrap();
        assert_eq!(header.get("shape").unwrap().sizes(), Some(vec![2, 3]));
        assert_eq!(header.get("fortran_order").unwrap().bool(), Some(false));
        let fields = header.get("descr").unwrap().items().unwrap();
        assert_eq!(fields[1].items().unwrap()[0].text(), Some("b'c"));
        assert_eq!(parse("()").unwrap().sizes(), Some(vec![]));
        assert_eq!(parse("'\\xe9\\u00e9'").unwrap().text(), Some("éé"));
    }

    #[test]
    fn refuses_what_is_no_literal() {
        let deep = "(".repeat(100_000);
        for text in ["", "{", "{'a' 1}", "(1, ", "'open", "os.system('x')", "1 2", &deep] {
            assert_eq!(parse(text), None, "{text:.20}");
        }
    }
}
