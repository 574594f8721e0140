//! The words of a predicate, each with its place.

use super::parser::Operator;
use super::{QueryError, Reason};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name or a keyword.
    Word(String),
    /// A name in backticks, which is never a keyword.
    Quoted(String),
    Integer(i128),
    Float(f64),
    Text(String),
    Operator(Operator),
    Open,
    Close,
    OpenList,
    CloseList,
    Comma,
    Dot,
    End,
}

impl Token {
    /// For messages.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(word) => format!("{word:?}"),
            Self::Quoted(name) => format!("`{name}`"),
            Self::Integer(number) => number.to_string(),
            Self::Float(number) => number.to_string(),
            Self::Text(text) => format!("the text {text:?}"),
            Self::Operator(operator) => format!("\"{operator}\""),
            Self::Open => "\"(\"".to_owned(),
            Self::Close => "\")\"".to_owned(),
            Self::OpenList => "\"[\"".to_owned(),
            Self::CloseList => "\"]\"".to_owned(),
            Self::Comma => "\",\"".to_owned(),
            Self::Dot => "\".\"".to_owned(),
            Self::End => "the end".to_owned(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed {
    pub(super) token: Token,
    /// In characters.
    pub(super) position: usize,
}

/// Cuts a text into its words; the last one is the end.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, QueryError> {
    let mut lexer = Lexer { characters: text.chars().collect(), position: 0 };
    let mut tokens = Vec::new();
    loop {
        while lexer.peek().is_some_and(char::is_whitespace) {
            lexer.position += 1;
        }
        let position = lexer.position;
        let token = lexer.next()?;
        let is_end = token == Token::End;
        tokens.push(Placed { token, position });
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Lexer {
    characters: Vec<char>,
    position: usize,
}

impl Lexer {
    fn peek(&self) -> Option<char> {
        self.characters.get(self.position).copied()
    }

    fn next(&mut self) -> Result<Token, QueryError> {
        let start = self.position;
        let Some(character) = self.peek() else { return Ok(Token::End) };
        self.position += 1;
        Ok(match character {
            '(' => Token::Open,
            ')' => Token::Close,
            '[' => Token::OpenList,
            ']' => Token::CloseList,
            ',' => Token::Comma,
            '.' if !self.peek().is_some_and(|next| next.is_ascii_digit()) => Token::Dot,
            '=' | '!' | '<' | '>' => Token::Operator(self.operator(character, start)?),
            '"' | '\'' => Token::Text(self.quoted(character, start)?),
            '`' => Token::Quoted(self.quoted('`', start)?),
            '0'..='9' | '.' | '-' | '+' => self.number(start)?,
            _ if character.is_alphabetic() || character == '_' => {
                while self.peek().is_some_and(|next| next.is_alphanumeric() || next == '_') {
                    self.position += 1;
                }
                Token::Word(self.characters[start..self.position].iter().collect())
            }
            _ => {
                let reason = Reason::Character { character };
                return Err(QueryError { position: start, reason });
            }
        })
    }

    fn operator(&mut self, first: char, start: usize) -> Result<Operator, QueryError> {
        let equal = self.peek() == Some('=');
        self.position += usize::from(equal);
        match (first, equal) {
            ('=', true) => Ok(Operator::Equal),
            ('!', true) => Ok(Operator::NotEqual),
            ('<', true) => Ok(Operator::LessOrEqual),
            ('<', false) => Ok(Operator::Less),
            ('>', true) => Ok(Operator::GreaterOrEqual),
            ('>', false) => Ok(Operator::Greater),
            _ => {
                let reason = Reason::Character { character: first };
                Err(QueryError { position: start, reason })
            }
        }
    }

    /// What stands up to the next `quote`; a backslash keeps the character behind it.
    fn quoted(&mut self, quote: char, start: usize) -> Result<String, QueryError> {
        let mut text = String::new();
        loop {
            let next = self.peek();
            self.position += 1;
            match next {
                Some(character) if character == quote => return Ok(text),
                Some('\\') if self.peek().is_some() => {
                    text.extend(self.peek());
                    self.position += 1;
                }
                Some(character) => text.push(character),
                None => {
                    return Err(QueryError { position: start, reason: Reason::Unclosed { quote } });
                }
            }
        }
    }

    fn number(&mut self, start: usize) -> Result<Token, QueryError> {
        while let Some(next) = self.peek() {
            let after_exponent = matches!(self.characters[self.position - 1], 'e' | 'E');
            if !next.is_ascii_alphanumeric()
                && next != '.'
                && !(after_exponent && matches!(next, '+' | '-'))
            {
                break;
            }
            self.position += 1;
        }
        let text: String = self.characters[start..self.position].iter().collect();
        if let Ok(integer) = text.parse() {
            return Ok(Token::Integer(integer));
        }
        let is_decimal = text.chars().any(|character| character.is_ascii_digit());
        match text.parse::<f64>() {
            Ok(number) if is_decimal && number.is_finite() => Ok(Token::Float(number)),
            _ => Err(QueryError { position: start, reason: Reason::Number { text } }),
        }
    }
}
