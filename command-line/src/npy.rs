//! numpy's npy format, version 1 to 3: the header that says datatype and shape, written and read.

pub mod dtype;
mod literal;

use std::io::Read;

use hdf5_async_client::protocol::model::{Datatype, Member};

pub use dtype::Dtype;
use literal::Literal;

const MAGIC: &[u8; 6] = b"\x93NUMPY";

/// The values begin at a multiple of this.
const ALIGNMENT: usize = 64;

/// More than any header that numpy writes; it refuses longer ones itself.
const MAX_HEADER_BYTES: u32 = 1 << 20;

#[derive(Debug, thiserror::Error)]
pub enum NpyError {
    #[error("a null dataspace has no shape in numpy")]
    NullDataspace,
    #[error("numpy has no dtype for {datatype}; --format json or csv has a form for it")]
    NoDtype { datatype: String },
    #[error("this is no npy file: {0}")]
    NotNpy(&'static str),
    #[error(
        "the dtype {descr} has no HDF5 datatype that this program makes; send it as another dtype or as JSON"
    )]
    Dtype { descr: String },
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

/// What an npy file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    pub dtype: Dtype,
    pub shape: Vec<u64>,
    /// The first index changes fastest.
    pub fortran_order: bool,
}

/// The bytes before the values of such an array.
///
/// # Errors
/// When numpy has no dtype for it.
pub fn header(datatype: &Datatype, shape: &[u64]) -> Result<Vec<u8>, NpyError> {
    let (descr, inner) = description(datatype)?;
    let dims: Vec<String> = shape.iter().chain(&inner).map(u64::to_string).collect();
    let comma = if dims.len() == 1 { "," } else { "" };
    let mut text = format!(
        "{{'descr': {descr}, 'fortran_order': False, 'shape': ({}{comma}), }}",
        dims.join(", ")
    );
    let version: u8 = if text.is_ascii() { 1 } else { 3 };
    let prefix = if version == 1 { 10 } else { 12 };
    let end = (prefix + text.len() + 1).next_multiple_of(ALIGNMENT);
    while prefix + text.len() + 1 < end {
        text.push(' ');
    }
    text.push('\n');
    let mut bytes = MAGIC.to_vec();
    bytes.extend([version, 0]);
    let length = u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes();
    match u16::try_from(text.len()) {
        Ok(short) if version == 1 => bytes.extend(short.to_le_bytes()),
        _ => {
            bytes[6] = bytes[6].max(2);
            bytes.extend(length);
        }
    }
    bytes.extend(text.as_bytes());
    Ok(bytes)
}

/// The dtype, and the dims that an array datatype adds to the shape.
fn description(datatype: &Datatype) -> Result<(String, Vec<u64>), NpyError> {
    if let Datatype::Array { base, dims } = datatype {
        let (descr, inner) = description(base)?;
        return Ok((descr, dims.iter().chain(&inner).copied().collect()));
    }
    let no_dtype = || NpyError::NoDtype { datatype: datatype.to_string() };
    datatype.wire_size().ok_or_else(no_dtype)?;
    let text = match datatype {
        Datatype::Enum { base, .. } => return description(base),
        Datatype::String { length: Some(length), .. } => format!("'|S{length}'"),
        Datatype::Opaque { size, .. } => format!("'|V{size}'"),
        // Of odd precision they are whole numbers of all their bytes.
        Datatype::Integer { size: size @ (1 | 2 | 4 | 8), signed, order, .. } => {
            plain(&Datatype::integer(*size, *signed, *order)).ok_or_else(no_dtype)?
        }
        Datatype::Bitfield { size: size @ (1 | 2 | 4 | 8), order, .. } => {
            plain(&Datatype::integer(*size, false, *order)).ok_or_else(no_dtype)?
        }
        Datatype::NativeComplex { base } => match &**base {
            Datatype::Float { size: size @ (4 | 8), order, format: None } => {
                format!("'{}c{}'", order.symbol(), size * 2)
            }
            _ => return Err(no_dtype()),
        },
        Datatype::Complex { size: 4, .. } => return Err(no_dtype()),
        Datatype::Compound { size, members } => fields(*size, members)?,
        other => plain(other).ok_or_else(no_dtype)?,
    };
    Ok((text, Vec::new()))
}

fn plain(datatype: &Datatype) -> Option<String> {
    datatype.notation().map(|notation| format!("'{notation}'"))
}

/// The list form of a structured dtype; what lies between members is padding without a name.
fn fields(size: u32, members: &[Member]) -> Result<String, NpyError> {
    let mut fields = Vec::new();
    let mut end = 0;
    let pad = |fields: &mut Vec<String>, from: u64, to: u64| {
        if to > from {
            fields.push(format!("('', '|V{}')", to - from));
        }
    };
    for member in members {
        let bytes = member.datatype.wire_size().unwrap_or(0) as u64;
        if member.offset < end {
            let datatype = "a compound whose members lie across each other".to_owned();
            return Err(NpyError::NoDtype { datatype });
        }
        pad(&mut fields, end, member.offset);
        let (descr, dims) = description(&member.datatype)?;
        let dims: Vec<String> = dims.iter().map(|dim| format!("{dim},")).collect();
        let dims = if dims.is_empty() { String::new() } else { format!(", ({})", dims.join(" ")) };
        fields.push(format!("({}, {descr}{dims})", quoted(&member.name)));
        end = member.offset + bytes;
    }
    pad(&mut fields, end, u64::from(size));
    Ok(format!("[{}]", fields.join(", ")))
}

