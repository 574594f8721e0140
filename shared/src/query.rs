//! Predicates over the rows of a dataset, as text: `energy > 5 and (detector == "north" or hits in [1, 2, 3])`.
//!
//! ```text
//! predicate  = both { "or" both }
//! both       = negated { "and" negated }
//! negated    = "not" negated | "(" predicate ")" | comparison
//! comparison = value { operator value } | name [ "not" ] "in" "[" literal { "," literal } "]"
//! operator   = "==" | "!=" | "<" | "<=" | ">" | ">="
//! value      = name | literal
//! literal    = number | text in quotes | "true" | "false"
//! name       = word { "." word }, where a word is a member's name, in backticks if it is no plain word
//! ```
//!
//! Comparisons may be chained as in Python (`1 <= x < 5`); a name of bools may stand alone. Elements of a dataset that
//! is not a compound are called `value`. [`parse`] reads the text, [`Bound`] ties it to a datatype and tests elements.

mod bind;
mod cell;
mod key;
mod lexer;
mod parser;

pub use bind::Bound;
pub use key::{Key, KeyError, keys, keys_of_rows};
pub use parser::{Comparison, Literal, Name, Operand, Operator, Predicate, parse};

/// The longest predicate, in bytes.
pub const MAX_QUERY_BYTES: usize = 64 << 10;

/// What the elements of a dataset are called that have no members.
pub const ELEMENT_NAME: &str = "value";

/// Why a predicate is refused, and where in its text: in characters from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at character {position}: {reason}")]
pub struct QueryError {
    pub position: usize,
    pub reason: Reason,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    #[error("the text has {bytes} bytes, at most {MAX_QUERY_BYTES} are possible")]
    TooLong { bytes: usize },
    #[error("parentheses and \"not\" are nested more than {max} deep")]
    TooDeep { max: usize },
    #[error("{character:?} has no meaning here")]
    Character { character: char },
    #[error("the {quote} that begins here has no end")]
    Unclosed { quote: char },
    #[error("{text:?} is not a number")]
    Number { text: String },
    #[error("{expected} is missing; here is {found}")]
    Expected { expected: &'static str, found: String },
    #[error("there is no member {name:?}; there are {known}")]
    NoMember { name: String, known: String },
    #[error("{name:?} holds {datatype}, which is not compared")]
    NotComparable { name: String, datatype: String },
    #[error("{left} cannot be compared with {right}")]
    Mismatch { left: String, right: String },
    #[error("{name:?} has no value called {value:?}")]
    NoSuchValue { name: String, value: String },
    #[error("{name:?} holds no bools, so that it needs a comparison")]
    NotBool { name: String },
    #[error("two literals are compared; at least one side is the name of a member")]
    NoName,
}
