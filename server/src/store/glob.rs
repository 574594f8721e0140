//! Patterns for paths, names and values: `*`, `**`, `?` and `[...]`, without the cost that a bad pattern could have.

use serde::{Deserialize, Serialize};

/// Characters of a pattern.
const MAX_CHARS: usize = 1024;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Part {
    Char(char),
    /// `?`: any one but `/`.
    One,
    /// `[a-z]`, `[!a-z]`: one inside the ranges, or outside.
    Set {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// `*`: any number, without `/`.
    Name,
    /// `**`: any number.
    Anything,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Glob {
    parts: Vec<Part>,
    ignore_case: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GlobError {
    #[error("it has more than {MAX_CHARS} characters")]
    TooLong,
    #[error("a \"[\" is not closed")]
    OpenSet,
}

impl Glob {
    pub(crate) fn new(text: &str, ignore_case: bool) -> Result<Self, GlobError> {
        let folded = if ignore_case { text.to_lowercase() } else { text.to_owned() };
        if folded.chars().count() > MAX_CHARS {
            return Err(GlobError::TooLong);
        }
        let mut parts = Vec::new();
        let mut letters = folded.chars().peekable();
        while let Some(letter) = letters.next() {
            parts.push(match letter {
                '*' if letters.next_if_eq(&'*').is_some() => Part::Anything,
                '*' => Part::Name,
                '?' => Part::One,
                '[' => set(&mut letters)?,
                letter => Part::Char(letter),
            });
        }
        Ok(Self { parts, ignore_case })
    }

    /// Whether the pattern is about whole paths.
    pub(crate) fn has_slash(&self) -> bool {
        self.parts.contains(&Part::Char('/'))
    }

    /// Takes time in proportion to the lengths of pattern and text multiplied, whatever they are.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let folded = if self.ignore_case { text.to_lowercase() } else { text.to_owned() };
        // `reached[n]`: the first n parts fit what was read so far.
        let mut reached = vec![false; self.parts.len() + 1];
        reached[0] = true;
        self.skip_stars(&mut reached);
        for letter in folded.chars() {
            let mut next = vec![false; reached.len()];
            for (at, part) in self.parts.iter().enumerate().filter(|(at, _)| reached[*at]) {
                match part {
                    Part::Anything => next[at] = true,
                    Part::Name => next[at] |= letter != '/',
                    part => next[at + 1] |= part.takes(letter),
                }
            }
            self.skip_stars(&mut next);
            reached = next;
        }
        reached[self.parts.len()]
    }

    /// Stars may stand for nothing.
    fn skip_stars(&self, reached: &mut [bool]) {
        for (at, part) in self.parts.iter().enumerate() {
            if reached[at] && matches!(part, Part::Name | Part::Anything) {
                reached[at + 1] = true;
            }
        }
    }
}

impl Part {
    fn takes(&self, letter: char) -> bool {
        match self {
            Self::Char(own) => *own == letter,
            Self::One => letter != '/',
            Self::Set { negated, ranges } => {
                let inside = ranges.iter().any(|(from, to)| (*from..=*to).contains(&letter));
                letter != '/' && inside != *negated
            }
            Self::Name | Self::Anything => false,
        }
    }
}

fn set(letters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<Part, GlobError> {
    let negated = letters.next_if(|letter| matches!(letter, '!' | '^')).is_some();
    let mut ranges = Vec::new();
    loop {
        let from = letters.next().ok_or(GlobError::OpenSet)?;
        if from == ']' && !ranges.is_empty() {
            return Ok(Part::Set { negated, ranges });
        }
        let mut to = from;
        if letters.peek() == Some(&'-') {
            let dash = letters.next();
            match letters.next_if(|letter| *letter != ']') {
                Some(end) => to = end,
                None => ranges.extend(dash.map(|dash| (dash, dash))),
            }
        }
        ranges.push((from, to));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Glob::new(pattern, false).unwrap().matches(text)
    }

    #[test]
    fn patterns_mean_what_they_do_in_a_shell() {
        for (pattern, text) in [
            ("data", "data"),
            ("", ""),
            ("*", "data"),
            ("d*a", "da"),
            ("d?t*", "data"),
            ("/a/*", "/a/b"),
            ("**", "/a/b"),
            ("/**/d", "/a/b/d"),
            ("[a-c]x", "bx"),
            ("[!a-c]x", "dx"),
            ("[]x]", "]"),
            ("[a-]", "-"),
            ("ü*", "über"),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("data", "data2"),
            ("?", ""),
            ("/a/*", "/a/b/c"),
            ("?", "/"),
            ("[!a]", "/"),
            ("[a-c]x", "dx"),
            ("", "x"),
        ] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
        assert!(Glob::new("DÄ*", true).unwrap().matches("däTA"));
        assert_eq!(Glob::new("[a", false), Err(GlobError::OpenSet));
        assert_eq!(Glob::new(&"a".repeat(1025), false), Err(GlobError::TooLong));
    }

    #[test]
    fn a_bad_pattern_costs_little() {
        let pattern = format!("{}b", "*a".repeat(400));
        assert!(!matches(&pattern, &"a".repeat(10_000)));
    }
}