/// A Python string; JSON's escapes are Python's.
fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

/// Reads the header; the values follow in `input`.
///
/// # Errors
/// When it is no npy file, or its dtype has no place in HDF5.
pub fn read_header(input: &mut impl Read) -> Result<Header, NpyError> {
    let mut start = [0_u8; 8];
    input.read_exact(&mut start)?;
    let version = match start.strip_prefix(MAGIC) {
        Some([version @ 1..=3, _]) => *version,
        Some(_) => return Err(NpyError::NotNpy("its version is not 1, 2 or 3")),
        None => return Err(NpyError::NotNpy("it does not begin with numpy's mark")),
    };
    let length = if version == 1 {
        let mut bytes = [0_u8; 2];
        input.read_exact(&mut bytes)?;
        u32::from(u16::from_le_bytes(bytes))
    } else {
        let mut bytes = [0_u8; 4];
        input.read_exact(&mut bytes)?;
        u32::from_le_bytes(bytes)
    };
    if length > MAX_HEADER_BYTES {
        return Err(NpyError::NotNpy("its header is too long"));
    }
    let mut text = vec![0; length as usize];
    input.read_exact(&mut text)?;
    let text = match (version, String::from_utf8(text)) {
        (_, Ok(text)) => text,
        // Versions 1 and 2 are in Latin-1, whose letters are the first 256 of Unicode.
        (1 | 2, Err(error)) => error.into_bytes().into_iter().map(char::from).collect(),
        _ => return Err(NpyError::NotNpy("its header is not UTF-8")),
    };
    let malformed =
        || NpyError::NotNpy("its header is no dictionary with descr, fortran_order and shape");
    let literal = literal::parse(&text).ok_or_else(malformed)?;
    let shape = literal.get("shape").and_then(Literal::sizes).ok_or_else(malformed)?;
    let fortran_order =
        literal.get("fortran_order").and_then(Literal::bool).ok_or_else(malformed)?;
    let descr = literal.get("descr").ok_or_else(malformed)?;
    Ok(Header { dtype: Dtype::of(descr)?, shape, fortran_order })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(datatype: &Datatype, shape: &[u64]) -> String {
        let bytes = header(datatype, shape).unwrap();
        assert!(bytes.len().is_multiple_of(ALIGNMENT));
        String::from_utf8(bytes[10..].to_vec()).unwrap().trim_end().to_owned()
    }

    #[test]
    fn headers_are_numpys_own() {
        for (datatype, shape, expected) in [
            ("<f4", &[3_u64][..], "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"),
            (">i2", &[2, 3], "{'descr': '>i2', 'fortran_order': False, 'shape': (2, 3), }"),
            ("|b1", &[], "{'descr': '|b1', 'fortran_order': False, 'shape': (), }"),
            ("|S7", &[0], "{'descr': '|S7', 'fortran_order': False, 'shape': (0,), }"),
        ] {
            assert_eq!(text_of(&datatype.parse().unwrap(), shape), expected);
        }
        let odd =
            r#"{"class": "integer", "size": 4, "signed": true, "order": ">", "precision": 17}"#;
        for (datatype, descr) in [
            (odd, "'>i4'"),
            (r#"{"class": "bitfield", "size": 1, "order": "<", "precision": 8}"#, "'|u1'"),
            (r#"{"class": "complex", "base": ">f8"}"#, "'>c16'"),
            (r#"{"class": "array", "base": "<f4", "dims": [2]}"#, "'<f4'"),
        ] {
            let datatype: Datatype = serde_json::from_str(datatype).unwrap();
            let text = text_of(&datatype, &[1]);
            assert!(text.starts_with(&format!("{{'descr': {descr},")), "{text}");
        }
        for none in [
            Datatype::variable_string(),
            "<c4".parse().unwrap(),
            serde_json::from_str(r#"{"class": "complex", "base": "<f2"}"#).unwrap(),
            serde_json::from_str(r#"{"class": "vlen", "base": "<f2"}"#).unwrap(),
        ] {
            assert!(matches!(header(&none, &[1]), Err(NpyError::NoDtype { .. })), "{none}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for (datatype, shape) in [("<f8", vec![4, 5]), (">u8", vec![]), ("|S3", vec![2])] {
            let datatype: Datatype = datatype.parse().unwrap();
            let bytes = header(&datatype, &shape).unwrap();
            let mut rest = &*bytes;
            let back = read_header(&mut rest).unwrap();
            assert_eq!(back, Header { dtype: Dtype::Plain(datatype), shape, fortran_order: false });
            assert!(rest.is_empty());
        }
    }

    #[test]
    fn what_is_no_npy_file_is_refused() {
        for bytes in [&b""[..], b"\x93NUMPY", b"PK\x03\x04 and so on", b"\x93NUMPY\x09\x00\x00\x00"]
        {
            assert!(read_header(&mut &*bytes).is_err());
        }
        let mut wrong = MAGIC.to_vec();
        wrong.extend([1, 0, 10, 0]);
        wrong.extend(b"{'shape': ");
        assert!(matches!(read_header(&mut &*wrong), Err(NpyError::NotNpy(_))));
    }
}
