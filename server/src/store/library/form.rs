//! How the library has elements in memory, and how a values payload has them: one plan for many elements.

use hdf5_async_protocol::model::{ByteOrder, Datatype, Member, ReferenceKind};
use hdf5_async_protocol::values::wire_members;

use super::standard_reference::STANDARD_BYTES;

/// Bytes of a pointer; of a sequence there are two, its length and where it is.
pub(super) const POINTER: usize = size_of::<*mut u8>();

/// What is to be done with an element between memory and payload.
#[derive(Clone, Debug)]
pub(crate) enum Form {
    /// The same bytes on both sides.
    Plain(usize),
    /// Some bits in the file, a whole integer in the payload.
    Bits {
        size: usize,
        signed: bool,
        order: ByteOrder,
        precision: u32,
        bit_offset: u32,
    },
    /// A pointer to a C string.
    Text,
    /// A length and a pointer.
    Sequence(Box<Form>),
    Reference(ReferenceKind),
    Array {
        count: usize,
        base: Box<Form>,
    },
    Compound {
        memory: usize,
        wire: usize,
        members: Vec<Placed>,
    },
}

/// A member of a compound.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(super) memory: usize,
    pub(super) wire: usize,
    pub(super) form: Form,
}

impl Form {
    /// `None` where elements of `datatype` do not travel.
    pub(crate) fn new(datatype: &Datatype) -> Option<Self> {
        let wire = datatype.wire_size()?;
        match datatype {
            Datatype::Integer { signed, order, precision, bit_offset, .. } => {
                bits(wire, *signed, *order, *precision, *bit_offset)
            }
            Datatype::Bitfield { order, precision, bit_offset, .. } => {
                bits(wire, false, *order, *precision, *bit_offset)
            }
            Datatype::Enum { base, .. } => Self::new(base),
            Datatype::Array { base, dims } => {
                let base = Self::new(base)?;
                if let Self::Plain(_) = base {
                    return Some(Self::Plain(wire));
                }
                let count = dims.iter().try_fold(1_usize, |count, &dim| {
                    usize::try_from(dim).ok().and_then(|dim| count.checked_mul(dim))
                })?;
                Some(Self::Array { count, base: Box::new(base) })
            }
            Datatype::Vlen { base } => Some(Self::Sequence(Box::new(Self::new(base)?))),
            Datatype::String { length: None, .. } => Some(Self::Text),
            Datatype::Reference { kind } => Some(Self::Reference(*kind)),
            Datatype::Compound { size, members } => compound(*size as usize, wire, members),
            _ => Some(Self::Plain(wire)),
        }
    }

    pub(crate) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    /// Bytes of an element in memory.
    pub(crate) fn memory_size(&self) -> usize {
        match self {
            Self::Plain(size) | Self::Bits { size, .. } => *size,
            Self::Text => POINTER,
            Self::Sequence(_) => 2 * POINTER,
            Self::Reference(kind) => reference_size(*kind),
            Self::Array { count, base } => count * base.memory_size(),
            Self::Compound { memory, .. } => *memory,
        }
    }

    /// Bytes of an element's slot in a payload.
    pub(crate) fn wire_size(&self) -> usize {
        match self {
            Self::Plain(size) | Self::Bits { size, .. } => *size,
            Self::Text | Self::Sequence(_) | Self::Reference(_) => {
                hdf5_async_protocol::values::HEAP_SLOT_BYTES
            }
            Self::Array { count, base } => count * base.wire_size(),
            Self::Compound { wire, .. } => *wire,
        }
    }

    /// Whether the library allocates memory for elements that it reads.
    pub(super) fn is_allocated(&self) -> bool {
        match self {
            Self::Text | Self::Sequence(_) | Self::Reference(ReferenceKind::Any) => true,
            Self::Plain(_) | Self::Bits { .. } | Self::Reference(_) => false,
            Self::Array { base, .. } => base.is_allocated(),
            Self::Compound { members, .. } => members.iter().any(|m| m.form.is_allocated()),
        }
    }
}

pub(super) fn reference_size(kind: ReferenceKind) -> usize {
    match kind {
        ReferenceKind::Object => 8,
        ReferenceKind::Region => 12,
        ReferenceKind::Any => STANDARD_BYTES,
    }
}

fn bits(
    size: usize,
    signed: bool,
    order: ByteOrder,
    precision: u32,
    bit_offset: u32,
) -> Option<Form> {
    let all = u32::try_from(size).ok()?.checked_mul(8)?;
    if precision == all && bit_offset == 0 {
        return Some(Form::Plain(size));
    }
    let inside = precision.checked_add(bit_offset).is_some_and(|end| end <= all);
    // Wider integers are no numbers here: their bytes travel as they are.
    if size > hdf5_async_protocol::values::integer::MAX_BYTES || !inside || precision == 0 {
        return Some(Form::Plain(size));
    }
    Some(Form::Bits { size, signed, order, precision, bit_offset })
}

fn compound(memory: usize, wire: usize, members: &[Member]) -> Option<Form> {
    let mut placed = Vec::new();
    for (offset, _, member) in wire_members(members) {
        let form = Form::new(&member.datatype)?;
        let at = usize::try_from(member.offset).ok()?;
        if at.checked_add(form.memory_size())? > memory {
            return None;
        }
        placed.push(Placed { memory: at, wire: offset, form });
    }
    let alike = |member: &Placed| member.form.is_plain() && member.memory == member.wire;
    if memory == wire && placed.iter().all(alike) {
        return Some(Form::Plain(memory));
    }
    Some(Form::Compound { memory, wire, members: placed })
}
