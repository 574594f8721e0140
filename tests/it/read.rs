//! Reading: selections as numpy means them, in JSON and in binary, small and in many blocks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdf5_async_client::CallError;
use hdf5_async_client::protocol::message::ErrorCode;
use hdf5_async_tests::raw::{Heard, RawSocket};
use hdf5_async_tests::{Setup, h5py_with};
use serde_json::{Value, json};

const SELECTIONS: &[&str] = &[
    "",
    "...",
    "0",
    "-1",
    "2:5",
    "::2",
    "1::3, ::2",
    "3, 4",
    "3, 4, 1",
    "..., 1",
    "..., ::2",
    "0, ..., 2",
    "5:100",
    "4:4",
    "7:2",
    "[0, 3, 5]",
    "[5, 0, 0, 3]",
    "[0, 2], :, [1, 2]",
    "-3:, -2, ...",
    ":, [1], 0",
    "[]",
    "0:1, 0:1, 0:1",
];

/// What numpy selects; index lists on several axes as h5py does not have them, one after the other.
const NUMPY: &str = "
with h5py.File(path) as f:
    data = f['d'][()]
def select(text):
    out, axis = data, 0
    parts = []
    depth = part = 0
    piece = ''
    for c in text + ',':
        depth += (c == '[') - (c == ']')
        if c == ',' and depth == 0:
            if piece.strip():
                parts.append(piece.strip())
            piece = ''
        else:
            piece += c
    named = len([p for p in parts if p != '...'])
    for p in parts:
        if p == '...':
            axis += data.ndim - named
        elif ':' in p:
            s = slice(*[int(n) if n.strip() else None for n in p.split(':')])
            out = out[(slice(None),) * axis + (s,)]
            axis += 1
        elif p.startswith('['):
            indices = np.array(json.loads(p), dtype=int)
            out = np.take(out, indices, axis=axis)
            axis += 1
        else:
            out = np.take(out, int(p), axis=axis)
    return out
result = [{'shape': list(select(t).shape), 'data': select(t).tolist(), 'raw': raw(np.asarray(select(t), data.dtype))} for t in given]
";

#[tokio::test]
async fn every_selection_is_numpys_in_both_encodings() {
    let server = Setup::new()
        .file(
            "contiguous.h5",
            "f['d'] = np.arange(6 * 5 * 3, dtype='<i4').reshape(6, 5, 3)",
        )
        .file(
            "chunked.h5",
            "f.create_dataset('d', data=np.arange(90, dtype='>f8').reshape(6, 5, 3), chunks=(2, 3, 2), compression='gzip')",
        )
        .start()
        .await;
    for name in ["contiguous.h5", "chunked.h5"] {
        let expected = h5py_with(&server.path(name), &json!(SELECTIONS), NUMPY);
        let mut socket = RawSocket::connect(&server).await;
        for (selection, expected) in SELECTIONS.iter().zip(expected.as_array().unwrap()) {
            let mut request =
                json!({"command": "read", "path": "/d", "selection": selection, "file": name});
            let read = socket.ok(request.clone()).await;
            assert_eq!(
                (&read["shape"], &read["data"]),
                (&expected["shape"], &expected["data"]),
                "{selection:?}"
            );
            request["encoding"] = "binary".into();
            socket.text(&request.to_string()).await;
            let Heard::Binary { header, values } = socket.hear().await else {
                panic!("{selection:?}")
            };
            assert_eq!(
                (&header["shape"], &header["last"]),
                (&expected["shape"], &json!(true)),
                "{selection:?}"
            );
            assert_eq!(BASE64.encode(&values), expected["raw"], "{selection:?}");
        }
    }
}

#[tokio::test]
async fn a_long_read_comes_in_blocks_that_make_the_whole() {
    let server = Setup::new()
        .file(
            "a.h5",
            "
            numbers = np.arange(700 * 900, dtype='<u4').reshape(700, 900)
            f.create_dataset('chunked', data=numbers, chunks=(64, 50), compression='gzip', shuffle=True)
            f['contiguous'] = numbers
            f.create_dataset('one_chunk', data=numbers, chunks=(700, 900))
            f['strings'] = np.array([f'text {i} ' + 'x' * (i % 50) for i in range(20000)], dtype=object)
            ",
        )
        .option("--block-bytes", 65536)
        .start()
        .await;
    let file = server.file("a.h5").await;
    for name in ["chunked", "contiguous", "one_chunk"] {
        let whole = file.read(name, "").await.unwrap().reply;
        assert_eq!(whole.shape, Some(vec![700, 900]));
        let expected: Vec<u32> = (0..630_000).collect();
        assert!(whole.to_vec::<u32>().unwrap() == expected, "{name}");
        let part = file.read(name, "10:690:3, 800, ...").await.unwrap().reply;
        let expected: Vec<u32> = (10..690).step_by(3).map(|row| row * 900 + 800).collect();
        assert_eq!(part.to_vec::<u32>().unwrap(), expected, "{name}");
    }
    let strings = file.read("strings", "").await.unwrap().reply;
    let texts: Vec<&str> = strings
        .elements()
        .unwrap()
        .into_iter()
        .map(|bytes| std::str::from_utf8(bytes).unwrap())
        .collect();
    assert_eq!(texts.len(), 20_000);
    assert_eq!(texts[19_999], format!("text 19999 {}", "x".repeat(49)));
}

