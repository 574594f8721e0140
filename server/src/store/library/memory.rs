//! Elements that the library has read, and their way into a values payload.
#![expect(
    unsafe_code,
    reason = "calls H5Treclaim and follows the pointers of strings and sequences"
)]

use std::ffi::{CStr, c_char, c_void};

use hdf5_async_protocol::model::ReferenceKind;
use hdf5_async_protocol::values::integer::{from_bits, push_bits};
use hdf5_async_protocol::values::payload::push_heap;
use hdf5_sys::h5p::H5P_DEFAULT;
use hdf5_sys::h5t::{H5Tget_size, H5Treclaim};

use super::form::{Form, POINTER};
use super::handle::{CallError, Handle};
use super::space::{Extent, Space};

/// Elements as the library has put them into memory; what it has allocated for them is given back on drop.
#[derive(Debug)]
pub(crate) struct Memory<'a> {
    /// Words, so that every element is aligned.
    words: Vec<u64>,
    element: usize,
    n_elements: usize,
    form: &'a Form,
    datatype: &'a Handle,
    space: Space,
}

/// A values payload under construction.
#[derive(Debug, Default)]
pub(crate) struct Payload {
    pub(crate) slots: Vec<u8>,
    pub(crate) heap: Vec<u8>,
}

impl Payload {
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.slots.append(&mut self.heap);
        self.slots
    }
}

/// A reference in memory that the library has filled and that lives on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RawReference<'m> {
    kind: ReferenceKind,
    bytes: &'m [u8],
}

impl<'m> RawReference<'m> {
    pub(crate) fn kind(&self) -> ReferenceKind {
        self.kind
    }

    pub(crate) fn bytes(&self) -> &'m [u8] {
        self.bytes
    }

    pub(crate) fn is_null(&self) -> bool {
        self.bytes.iter().all(|&byte| byte == 0)
    }
}

/// Makes of the bytes of a reference what a payload has of it.
pub(crate) type NameReference<'n, E> = dyn FnMut(RawReference<'_>) -> Result<Vec<u8>, E> + 'n;

impl<'a> Memory<'a> {
    /// Lets `read` fill room for `n_elements` of `datatype`, whose form `form` is.
    pub(super) fn read(
        datatype: &'a Handle,
        form: &'a Form,
        n_elements: usize,
        read: impl FnOnce(*mut c_void) -> Result<(), CallError>,
    ) -> Result<Self, CallError> {
        check_form(datatype, form)?;
        let space = Space::new(&Extent::fixed(&[n_elements as u64]))?;
        let element = form.memory_size();
        let words = vec![0_u64; n_elements.saturating_mul(element).div_ceil(size_of::<u64>())];
        let mut memory = Self { words, element, n_elements, form, datatype, space };
        // On failure what was allocated so far is given back by `drop`; the rest is null pointers.
        read(memory.words.as_mut_ptr().cast::<c_void>())?;
        Ok(memory)
    }

    fn bytes(&self) -> &[u8] {
        let length = self.n_elements * self.element;
        // SAFETY: the words were made with at least this many bytes, all of them initialised.
        unsafe { std::slice::from_raw_parts(self.words.as_ptr().cast::<u8>(), length) }
    }

    /// Appends one element to a payload; there are as many as were read.
    pub(crate) fn push<E>(
        &self,
        index: usize,
        payload: &mut Payload,
        name: &mut NameReference<'_, E>,
    ) -> Result<(), E> {
        let start = index * self.element;
        let element = &self.bytes()[start..start + self.element];
        // SAFETY: the library has filled the elements in the form that was checked against the datatype, and
        // what they point to lives as long as `self`.
        unsafe { push(self.form, element, &mut payload.slots, &mut payload.heap, name) }
    }
}

/// Makes sure that `form` is as large as the library's elements.
pub(super) fn check_form(datatype: &Handle, form: &Form) -> Result<(), CallError> {
    // SAFETY: `datatype` is an open datatype.
    if unsafe { H5Tget_size(datatype.id()) } == form.memory_size() {
        return Ok(());
    }
    Err(CallError::new(
        "H5Tget_size",
        "elements have another size in memory than their datatype says",
    ))
}

