//! The values of a command, as JSON or as a binary payload, made into elements of a dataset before anything changes.

use std::borrow::Cow;

use hdf5_async_protocol::model::{Datatype, ObjectPath};
use hdf5_async_protocol::values::from_json::is_null;
use hdf5_async_protocol::values::{self, ValueError};
use serde_json::value::RawValue;

use super::StoreLimits;
use super::convert::{check, convert};
use super::error::{At as _, StoreError};
use super::opened::product;
use super::transfer::buffer_bytes;

/// Values as the client sent them, and what it said about them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Incoming<'a> {
    pub(crate) path: &'a ObjectPath,
    pub(crate) data: Option<&'a RawValue>,
    pub(crate) payload: Option<&'a [u8]>,
    pub(crate) datatype: Option<&'a Datatype>,
    pub(crate) shape: Option<&'a [u64]>,
    pub(crate) limits: &'a StoreLimits,
}

/// Values that were checked: exactly as many elements as the shape has, all of the datatype.
#[derive(Clone, Debug)]
pub(crate) struct Values<'a> {
    pub(crate) payload: Cow<'a, [u8]>,
    pub(crate) datatype: Datatype,
    pub(crate) shape: Vec<u64>,
}

impl<'a> Incoming<'a> {
    /// The values of a command: JSON, or what came behind it.
    pub(crate) fn new(
        path: &'a ObjectPath,
        data: Option<&'a RawValue>,
        payload: Option<&'a [u8]>,
        limits: &'a StoreLimits,
    ) -> Self {
        Self { path, data, payload, datatype: None, shape: None, limits }
    }

    /// What the command says that they are.
    pub(crate) fn said_to_be(
        self,
        datatype: Option<&'a Datatype>,
        shape: Option<&'a [u64]>,
    ) -> Self {
        Self { datatype, shape, ..self }
    }

    /// Refuses a command that brings no values, or two sets of them.
    pub(crate) fn check_presence(&self) -> Result<(), StoreError> {
        let reason = match (self.data, self.payload) {
            (None, None) => "there are no values: send \"data\", or a binary message",
            (Some(_), Some(_)) => "a binary message carries its values behind it, not in \"data\"",
            _ => return Ok(()),
        };
        Err(StoreError::InvalidRequest { path: self.path.clone(), reason })
    }

    /// Whether the value is JSON `null`, which stands for the null dataspace.
    pub(crate) fn is_null(&self) -> bool {
        self.data.is_some_and(|data| is_null(data.get()))
    }