#[tokio::test]
async fn a_long_json_read_is_the_same_as_the_binary_one() {
    let server = Setup::new()
        .file("a.h5", "f['d'] = np.linspace(-1, 1, 30000).reshape(100, 300)")
        .option("--block-bytes", 16384)
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    let read = socket.ok(json!({"command": "read", "path": "/d", "selection": "1:99, ::7"})).await;
    let binary = server.file("a.h5").await.read("/d", "1:99, ::7").await.unwrap().reply;
    let text: Value = serde_json::from_str(&binary.to_json().unwrap()).unwrap();
    assert_eq!(read["data"], text);
}

#[tokio::test]
async fn datasets_without_axes_or_elements_are_read_as_such() {
    let server = Setup::new()
        .file(
            "a.h5",
            "
            f['scalar'] = np.float32(1.5)
            f['text'] = 'ä'
            f['null'] = h5py.Empty('<f8')
            f['empty'] = np.zeros((0, 3), '<i2')
            f.create_dataset('growing', (0,), 'u1', maxshape=(None,))
            ",
        )
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    let file = server.file("a.h5").await;
    let cases = [
        ("scalar", json!([]), json!(1.5)),
        ("text", json!([]), json!("ä")),
        ("empty", json!([0, 3]), json!([])),
        ("growing", json!([0]), json!([])),
    ];
    for (name, shape, data) in cases {
        let read = socket.ok(json!({"command": "read", "path": name})).await;
        assert_eq!((&read["shape"], &read["data"]), (&shape, &data), "{name}");
        let binary = file.read(name, "").await.unwrap().reply;
        assert_eq!(
            serde_json::from_str::<Value>(&binary.to_json().unwrap()).unwrap(),
            data,
            "{name}"
        );
    }
    let null = socket.ok(json!({"command": "read", "path": "null"})).await;
    assert_eq!((null.get("shape"), &null["data"]), (None, &Value::Null));
    assert_eq!(file.read("null", "").await.unwrap().reply.shape, None);
}

#[tokio::test]
async fn a_selection_that_does_not_fit_is_refused_by_name() {
    let server = Setup::new().file("a.h5", "f['d'] = np.zeros((4, 5))").start().await;
    let mut socket = RawSocket::connect(&server).await;
    let outside = ["4", "-5", "0, 5", "[0, 4]", "0, 0, 0", "..., 0, 0, 0"];
    for selection in outside {
        let read = json!({"command": "read", "path": "/d", "selection": selection});
        assert_eq!(socket.refused(read).await, "invalid_selection", "{selection}");
    }
    for selection in ["::0", "::-1", "1.5", "a", "[1", "..., ...", "1:2:3:4"] {
        let read = json!({"command": "read", "path": "/d", "selection": selection});
        let code = socket.refused(read).await;
        assert!(["invalid_selection", "invalid_request"].contains(&&*code), "{selection}: {code}");
    }
}

#[tokio::test]
async fn a_caller_that_drops_its_read_hears_nothing_more_of_it() {
    let server = Setup::new()
        .file("a.h5", "f.create_dataset('big', (1 << 28,), '<f8'); f['small'] = [7]")
        .start()
        .await;
    let file = server.file("a.h5").await;
    {
        let read = file.read("/big", "");
        tokio::pin!(read);
        // Enough for the request to leave and the first blocks to come; the answer has 2 GiB.
        let small = file.read("/small", "");
        tokio::select! {
            read = &mut read => panic!("2 GiB before 8 bytes: {:?}", read.map(|answer| answer.reply.shape)),
            small = small => assert_eq!(small.unwrap().reply.to_vec::<i64>().unwrap(), [7]),
        }
    }
    // The connection is free again: had the read gone on, this would wait behind 2 GiB.
    assert_eq!(file.read("/small", "0").await.unwrap().reply.to_vec::<i64>().unwrap(), [7]);
    let error = file.read("/none", "").await.unwrap_err();
    assert!(matches!(error, CallError::Refused(reply) if reply.code == ErrorCode::NotFound));
}