/// # Safety
/// `memory` holds one element of `form`, whose pointers are null or lead to what the form says.
unsafe fn push<E>(
    form: &Form,
    memory: &[u8],
    slots: &mut Vec<u8>,
    heap: &mut Vec<u8>,
    name: &mut NameReference<'_, E>,
) -> Result<(), E> {
    match form {
        Form::Plain(size) => slots.extend_from_slice(&memory[..*size]),
        Form::Bits { size, signed, order, precision, bit_offset } => {
            let value = from_bits(&memory[..*size], *signed, *order, *precision, *bit_offset);
            push_bits(slots, value.cast_unsigned(), *size, *order);
        }
        Form::Text => {
            // SAFETY: as the caller promises, a string is a pointer.
            let text = unsafe { pointer(memory) }.cast::<c_char>();
            let bytes = if text.is_null() {
                &[]
            } else {
                // SAFETY: the library has put a NUL-terminated string there.
                unsafe { CStr::from_ptr(text) }.to_bytes()
            };
            push_heap(slots, heap, bytes);
        }
        Form::Sequence(base) => {
            // SAFETY: as the caller promises, a sequence is a length and a pointer to that many elements.
            let elements = unsafe { sequence(memory, base.memory_size()) };
            let mut inner = Vec::new();
            for element in elements.chunks_exact(base.memory_size()) {
                // SAFETY: each is an element of the base's form.
                unsafe { push(base, element, &mut inner, heap, name)? };
            }
            push_heap(slots, heap, &inner);
        }
        Form::Reference(kind) => {
            let bytes = &memory[..form.memory_size()];
            let named = name(RawReference { kind: *kind, bytes })?;
            push_heap(slots, heap, &named);
        }
        Form::Array { base, .. } => {
            for element in memory.chunks_exact(base.memory_size()) {
                // SAFETY: each is an element of the base's form.
                unsafe { push(base, element, slots, heap, name)? };
            }
        }
        Form::Compound { wire, members, .. } => {
            let start = slots.len();
            slots.resize(start + wire, 0);
            for member in members {
                let end = slots.len();
                let at = member.memory..member.memory + member.form.memory_size();
                // SAFETY: the member's bytes are an element of its form.
                unsafe { push(&member.form, &memory[at], slots, heap, name)? };
                slots.copy_within(end.., start + member.wire);
                slots.truncate(end);
            }
        }
    }
    Ok(())
}

/// # Safety
/// `memory` begins with a pointer that the library has written.
unsafe fn pointer(memory: &[u8]) -> *const u8 {
    debug_assert!(memory.len() >= POINTER);
    // SAFETY: the bytes are those of a pointer; they may lie unaligned inside a compound.
    unsafe { memory.as_ptr().cast::<*const u8>().read_unaligned() }
}

/// # Safety
/// `memory` is a sequence that the library has written: a length and a pointer to as many elements of `size`.
unsafe fn sequence(memory: &[u8], size: usize) -> &[u8] {
    let mut length = [0; POINTER];
    length.copy_from_slice(&memory[..POINTER]);
    let length = usize::from_ne_bytes(length);
    // SAFETY: the pointer stands behind the length.
    let start = unsafe { pointer(&memory[POINTER..]) };
    if start.is_null() || length == 0 {
        return &[];
    }
    // SAFETY: as the caller promises; the library has allocated this many bytes, so they can be counted.
    unsafe { std::slice::from_raw_parts(start, length * size) }
}

impl Drop for Memory<'_> {
    fn drop(&mut self) {
        if !self.form.is_allocated() || self.n_elements == 0 {
            return;
        }
        // SAFETY: all pointers are null or were allocated by the library for this datatype.
        unsafe {
            H5Treclaim(
                self.datatype.id(),
                self.space.id(),
                H5P_DEFAULT,
                self.words.as_mut_ptr().cast::<c_void>(),
            );
        }
    }
}
