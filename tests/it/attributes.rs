//! Attributes: made, read, replaced and removed, on every kind of object.

use hdf5_async_tests::raw::{Heard, RawSocket};
use hdf5_async_tests::{Setup, h5py};
use serde_json::{Value, json};

#[tokio::test]
async fn attributes_come_with_their_values_in_order_of_name() {
    let server = Setup::new()
        .file(
            "a.h5",
            "
            f.attrs['title'] = 'run 7'
            f.attrs['matrix'] = np.eye(2, dtype='>f4')
            f.attrs['flag'] = np.bool_(True)
            f.attrs['null'] = h5py.Empty('<i4')
            f.attrs['large'] = np.arange(5000)
            f.attrs['names'] = np.array(['a', 'ü'], dtype=h5py.string_dtype())
            f.attrs['fixed'] = np.bytes_(b'abc')
            f.attrs['pair'] = np.array((1, 2.5), dtype=[('a', 'i4'), ('b', 'f8')])
            ",
        )
        .option("--max-inline-value-bytes", 4096)
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    let reply = socket.ok(json!({"command": "attributes"})).await;
    let facts: Vec<Value> = reply["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attribute| json!([attribute["name"], attribute.get("shape"), attribute.get("value")]))
        .collect();
    let expected = json!([
        ["fixed", [], "abc"],
        ["flag", [], true],
        ["large", [5000], null],
        ["matrix", [2, 2], [[1.0, 0.0], [0.0, 1.0]]],
        ["names", [2], ["a", "ü"]],
        ["null", null, null],
        ["pair", [], [1, 2.5]],
        ["title", [], "run 7"],
    ]);
    assert_eq!(Value::Array(facts), expected);
    let large = socket.ok(json!({"command": "read_attribute", "name": "large"})).await;
    assert_eq!((&large["shape"], &large["data"][4999]), (&json!([5000]), &json!(4999)));
    let pair = socket.ok(json!({"command": "read_attribute", "name": "pair"})).await;
    assert_eq!(pair["data"], json!([1, 2.5]));
    let request = json!({"command": "read_attribute", "name": "matrix", "encoding": "binary"});
    socket.text(&request.to_string()).await;
    let Heard::Binary { header, values } = socket.hear().await else { panic!() };
    assert_eq!((&header["datatype"], &values[..4]), (&json!(">f4"), &[0x3f, 0x80, 0, 0][..]));
}

#[tokio::test]
async fn attributes_are_written_replaced_and_deleted() {
    let mut server =
        Setup::new().file("a.h5", "f['g/d'] = [1]; f['g'].attrs['n'] = np.uint8(1)").start().await;
    let mut socket = RawSocket::connect(&server).await;
    let write = |path: &str, name: &str, data: Value| json!({"command": "write_attribute", "path": path, "name": name, "data": data});
    // Keeps its datatype where the value fits, and is not changed where it does not.
    assert_eq!(socket.ok(write("/g", "n", json!(7))).await["datatype"], "|u1");
    let wide = socket.ask(&write("/g", "n", json!(700))).await;
    assert!(wide["status"] == "success" || wide["code"] == "invalid_value", "{wide}");
    socket.ok(write("/g/d", "units", json!("mm"))).await;
    socket.ok(write("/g/d", "units", json!("millimetre"))).await;
    socket.ok(write("/g/d", "offsets", json!([[1.5, -2.0]]))).await;
    socket.ok(write("/", "ä ö/ü", json!([true, false]))).await;
    let typed = json!({"command": "write_attribute", "path": "/g/d", "name": "typed", "datatype": ">i2",
        "shape": [2], "data": [1, 2]});
    assert_eq!(socket.ok(typed).await["datatype"], ">i2");
    socket.ok(write("/g/d", "gone", json!(1))).await;
    socket.ok(json!({"command": "delete_attribute", "path": "/g/d", "name": "gone"})).await;
    let again = json!({"command": "delete_attribute", "path": "/g/d", "name": "gone"});
    assert_eq!(socket.refused(again).await, "not_found");
    let none = json!({"command": "read_attribute", "path": "/g/d", "name": "gone"});
    assert_eq!(socket.refused(none).await, "not_found");
    assert_eq!(socket.refused(write("/nowhere", "a", json!(1))).await, "not_found");
    assert_eq!(socket.refused(write("/g", "bad", json!([1, null]))).await, "invalid_value");

    assert!(server.terminate().await.success());
    let found = h5py(
        &server.path("a.h5"),
        "f = h5py.File(path); d = f['g/d']
result = [d.attrs['units'], d.attrs['offsets'].tolist(), f.attrs['ä ö/ü'].tolist(), d.attrs['typed'].dtype.str,
          sorted(d.attrs), sorted(f['g'].attrs)]",
    );
    let expected = json!([
        "millimetre",
        [[1.5, -2.0]],
        [true, false],
        ">i2",
        ["offsets", "typed", "units"],
        ["n"]
    ]);
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_binary_attribute_is_written_as_it_is() {
    let mut server = Setup::new().file("a.h5", "").start().await;
    let mut socket = RawSocket::connect(&server).await;
    let header =
        json!({"command": "write_attribute", "name": "scale", "datatype": ">f8", "shape": [2]});
    let values = [1.5_f64.to_be_bytes(), (-0.25_f64).to_be_bytes()].concat();
    socket.binary(hdf5_async_client::protocol::frame::encode(&header.to_string(), &values)).await;
    assert_eq!(socket.json().await["status"], "success");
    assert!(server.terminate().await.success());
    let script = "a = h5py.File(path).attrs['scale']; result = [a.dtype.str, a.tolist()]";
    assert_eq!(h5py(&server.path("a.h5"), script), json!([">f8", [1.5, -0.25]]));
}
