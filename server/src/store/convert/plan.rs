//! How elements of one datatype become elements of another: worked out once, run for every element.

use hdf5_async_protocol::model::{Datatype, EnumMember, Member, Padding};
use hdf5_async_protocol::values::payload::{moved, push_heap};
use hdf5_async_protocol::values::to_json::unpadded;
use hdf5_async_protocol::values::{ValueError, heap_bytes, wire_members};

use crate::store::number;

#[derive(Debug)]
pub(super) enum Plan {
    /// The same datatype.
    Same(Datatype),
    Number {
        from: Datatype,
        to: Datatype,
    },
    /// Values of enumerations with the same name.
    Names {
        from: Datatype,
        to: Datatype,
        pairs: Vec<(i128, i128)>,
    },
    Text {
        /// Of fixed length with this padding.
        padding: Option<Padding>,
        to: Datatype,
    },
    /// A number as the real part, with nothing for the imaginary one.
    Real {
        part: Box<Plan>,
        zeros: usize,
    },
    /// Elements one behind the other.
    Elements {
        part: Box<Plan>,
        size: usize,
    },
    Sequence {
        part: Box<Plan>,
        size: usize,
    },
    Members {
        size: usize,
        members: Vec<PlannedMember>,
    },
}

#[derive(Debug)]
pub(super) struct PlannedMember {
    from: usize,
    from_size: usize,
    to: usize,
    plan: Plan,
}

/// Why an element cannot be converted.
#[derive(Debug)]
pub(super) enum Failure {
    Range,
    Value(ValueError),
}

impl From<ValueError> for Failure {
    fn from(error: ValueError) -> Self {
        Self::Value(error)
    }
}

impl Plan {
    /// `None` where no element of `from` is one of `to`.
    pub(super) fn new(from: &Datatype, to: &Datatype) -> Option<Self> {
        if from == to {
            return Some(Self::Same(from.clone()));
        }
        match (from, to) {
            (Datatype::Enum { members: have, .. }, Datatype::Enum { members: want, .. }) => {
                let pairs = by_name(have, want);
                Some(Self::Names { from: from.clone(), to: to.clone(), pairs })
            }
            _ if number::is_number(from) && number::is_number(to) => {
                let plan = Self::Number { from: from.clone(), to: to.clone() };
                (!number::loses_truth(from, to)).then_some(plan)
            }
            (Datatype::String { length, padding, .. }, Datatype::String { .. }) => {
                Some(Self::Text { padding: length.map(|_| *padding), to: to.clone() })
            }
            (Datatype::Array { base, dims }, Datatype::Array { base: want, dims: others }) => {
                if dims != others {
                    return None;
                }
                Some(Self::Elements {
                    part: Box::new(Self::new(base, want)?),
                    size: base.wire_size()?,
                })
            }
            (Datatype::Vlen { base }, Datatype::Vlen { base: want }) => Some(Self::Sequence {
                part: Box::new(Self::new(base, want)?),
                size: base.wire_size()?,
            }),
            (Datatype::Compound { members, .. }, Datatype::Compound { members: wanted, .. }) => {
                compound(members, wanted, to.wire_size()?)
            }
            (Datatype::Opaque { size, tag }, Datatype::Opaque { size: other, tag: wanted })
                if size == other && (tag.is_empty() || wanted.is_empty()) =>
            {
                Some(Self::Same(from.clone()))
            }
            _ => complex(from, to),
        }
    }

