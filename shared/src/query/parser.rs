//! From the words of a predicate to its tree.

use std::fmt;

use super::lexer::{Placed, Token, tokens};
use super::{MAX_QUERY_BYTES, QueryError, Reason};

/// How deep parentheses and `not` may be nested.
const MAX_DEPTH: usize = 64;

#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    All(Vec<Predicate>),
    Any(Vec<Predicate>),
    Not(Box<Predicate>),
    Compare(Comparison),
    /// Equal to one of the values.
    In {
        name: Name,
        values: Vec<(Literal, usize)>,
    },
    /// A name of bools that stands alone.
    Holds(Name),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    pub left: Operand,
    pub operator: Operator,
    pub right: Operand,
    /// Of the operator, in characters.
    pub position: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    Name(Name),
    Literal(Literal, usize),
}

/// A member, of members where compounds are nested, and its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    pub members: Vec<String>,
    pub position: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    Integer(i128),
    Float(f64),
    Text(String),
    Bool(bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    /// The same comparison with its sides exchanged.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(number) => number.fmt(formatter),
            Self::Float(number) => number.fmt(formatter),
            Self::Text(text) => write!(formatter, "{text:?}"),
            Self::Bool(value) => value.fmt(formatter),
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.members.join("."))
    }
}

/// Reads a predicate.
///
/// # Errors
/// Says what is wrong with the text, and where.
pub fn parse(text: &str) -> Result<Predicate, QueryError> {
    if text.len() > MAX_QUERY_BYTES {
        let reason = Reason::TooLong { bytes: text.len() };
        return Err(QueryError { position: MAX_QUERY_BYTES, reason });
    }
    let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0 };
    let predicate = parser.any()?;
    match parser.peek() {
        Token::End => Ok(predicate),
        _ => Err(parser.expected("\"and\", \"or\" or the end")),
    }
}

struct Parser {
    /// Never empty: the last one is the end.
    tokens: Vec<Placed>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn at(&self) -> &Placed {
        &self.tokens[self.next.min(self.tokens.len() - 1)]
    }

    fn peek(&self) -> &Token {
        &self.at().token
    }

    fn position(&self) -> usize {
        self.at().position
    }

    fn expected(&self, expected: &'static str) -> QueryError {
        let found = self.peek().shown();
        QueryError { position: self.position(), reason: Reason::Expected { expected, found } }
    }

    /// Takes the keyword or the sign, if it is next.
    fn take(&mut self, token: &Token) -> bool {
        let is_next = self.peek() == token;
        self.next += usize::from(is_next);
        is_next
    }

    fn keyword(&mut self, word: &str) -> bool {
        let is_next = matches!(self.peek(), Token::Word(next) if next == word);
        self.next += usize::from(is_next);
        is_next
    }

    fn any(&mut self) -> Result<Predicate, QueryError> {
        let mut alternatives = vec![self.all()?];
        while self.keyword("or") {
            alternatives.push(self.all()?);
        }
        Ok(single(alternatives, Predicate::Any))
    }

    fn all(&mut self) -> Result<Predicate, QueryError> {
        let mut conditions = vec![self.negated()?];
        while self.keyword("and") {
            conditions.push(self.negated()?);
        }
        Ok(single(conditions, Predicate::All))
    }

    fn negated(&mut self) -> Result<Predicate, QueryError> {
        let position = self.position();
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(QueryError { position, reason: Reason::TooDeep { max: MAX_DEPTH } });
        }
        let predicate = if self.keyword("not") {
            Predicate::Not(Box::new(self.negated()?))
        } else if self.take(&Token::Open) {
            let inner = self.any()?;
            if !self.take(&Token::Close) {
                return Err(self.expected("\")\""));
            }
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(predicate)
    }

    fn comparison(&mut self) -> Result<Predicate, QueryError> {
        let mut left = self.operand()?;
        if let Operand::Name(name) = &left {
            let before = self.next;
            let negated = self.keyword("not");
            if self.keyword("in") {
                let within = Predicate::In { name: name.clone(), values: self.list()? };
                return Ok(if negated { Predicate::Not(Box::new(within)) } else { within });
            }
            self.next = before;
        }
        let mut comparisons = Vec::new();
        while let Token::Operator(operator) = *self.peek() {
            let position = self.position();
            self.next += 1;
            let right = self.operand()?;
            let pair = Comparison { left, operator, right: right.clone(), position };
            comparisons.push(Predicate::Compare(pair));
            left = right;
        }
        match (comparisons.is_empty(), left) {
            (false, _) => Ok(single(comparisons, Predicate::All)),
            (true, Operand::Name(name)) => Ok(Predicate::Holds(name)),
            (true, Operand::Literal(..)) => Err(self.expected("a comparison such as \"==\"")),
        }
    }

    fn operand(&mut self) -> Result<Operand, QueryError> {
        let position = self.position();
        if let Some(literal) = self.literal() {
            return Ok(Operand::Literal(literal, position));
        }
        let mut members = vec![self.member()?];
        while self.take(&Token::Dot) {
            members.push(self.member()?);
        }
        Ok(Operand::Name(Name { members, position }))
    }

    fn member(&mut self) -> Result<String, QueryError> {
        const KEYWORDS: &[&str] = &["and", "or", "not", "in"];
        let member = match self.peek() {
            Token::Quoted(name) => name.clone(),
            Token::Word(word) if !KEYWORDS.contains(&&**word) => word.clone(),
            _ => return Err(self.expected("a name or a value")),
        };
        self.next += 1;
        Ok(member)
    }

    fn literal(&mut self) -> Option<Literal> {
        let literal = match self.peek() {
            Token::Integer(number) => Literal::Integer(*number),
            Token::Float(number) => Literal::Float(*number),
            Token::Text(text) => Literal::Text(text.clone()),
            Token::Word(word) if word == "true" => Literal::Bool(true),
            Token::Word(word) if word == "false" => Literal::Bool(false),
            _ => return None,
        };
        self.next += 1;
        Some(literal)
    }

    fn list(&mut self) -> Result<Vec<(Literal, usize)>, QueryError> {
        if !self.take(&Token::OpenList) {
            return Err(self.expected("a list such as [1, 2]"));
        }
        let mut values = Vec::new();
        loop {
            if self.take(&Token::CloseList) {
                return Ok(values);
            }
            if !values.is_empty() && !self.take(&Token::Comma) {
                return Err(self.expected("\",\" or \"]\""));
            }
            let position = self.position();
            let value = self.literal().ok_or_else(|| self.expected("a number, a text or a bool"));
            values.push((value?, position));
        }
    }
}

/// One predicate as it is, several of them joined.
fn single(mut parts: Vec<Predicate>, join: fn(Vec<Predicate>) -> Predicate) -> Predicate {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        last => {
            parts.extend(last);
            join(parts)
        }
    }
}
