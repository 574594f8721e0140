//! A predicate tied to the datatype of its elements: names become places in a slot, literals what is found there.

use std::collections::BTreeSet;

use super::cell::{Cell, Column, Kind, compare};
use super::{
    Comparison, ELEMENT_NAME, Literal, Name, Operand, Operator, Predicate, QueryError, Reason,
};
use crate::model::{Datatype, EnumMember, EnumValue};
use crate::values::{Slots, ValueError, wire_members};

/// A predicate that elements of one datatype can be tested with.
#[derive(Clone, Debug)]
pub struct Bound {
    test: Test,
    datatype: Datatype,
}

#[derive(Clone, Debug)]
enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Compare { left: Value, operator: Operator, right: Value },
    In { column: Column, integers: BTreeSet<i128>, floats: Vec<f64>, texts: BTreeSet<Vec<u8>> },
}

#[derive(Clone, Debug)]
enum Value {
    Column(Column),
    Integer(i128),
    Float(f64),
    Text(Vec<u8>),
}

/// A member that a name leads to.
struct Found<'a> {
    name: &'a Name,
    datatype: &'a Datatype,
    column: Column,
}

impl Predicate {
    /// The members that the predicate looks at, of the outermost compound.
    pub fn members(&self) -> BTreeSet<&str> {
        let mut members = BTreeSet::new();
        self.visit(&mut |name| {
            members.extend(name.members.first().map(String::as_str));
        });
        members
    }

    fn visit<'a>(&'a self, see: &mut impl FnMut(&'a Name)) {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                for part in parts {
                    part.visit(see);
                }
            }
            Self::Not(part) => part.visit(see),
            Self::In { name, .. } | Self::Holds(name) => see(name),
            Self::Compare(Comparison { left, right, .. }) => {
                for side in [left, right] {
                    if let Operand::Name(name) = side {
                        see(name);
                    }
                }
            }
        }
    }

    /// Ties the predicate to elements of `datatype`.
    ///
    /// # Errors
    /// Names that are not there, and values that are not compared with each other.
    pub fn bind(&self, datatype: &Datatype) -> Result<Bound, QueryError> {
        Ok(Bound { test: bind(self, datatype)?, datatype: datatype.clone() })
    }
}

impl Bound {
    /// The places of those elements of a payload that pass.
    ///
    /// # Errors
    /// When the payload does not hold `n_elements`.
    pub fn matching(&self, payload: &[u8], n_elements: u64) -> Result<Vec<usize>, ValueError> {
        let slots = Slots::split(payload, &self.datatype, n_elements)?;
        let passes = |(index, slot)| self.test.passes(slot, slots.heap).then_some(index);
        Ok(slots.each().enumerate().filter_map(passes).collect())
    }
}

impl Test {
    fn passes(&self, slot: &[u8], heap: &[u8]) -> bool {
        match self {
            Self::All(tests) => tests.iter().all(|test| test.passes(slot, heap)),
            Self::Any(tests) => tests.iter().any(|test| test.passes(slot, heap)),
            Self::Not(test) => !test.passes(slot, heap),
            Self::Compare { left, operator, right } => {
                let sides = left.cell(slot, heap).zip(right.cell(slot, heap));
                sides.is_some_and(|(left, right)| operator.holds(compare(left, right)))
            }
            Self::In { column, integers, floats, texts } => match column.cell(slot, heap) {
                Some(Cell::Text(text)) => texts.contains(text),
                Some(cell @ Cell::Integer(integer)) => {
                    integers.contains(&integer) || floats.iter().any(|&float| is(cell, float))
                }
                Some(cell @ Cell::Float(_)) => {
                    let among = |&integer: &i128| compare(cell, Cell::Integer(integer));
                    floats.iter().any(|&float| is(cell, float))
                        || integers.iter().any(|integer| Operator::Equal.holds(among(integer)))
                }
                None => false,
            },
        }
    }
}

fn is(cell: Cell<'_>, float: f64) -> bool {
    Operator::Equal.holds(compare(cell, Cell::Float(float)))
}

impl Value {
    fn cell<'a>(&'a self, slot: &'a [u8], heap: &'a [u8]) -> Option<Cell<'a>> {
        match self {
            Self::Column(column) => column.cell(slot, heap),
            Self::Integer(integer) => Some(Cell::Integer(*integer)),
            Self::Float(float) => Some(Cell::Float(*float)),
            Self::Text(text) => Some(Cell::Text(text)),
        }
    }
}

fn bind(predicate: &Predicate, datatype: &Datatype) -> Result<Test, QueryError> {
    let each = |parts: &[Predicate]| -> Result<Vec<Test>, QueryError> {
        parts.iter().map(|part| bind(part, datatype)).collect()
    };
    match predicate {
        Predicate::All(parts) => Ok(Test::All(each(parts)?)),
        Predicate::Any(parts) => Ok(Test::Any(each(parts)?)),
        Predicate::Not(part) => Ok(Test::Not(Box::new(bind(part, datatype)?))),
        Predicate::Compare(comparison) => bind_comparison(comparison, datatype),
        Predicate::In { name, values } => bind_list(&find(name, datatype)?, values),
        Predicate::Holds(name) => {
            let Found { column, .. } = find(name, datatype)?;
            if column.kind != Kind::Bool {
                let reason = Reason::NotBool { name: name.to_string() };
                return Err(QueryError { position: name.position, reason });
            }
            let (left, right) = (Value::Column(column), Value::Integer(1));
            Ok(Test::Compare { left, operator: Operator::Equal, right })
        }
    }
}

