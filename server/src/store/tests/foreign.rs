//! Datatypes and layouts that other programs write: shown in full, read where they travel, refused where not.

use hdf5::types::{
    CompoundField, CompoundType, EnumMember, EnumType, FloatSize, IntSize, TypeDescriptor,
};
use hdf5_async_protocol::message::ErrorCode;
use serde_json::json;

use super::links::made_by;

fn enumeration(size: IntSize, signed: bool, members: &[(&str, u64)]) -> TypeDescriptor {
    let members = members
        .iter()
        .map(|(name, value)| EnumMember { name: (*name).to_owned(), value: *value })
        .collect();
    TypeDescriptor::Enum(EnumType { size, signed, members })
}

fn compound(fields: &[(&str, TypeDescriptor, usize)], size: usize) -> TypeDescriptor {
    let fields = fields
        .iter()
        .enumerate()
        .map(|(index, (name, ty, offset))| CompoundField::new(name, ty.clone(), *offset, index))
        .collect();
    TypeDescriptor::Compound(CompoundType { fields, size })
}

#[test]
fn datatypes_of_other_programs_are_shown_and_read() {
    let float = TypeDescriptor::Float(FloatSize::U4);
    let descriptors = [
        (
            "enum",
            enumeration(IntSize::U2, false, &[("OFF", 0), ("ON", 65535)]),
            json!({"class": "enum", "base": "<u2", "members": [
                {"name": "OFF", "value": 0}, {"name": "ON", "value": 65535}]}),
            json!(0),
        ),
        (
            "negative",
            enumeration(IntSize::U1, true, &[("LOW", 255)]),
            json!({"class": "enum", "base": "|i1", "members": [{"name": "LOW", "value": -1}]}),
            json!(0),
        ),
        (
            "complex",
            compound(&[("r", float.clone(), 0), ("i", float.clone(), 4)], 8),
            json!("<c8"),
            json!([0.0, 0.0]),
        ),
        (
            "compound",
            compound(&[("a", float.clone(), 0), ("b", TypeDescriptor::FixedAscii(3), 4)], 8),
            json!({"class": "compound", "size": 8, "members": [
                {"name": "a", "offset": 0, "datatype": "<f4"},
                {"name": "b", "offset": 4, "datatype": "|S3"}]}),
            json!([0.0, ""]),
        ),
        (
            "array",
            TypeDescriptor::FixedArray(Box::new(float.clone()), 3),
            json!({"class": "array", "base": "<f4", "dims": [3]}),
            json!([0.0, 0.0, 0.0]),
        ),
        (
            "sequence",
            TypeDescriptor::VarLenArray(Box::new(float)),
            json!({"class": "vlen", "base": "<f4"}),
            json!([]),
        ),
    ];
    let mut bench = made_by(|file| {
        for (name, descriptor, ..) in &descriptors {
            let builder = file.new_dataset_builder().empty_as(descriptor).shape(2);
            builder.create(*name).unwrap();
        }
    });
    for (name, _, shown, nothing) in &descriptors {
        let described = bench.describe(&format!("/{name}"));
        assert_eq!(described["dataset"]["datatype"], *shown, "{name}");
        assert_eq!(bench.read(&format!("/{name}")), json!([nothing, nothing]), "{name}");
    }
}

#[test]
fn names_of_truth_over_another_base_take_truth_values() {
    let descriptor = enumeration(IntSize::U4, false, &[("FALSE", 0), ("TRUE", 1)]);
    let mut bench = made_by(|file| {
        let builder = file.new_dataset_builder().empty_as(&descriptor).shape(3);
        builder.create("flags").unwrap();
    });
    bench.run(r#"{"command": "update", "path": "/flags", "data": [true, false, true]}"#);
    assert_eq!(bench.read("/flags"), json!([1, 0, 1]));
    assert_eq!(bench.describe("/flags")["dataset"]["storage_bytes"], 12);
}

#[test]
fn elements_outside_of_the_file_are_never_touched() {
    let mut bench = made_by(|file| {
        let folder = std::path::Path::new(&file.filename()).parent().unwrap().to_owned();
        let raw = folder.join("raw.bin");
        std::fs::write(&raw, [1_u8; 16]).unwrap();
        let external = file.new_dataset_builder().empty::<i32>().shape(4);
        external
            .with_dcpl(|list| list.external(raw.to_str().unwrap(), 0, 16))
            .create("external")
            .unwrap();
        let parts = file.new_dataset_builder().empty::<i32>().shape(4);
        parts
            .with_dcpl(|list| list.virtual_map("other.h5", "x", 4, .., 4, ..))
            .create("virtual")
            .unwrap();
    });
    let described = bench.describe("/external");
    assert_eq!(described["dataset"]["external_storage"].as_array().map(Vec::len), Some(1));
    let described = bench.describe("/virtual");
    assert_eq!(described["dataset"]["layout"], "virtual");
    assert_eq!(described["dataset"]["shape"], json!([4]));
    for json in [
        r#"{"command": "read", "path": "/external"}"#,
        r#"{"command": "write", "path": "/external", "selection": "0", "data": 1}"#,
        r#"{"command": "append", "path": "/external", "data": 1}"#,
        r#"{"command": "write", "path": "/virtual", "selection": "0", "data": 1}"#,
    ] {
        let (code, message) = bench.refused(json);
        assert_eq!(code, ErrorCode::Unsupported, "{message}");
    }
    // Nobody lends the source: it is as good as missing.
    assert_eq!(bench.read("/virtual"), json!([0, 0, 0, 0]));
    let raw = bench.path.with_file_name("raw.bin");
    assert_eq!(std::fs::read(raw).unwrap(), [1_u8; 16]);
}

#[test]
fn named_datatypes_are_objects_with_attributes() {
    let mut bench = made_by(|file| {
        let datatype = hdf5::Datatype::from_type::<f32>().unwrap();
        file.commit_datatype("kind", &datatype).unwrap();
    });
    bench.run(r#"{"command": "write_attribute", "path": "/kind", "name": "note", "data": "n"}"#);
    let described = bench.describe("/kind");
    assert_eq!(described["kind"], "named_datatype");
    assert_eq!(described["datatype"], "<f4");
    assert_eq!(described["attributes"][0]["value"], "n");
    assert_eq!(bench.refused(r#"{"command": "list", "path": "/kind"}"#).0, ErrorCode::WrongKind);
}
