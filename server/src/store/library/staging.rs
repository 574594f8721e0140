//! Elements of a values payload laid out in memory as the library takes them.
#![expect(unsafe_code, reason = "writes the pointers of strings and sequences")]

use std::ffi::c_void;

use hdf5_async_protocol::model::ReferenceKind;
use hdf5_async_protocol::values::heap_bytes;
use hdf5_async_protocol::values::integer::{decode, push_bits, to_bits};

use super::form::{Form, POINTER};
use super::standard_reference::{STANDARD_BYTES, StandardReference};

/// What has no fixed size begins at a multiple of so many bytes.
const ALIGNMENT: usize = 8;

/// Elements in the library's memory form, complete with what they point to.
#[derive(Debug, Default)]
pub(crate) struct Staged {
    elements: Vec<u8>,
    /// What the elements point to.
    arena: Vec<u8>,
    /// Where pointers stand, and what in the arena they point to; resolved when all is in place.
    links: Vec<(Place, usize)>,
    /// What references among the elements hold.
    references: Vec<StandardReference>,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Element(usize),
    Arena(usize),
}

impl Place {
    fn plus(self, bytes: usize) -> Self {
        match self {
            Self::Element(at) => Self::Element(at + bytes),
            Self::Arena(at) => Self::Arena(at + bytes),
        }
    }
}

/// Why elements cannot be staged.
#[derive(Debug)]
pub(crate) enum StagingError<E> {
    /// A slot points outside of the payload.
    Heap,
    /// More than `max` bytes are pointed to.
    TooLarge {
        bytes: usize,
    },
    Reference(E),
}

/// A reference as the library takes it.
#[derive(Debug)]
pub(crate) enum FoundReference {
    Bytes(Vec<u8>),
    Standard(StandardReference),
}

/// Makes of what a payload has of a reference what the library has.
pub(crate) type FindReference<'n, E> =
    dyn FnMut(ReferenceKind, &[u8]) -> Result<FoundReference, E> + 'n;

/// The payload that is staged, and its bounds.
struct Source<'s, 'n, E> {
    heap: &'s [u8],
    max_bytes: usize,
    find: &'s mut FindReference<'n, E>,
}

impl Staged {
    /// Lays out the elements whose slots `slots` gives; what they point to may have `max_bytes`.
    pub(crate) fn new<'s, E>(
        form: &Form,
        slots: impl Iterator<Item = &'s [u8]>,
        heap: &'s [u8],
        max_bytes: usize,
        find: &mut FindReference<'_, E>,
    ) -> Result<Self, StagingError<E>> {
        let mut staged = Self::default();
        let size = form.memory_size();
        let mut source = Source { heap, max_bytes, find };
        for slot in slots {
            let at = staged.elements.len();
            staged.elements.resize(at + size, 0);
            staged.put(form, slot, Place::Element(at), &mut source)?;
        }
        staged.link();
        Ok(staged)
    }

    /// The elements, one behind the other; valid as long as `self` is.
    pub(super) fn as_ptr(&self) -> *const c_void {
        self.elements.as_ptr().cast()
    }

    fn put<E>(
        &mut self,
        form: &Form,
        slot: &[u8],
        at: Place,
        source: &mut Source<'_, '_, E>,
    ) -> Result<(), StagingError<E>> {
        match form {
            Form::Plain(size) => self.write(at, &slot[..*size]),
            Form::Bits { size, signed, order, precision, bit_offset } => {
                let value = decode(&slot[..*size], *signed, *order);
                let mut bytes = Vec::with_capacity(*size);
                push_bits(&mut bytes, to_bits(value, *precision, *bit_offset), *size, *order);
                self.write(at, &bytes);
            }
            Form::Text => {
                let text = heap_bytes(slot, source.heap).map_err(|_| StagingError::Heap)?;
                let start = self.room(text.len() + 1, source.max_bytes)?;
                self.write(Place::Arena(start), text);
                self.links.push((at, start));
            }
            Form::Sequence(base) => {
                let bytes = heap_bytes(slot, source.heap).map_err(|_| StagingError::Heap)?;
                let count = bytes.len() / base.wire_size();
                self.write(at, &count.to_ne_bytes());
                if count == 0 {
                    return Ok(());
                }
                let size = base.memory_size();
                let start = self.room(count.saturating_mul(size), source.max_bytes)?;
                self.links.push((at.plus(POINTER), start));
                for (index, element) in bytes.chunks_exact(base.wire_size()).enumerate() {
                    self.put(base, element, Place::Arena(start + index * size), source)?;
                }
            }
            Form::Reference(kind) => {
                let named = heap_bytes(slot, source.heap).map_err(|_| StagingError::Heap)?;
                match (source.find)(*kind, named).map_err(StagingError::Reference)? {
                    FoundReference::Bytes(bytes) => {
                        self.write(at, &bytes[..form.memory_size().min(bytes.len())]);
                    }
                    FoundReference::Standard(reference) => {
                        self.write(
                            at,
                            &reference.bytes()[..form.memory_size().min(STANDARD_BYTES)],
                        );
                        self.references.push(reference);
                    }
                }
            }
            Form::Array { base, .. } => {
                for (index, element) in slot.chunks_exact(base.wire_size()).enumerate() {
                    self.put(base, element, at.plus(index * base.memory_size()), source)?;
                }
            }
            Form::Compound { members, .. } => {
                for member in members {
                    let part = &slot[member.wire..member.wire + member.form.wire_size()];
                    self.put(&member.form, part, at.plus(member.memory), source)?;
                }
            }
        }
        Ok(())
    }

    fn write(&mut self, at: Place, bytes: &[u8]) {
        let (area, at) = match at {
            Place::Element(at) => (&mut self.elements, at),
            Place::Arena(at) => (&mut self.arena, at),
        };
        area[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Room for `bytes` in the arena, filled with zeros.
    fn room<E>(&mut self, bytes: usize, max_bytes: usize) -> Result<usize, StagingError<E>> {
        let start = self.arena.len().next_multiple_of(ALIGNMENT);
        let end = start.saturating_add(bytes);
        if end > max_bytes {
            return Err(StagingError::TooLarge { bytes: end });
        }
        self.arena.resize(end, 0);
        Ok(start)
    }

    /// Writes the pointers, now that nothing moves any more.
    fn link(&mut self) {
        let arena = self.arena.as_mut_ptr();
        let elements = self.elements.as_mut_ptr();
        for (place, target) in std::mem::take(&mut self.links) {
            let (area, at) = match place {
                Place::Element(at) => (elements, at),
                Place::Arena(at) => (arena, at),
            };
            // SAFETY: `put` has made room for a pointer at each place, and for what it points to in the arena;
            // neither area is touched again before it is dropped.
            unsafe { area.add(at).cast::<*mut u8>().write_unaligned(arena.add(target)) };
        }
    }
}

/// What the library is given to write.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Elements<'a> {
    Bytes(&'a [u8]),
    Staged(&'a Staged),
}

impl Elements<'_> {
    pub(super) fn as_ptr(&self) -> *const c_void {
        match self {
            Self::Bytes(bytes) => bytes.as_ptr().cast(),
            Self::Staged(staged) => staged.as_ptr(),
        }
    }
}