fn bind_comparison(comparison: &Comparison, datatype: &Datatype) -> Result<Test, QueryError> {
    let Comparison { left, operator, right, position } = comparison;
    let (operator, position) = (*operator, *position);
    match (left, right) {
        (Operand::Name(left), Operand::Name(right)) => {
            let (left, right) = (find(left, datatype)?, find(right, datatype)?);
            if left.column.kind.is_text() != right.column.kind.is_text() {
                let reason = Reason::Mismatch { left: left.shown(), right: right.shown() };
                return Err(QueryError { position, reason });
            }
            let (left, right) = (Value::Column(left.column), Value::Column(right.column));
            Ok(Test::Compare { left, operator, right })
        }
        (Operand::Name(name), Operand::Literal(literal, _)) => {
            let found = find(name, datatype)?;
            let right = found.value(literal, Some(operator), position)?;
            Ok(Test::Compare { left: Value::Column(found.column), operator, right })
        }
        (Operand::Literal(literal, _), Operand::Name(name)) => {
            let found = find(name, datatype)?;
            let right = found.value(literal, Some(operator), position)?;
            let operator = operator.mirrored();
            Ok(Test::Compare { left: Value::Column(found.column), operator, right })
        }
        (Operand::Literal(..), Operand::Literal(..)) => {
            Err(QueryError { position, reason: Reason::NoName })
        }
    }
}

fn bind_list(found: &Found<'_>, values: &[(Literal, usize)]) -> Result<Test, QueryError> {
    let (mut integers, mut floats, mut texts) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
    for (literal, position) in values {
        match found.value(literal, None, *position)? {
            Value::Integer(integer) => drop(integers.insert(integer)),
            Value::Float(float) => floats.push(float),
            Value::Text(text) => drop(texts.insert(text)),
            Value::Column(_) => {}
        }
    }
    Ok(Test::In { column: found.column.clone(), integers, floats, texts })
}

/// Follows a name through compounds to a member that can be compared.
fn find<'a>(name: &'a Name, datatype: &'a Datatype) -> Result<Found<'a>, QueryError> {
    let position = name.position;
    let mut here = datatype;
    let mut offset = 0;
    let mut names = name.members.iter();
    if !matches!(here, Datatype::Compound { .. })
        && names.next().is_none_or(|first| first != ELEMENT_NAME)
    {
        let known = format!("only elements, called {ELEMENT_NAME:?}");
        let reason = Reason::NoMember { name: name.to_string(), known };
        return Err(QueryError { position, reason });
    }
    for wanted in names {
        let members: &[_] = match here {
            Datatype::Compound { members, .. } => members,
            _ => &[],
        };
        let found = wire_members(members).find(|(_, _, member)| member.name == *wanted);
        let Some((at, _, member)) = found else {
            let known: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let reason = Reason::NoMember { name: wanted.clone(), known };
            return Err(QueryError { position, reason });
        };
        offset += at;
        here = &member.datatype;
    }
    let Some((kind, size)) = Kind::of(here).zip(here.wire_size()) else {
        let (name, datatype) = (name.to_string(), here.to_string());
        return Err(QueryError { position, reason: Reason::NotComparable { name, datatype } });
    };
    Ok(Found { name, datatype: here, column: Column { offset, size, kind } })
}

impl Found<'_> {
    /// For messages.
    fn shown(&self) -> String {
        format!("{:?} of {}", self.name.to_string(), self.datatype)
    }

    /// What a literal is among the member's values.
    fn value(
        &self,
        literal: &Literal,
        operator: Option<Operator>,
        position: usize,
    ) -> Result<Value, QueryError> {
        let mismatch = || {
            let reason = Reason::Mismatch { left: self.shown(), right: literal.to_string() };
            Err(QueryError { position, reason })
        };
        match (self.datatype, self.column.kind, literal) {
            (Datatype::Enum { members, .. }, _, Literal::Text(text)) => {
                let is_equality =
                    matches!(operator, None | Some(Operator::Equal | Operator::NotEqual));
                if !is_equality {
                    return mismatch();
                }
                let value = members.iter().find(|member| member.name == *text);
                value.map(number_of).ok_or_else(|| {
                    let (name, value) = (self.name.to_string(), text.clone());
                    QueryError { position, reason: Reason::NoSuchValue { name, value } }
                })
            }
            (_, kind, Literal::Text(text)) if kind.is_text() => {
                Ok(Value::Text(text.clone().into_bytes()))
            }
            (_, Kind::Bool, Literal::Bool(value)) => Ok(Value::Integer(i128::from(*value))),
            (_, kind, Literal::Integer(number)) if !kind.is_text() => Ok(Value::Integer(*number)),
            (_, kind, Literal::Float(number)) if !kind.is_text() => Ok(Value::Float(*number)),
            _ => mismatch(),
        }
    }
}

fn number_of(member: &EnumMember) -> Value {
    Value::Integer(match member.value {
        EnumValue::Signed(value) => i128::from(value),
        EnumValue::Unsigned(value) => i128::from(value),
    })
}

#[cfg(test)]
mod tests;
