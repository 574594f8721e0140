//! How much room an element takes in a values payload, and where its members lie in it.

use super::HEAP_SLOT_BYTES;
use crate::model::{Datatype, Member, ReferenceKind};

/// Of the machines that HDF5 files are written on.
const POINTER_BYTES: usize = 8;

impl Datatype {
    /// Bytes of one element's slot in a binary values payload, or `None` where the datatype is none that
    /// elements can have: without bytes, with members outside of it, or larger than memory.
    pub fn wire_size(&self) -> Option<usize> {
        let size = match self {
            Self::Integer { size, .. }
            | Self::Float { size, .. }
            | Self::Complex { size, .. }
            | Self::Opaque { size, .. }
            | Self::Bitfield { size, .. }
            | Self::Time { size, .. }
            | Self::String { length: Some(size), .. } => usize::try_from(*size).ok(),
            Self::Bool => Some(1),
            Self::String { length: None, .. } | Self::Vlen { .. } | Self::Reference { .. } => {
                Some(HEAP_SLOT_BYTES)
            }
            Self::NativeComplex { base } => base.wire_size()?.checked_mul(2),
            Self::Enum { base, .. } => base.wire_size(),
            Self::Array { base, dims } => dims.iter().try_fold(base.wire_size()?, |size, &dim| {
                usize::try_from(dim).ok().and_then(|dim| size.checked_mul(dim))
            }),
            Self::Compound { size, members } => compound_size(*size as usize, members),
        };
        size.filter(|&size| size > 0)
    }

    /// Bytes of one element in HDF5's memory, by which compounds count their offsets.
    pub fn memory_size(&self) -> Option<usize> {
        match self {
            Self::String { length: None, .. } => Some(POINTER_BYTES),
            Self::Vlen { .. } => Some(2 * POINTER_BYTES),
            Self::Reference { kind: ReferenceKind::Object } => Some(8),
            Self::Reference { kind: ReferenceKind::Region } => Some(12),
            Self::Reference { kind: ReferenceKind::Any } => Some(64),
            Self::Compound { size, .. } => usize::try_from(*size).ok(),
            Self::Array { base, dims } => {
                dims.iter().try_fold(base.memory_size()?, |size, &dim| {
                    usize::try_from(dim).ok().and_then(|dim| size.checked_mul(dim))
                })
            }
            other => other.wire_size(),
        }
    }

    /// A compound without gaps; `None` where a member is no datatype that elements can have.
    pub fn packed(members: Vec<(String, Self)>) -> Option<Self> {
        let mut end = 0_u64;
        let mut packed = Vec::new();
        for (name, datatype) in members {
            let size = datatype.memory_size()? as u64;
            packed.push(Member { name, offset: end, datatype });
            end = end.checked_add(size)?;
        }
        Some(Self::Compound { size: u32::try_from(end).ok()?, members: packed })
    }

    /// Whether elements, or parts of them, lie in the heap of a values payload.
    pub fn has_heap(&self) -> bool {
        match self {
            Self::Array { base, .. } => base.has_heap(),
            Self::Compound { members, .. } => any_has_heap(members),
            other => other.is_variable_length(),
        }
    }

    /// Whether an element's slot is a place in the heap and nothing else.
    pub fn is_variable_length(&self) -> bool {
        matches!(
            self,
            Self::String { length: None, .. } | Self::Vlen { .. } | Self::Reference { .. }
        )
    }
}

fn any_has_heap(members: &[Member]) -> bool {
    members.iter().any(|member| member.datatype.has_heap())
}

fn compound_size(size: usize, members: &[Member]) -> Option<usize> {
    let mut end = 0_usize;
    if any_has_heap(members) {
        for member in members {
            end = end.checked_add(member.datatype.wire_size()?)?;
        }
        return Some(end);
    }
    for member in members {
        let offset = usize::try_from(member.offset).ok()?;
        end = end.max(offset.checked_add(member.datatype.wire_size()?)?);
    }
    (end <= size).then_some(size)
}

/// The members of a compound with their offset and size in its slot: HDF5's own offsets where all members
/// have a fixed size, one behind the other where one has not.
pub fn wire_members(members: &[Member]) -> impl Iterator<Item = (usize, usize, &Member)> {
    let packed = any_has_heap(members);
    let mut end = 0;
    members.iter().map(move |member| {
        let size = member.datatype.wire_size().unwrap_or(0);
        let offset =
            if packed { end } else { usize::try_from(member.offset).unwrap_or(usize::MAX) };
        end += size;
        (offset, size, member)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compound(size: u32, members: &[(u64, Datatype)]) -> Datatype {
        let members = members.iter().enumerate().map(|(index, (offset, datatype))| Member {
            name: format!("m{index}"),
            offset: *offset,
            datatype: datatype.clone(),
        });
        Datatype::Compound { size, members: members.collect() }
    }

    #[test]
    fn compounds_of_fixed_size_keep_their_offsets_and_others_are_packed() {
        let double: Datatype = "<f8".parse().unwrap();
        let byte: Datatype = "|u1".parse().unwrap();
        let fixed = compound(24, &[(0, byte.clone()), (8, double.clone())]);
        assert_eq!(fixed.wire_size(), Some(24));
        let text = compound(24, &[(0, byte), (8, Datatype::variable_string()), (16, double)]);
        assert_eq!(text.wire_size(), Some(1 + 16 + 8));
        let Datatype::Compound { members, .. } = &text else { panic!("{text}") };
        let places: Vec<_> = wire_members(members).map(|(at, size, _)| (at, size)).collect();
        assert_eq!(places, [(0, 1), (1, 16), (17, 8)]);
        let nested = Datatype::Array { base: Box::new(text), dims: vec![2, 3] };
        assert_eq!(nested.wire_size(), Some(150));
        assert!(nested.has_heap() && !nested.is_variable_length());
    }

    #[test]
    fn what_no_element_can_have_has_no_size() {
        let double: Datatype = "<f8".parse().unwrap();
        assert_eq!(compound(8, &[(1, double.clone())]).wire_size(), None);
        assert_eq!(compound(8, &[(u64::MAX, double.clone())]).wire_size(), None);
        let endless = Datatype::Array { base: Box::new(double.clone()), dims: vec![1 << 40; 3] };
        assert_eq!(endless.wire_size(), None);
        assert_eq!(Datatype::Array { base: Box::new(double), dims: vec![0] }.wire_size(), None);
    }
}