    /// The values in their own datatype: the one that is given, or what the JSON looks like.
    pub(crate) fn in_own_datatype(&self) -> Result<Values<'a>, StoreError> {
        match (self.payload, self.data) {
            (Some(payload), _) => self.binary(payload, None, self.shape),
            (None, Some(data)) => match self.datatype {
                Some(datatype) => self.json(data, datatype, None),
                None => self.inferred(data),
            },
            (None, None) => self.check_presence().and(Err(StoreError::InvalidRequest {
                path: self.path.clone(),
                reason: "there are no values",
            })),
        }
    }

    /// The values in their own shape as elements of `target`.
    pub(crate) fn in_datatype(&self, target: &Datatype) -> Result<Values<'a>, StoreError> {
        self.in_rank(target, None)
    }

    /// As [`Self::in_datatype`]; of elements that are lists themselves `rank` says how many are around them.
    fn in_rank(&self, target: &Datatype, rank: Option<usize>) -> Result<Values<'a>, StoreError> {
        let values = match (self.payload, self.data, self.datatype) {
            (Some(payload), _, _) => self.binary(payload, Some(target), self.shape)?,
            (None, Some(data), None) => self.json(data, target, rank)?,
            _ => self.in_own_datatype()?,
        };
        self.convert(values, target)
    }

    /// The values as elements of `target`, broadcast to `shape` as in numpy.
    pub(crate) fn broadcast_to(
        &self,
        target: &Datatype,
        shape: &[u64],
    ) -> Result<Values<'a>, StoreError> {
        // A binary message may leave its shape out where it is the selection's.
        let values = match self.payload {
            Some(payload) => {
                let own = self.binary(payload, Some(target), self.shape.or(Some(shape)))?;
                self.convert(own, target)?
            }
            None => self.in_rank(target, Some(shape.len()))?,
        };
        if values.shape == shape {
            return Ok(values);
        }
        self.check_size(target, shape)?;
        let Values { payload, datatype, shape: from } = values;
        let payload =
            values::broadcast(payload.into_owned(), &datatype, &from, shape).at(self.path)?;
        Ok(Values { payload: Cow::Owned(payload), datatype, shape: shape.to_vec() })
    }

    fn convert(&self, values: Values<'a>, target: &Datatype) -> Result<Values<'a>, StoreError> {
        let Values { payload, datatype, shape } = values;
        let n_elements = values::n_elements(&shape).at(self.path)?;
        let payload = convert(self.path, payload, &datatype, target, n_elements)?;
        Ok(Values { payload, datatype: target.clone(), shape })
    }

    fn binary(
        &self,
        payload: &'a [u8],
        default: Option<&Datatype>,
        shape: Option<&[u64]>,
    ) -> Result<Values<'a>, StoreError> {
        let invalid = |reason| StoreError::InvalidRequest { path: self.path.clone(), reason };
        let datatype = self
            .datatype
            .or(default)
            .ok_or_else(|| invalid("a binary message needs the \"datatype\" of its values"))?
            .clone();
        let shape = shape
            .ok_or_else(|| invalid("a binary message needs the \"shape\" of its values"))?
            .to_vec();
        self.check_travels(&datatype)?;
        let n_elements = values::n_elements(&shape).at(self.path)?;
        check(payload, &datatype, n_elements).at(self.path)?;
        Ok(Values { payload: Cow::Borrowed(payload), datatype, shape })
    }

    fn json(
        &self,
        data: &RawValue,
        datatype: &Datatype,
        rank: Option<usize>,
    ) -> Result<Values<'a>, StoreError> {
        self.check_travels(datatype)?;
        if let Datatype::String { length: Some(length), .. } = datatype {
            // Each element takes `length` bytes however short its text is, and two quotes at least.
            let quotes = data.get().bytes().filter(|&byte| byte == b'"').count();
            buffer_bytes(self.path, (quotes / 2) as u128, *length as usize, self.limits)?;
        }
        let rank = self.shape.map(<[u64]>::len).or(rank);
        let (payload, from) = values::parse_with_rank(data.get(), datatype, rank).at(self.path)?;
        self.shaped(payload, &from, datatype)
    }

    /// Values whose datatype is what they look like.
    fn inferred(&self, data: &RawValue) -> Result<Values<'a>, StoreError> {
        let (datatype, payload, from) = values::parse_inferred(data.get()).at(self.path)?;
        self.shaped(payload, &from, &datatype)
    }

    /// The values in the shape that was given, or in their own.
    fn shaped(
        &self,
        payload: Vec<u8>,
        from: &[u64],
        datatype: &Datatype,
    ) -> Result<Values<'a>, StoreError> {
        let shape = self.shape.unwrap_or(from).to_vec();
        let payload = if from == shape {
            payload
        } else {
            self.check_size(datatype, &shape)?;
            values::broadcast(payload, datatype, from, &shape).at(self.path)?
        };
        Ok(Values { payload: Cow::Owned(payload), datatype: datatype.clone(), shape })
    }

    /// Bounds what a broadcast would make of few values.
    fn check_size(&self, datatype: &Datatype, shape: &[u64]) -> Result<(), StoreError> {
        let slot = datatype.wire_size().unwrap_or(1);
        buffer_bytes(self.path, product(shape), slot, self.limits).map(|_| ())
    }

    fn check_travels(&self, datatype: &Datatype) -> Result<(), StoreError> {
        if datatype.wire_size().is_some() {
            return Ok(());
        }
        Err(StoreError::UnsupportedDatatype { path: self.path.clone(), datatype: datatype.clone() })
    }
}

impl Values<'_> {
    /// The same elements seen in another shape of as many.
    pub(crate) fn reshaped(self, shape: Vec<u64>) -> Self {
        debug_assert_eq!(values::n_elements(&shape), values::n_elements(&self.shape));
        Self { shape, ..self }
    }

    pub(crate) fn empty(datatype: &Datatype, shape: Vec<u64>) -> Self {
        Self { payload: Cow::Borrowed(&[]), datatype: datatype.clone(), shape }
    }

    /// The text of the values, where they are small enough to ride along with an event.
    pub(crate) fn inline_json(&self, limits: &StoreLimits) -> Option<Box<RawValue>> {
        inline_json(&self.payload, &self.datatype, Some(&self.shape), limits)
    }
}

/// JSON of a payload of at most `inline_value_bytes`; `null` for a null dataspace.
pub(crate) fn inline_json(
    payload: &[u8],
    datatype: &Datatype,
    shape: Option<&[u64]>,
    limits: &StoreLimits,
) -> Option<Box<RawValue>> {
    if payload.len() as u64 > limits.inline_value_bytes {
        return None;
    }
    let text: Result<String, ValueError> = match shape {
        Some(shape) => values::to_json(payload, datatype, shape),
        None => Ok("null".to_owned()),
    };
    text.ok().and_then(|text| RawValue::from_string(text).ok())
}