    pub(super) fn run(
        &self,
        slot: &[u8],
        heap: &[u8],
        out: &mut Vec<u8>,
        out_heap: &mut Vec<u8>,
    ) -> Result<(), Failure> {
        match self {
            Self::Same(datatype) => out.extend(moved(datatype, slot, heap, out_heap)?),
            Self::Number { from, to } => {
                let number = number::decode(slot, from).ok_or(Failure::Range)?;
                number::encode(number, to, out).ok_or(Failure::Range)?;
            }
            Self::Names { from, to, pairs } => {
                let value = number::decode(slot, from).and_then(number::Number::whole);
                let pair = pairs.iter().find(|(have, _)| Some(*have) == value);
                let (_, wanted) = pair.ok_or(Failure::Range)?;
                number::encode(number::Number::Integer(*wanted), to, out).ok_or(Failure::Range)?;
            }
            Self::Text { padding, to } => {
                let text = match padding {
                    Some(padding) => unpadded(slot, *padding),
                    None => heap_bytes(slot, heap)?,
                };
                put_text(text, to, out, out_heap)?;
            }
            Self::Real { part, zeros } => {
                part.run(slot, heap, out, out_heap)?;
                out.resize(out.len() + zeros, 0);
            }
            Self::Elements { part, size } => {
                for element in slot.chunks_exact(*size) {
                    part.run(element, heap, out, out_heap)?;
                }
            }
            Self::Sequence { part, size } => {
                let mut inner = Vec::new();
                for element in heap_bytes(slot, heap)?.chunks_exact(*size) {
                    part.run(element, heap, &mut inner, out_heap)?;
                }
                push_heap(out, out_heap, &inner);
            }
            Self::Members { size, members } => {
                let start = out.len();
                out.resize(start + size, 0);
                for member in members {
                    let end = out.len();
                    let part = &slot[member.from..member.from + member.from_size];
                    member.plan.run(part, heap, out, out_heap)?;
                    out.copy_within(end.., start + member.to);
                    out.truncate(end);
                }
            }
        }
        Ok(())
    }
}

fn by_name(have: &[EnumMember], want: &[EnumMember]) -> Vec<(i128, i128)> {
    let other = |member: &EnumMember| {
        let found = want.iter().find(|wanted| wanted.name == member.name)?;
        Some((member.value.number(), found.value.number()))
    };
    have.iter().filter_map(other).collect()
}

/// By name; members that the target does not have are left out, as HDF5 does it.
fn compound(members: &[Member], wanted: &[Member], size: usize) -> Option<Plan> {
    let mut planned = Vec::new();
    for (to, _, want) in wire_members(wanted) {
        let (from, from_size, have) =
            wire_members(members).find(|(_, _, member)| member.name == want.name)?;
        let plan = Plan::new(&have.datatype, &want.datatype)?;
        planned.push(PlannedMember { from, from_size, to, plan });
    }
    Some(Plan::Members { size, members: planned })
}

/// What real and imaginary part are.
fn part_of(datatype: &Datatype) -> Option<Datatype> {
    match datatype {
        Datatype::Complex { size, order } => Some(Datatype::float(size / 2, *order)),
        Datatype::NativeComplex { base } => Some((**base).clone()),
        _ => None,
    }
}

fn complex(from: &Datatype, to: &Datatype) -> Option<Plan> {
    let want = part_of(to)?;
    if let Some(have) = part_of(from) {
        let part = Box::new(Plan::new(&have, &want)?);
        return Some(Plan::Elements { part, size: have.wire_size()? });
    }
    if !number::is_number(from) {
        return None;
    }
    Some(Plan::Real { part: Box::new(Plan::new(from, &want)?), zeros: want.wire_size()? })
}

/// HDF5 would cut off what does not fit.
fn put_text(
    text: &[u8],
    to: &Datatype,
    out: &mut Vec<u8>,
    out_heap: &mut Vec<u8>,
) -> Result<(), ValueError> {
    let Datatype::String { length: Some(length), padding, .. } = to else {
        if text.contains(&0) {
            let value = "a string with a NUL byte inside".to_owned();
            return Err(ValueError::NotOfType { value, datatype: to.to_string() });
        }
        push_heap(out, out_heap, text);
        return Ok(());
    };
    let room = if *padding == Padding::NullTerminated { length.saturating_sub(1) } else { *length };
    if text.len() > room as usize {
        return Err(ValueError::StringTooLong { length: text.len(), max: room });
    }
    let fill = if *padding == Padding::SpacePadded { b' ' } else { 0 };
    let end = out.len() + *length as usize;
    out.extend_from_slice(text);
    out.resize(end, fill);
    Ok(())
}
