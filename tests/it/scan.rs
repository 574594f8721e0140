//! `stats` and `sample` against numpy: every numeric datatype, selections, many blocks, and what is refused.

use hdf5_async_tests::raw::{Heard, RawSocket};
use hdf5_async_tests::{Setup, TestServer, h5py, h5py_with};
use serde_json::{Value, json};

const FILE: &str = "
rng = np.random.default_rng(7)
for kind in ('i1', '<i2', '>i4', '<i8', 'u1', '>u2', '<u4', '<u8', '<f2', '>f4', '<f8'):
    info = np.iinfo(kind) if np.dtype(kind).kind in 'iu' else None
    numbers = rng.integers(info.min, info.max, (40, 30), endpoint=True, dtype=np.dtype(kind).newbyteorder('=')) if info else rng.normal(3, 5, (40, 30))
    f.create_dataset(kind.strip('<>'), data=numbers.astype(kind), chunks=(7, 11), compression='gzip')
f['bool'] = rng.random((40, 30)) > 0.3
holes = rng.normal(size=(40, 30))
holes[3, 4], holes[5, 6], holes[7, 8] = np.nan, np.inf, -np.inf
holes[10, :] = np.nan
f.create_dataset('holes', data=holes, chunks=(16, 30))
f['long'] = np.sin(np.arange(300_000) / 1000.0)
f['scalar'] = 4.5
f['empty'] = np.zeros((0, 5))
f['null'] = h5py.Empty('<f8')
f['text'] = ['a', 'b']
";

const NUMERIC: &[&str] =
    &["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "bool", "holes"];

/// What numpy says of the same selections; `given` is a list of a name and an index.
const NUMPY: &str = "
def of(name, index):
    with h5py.File(path) as f:
        a = np.atleast_1d(eval('f[name][()]' + index))
    wide = a.astype('<f8') if a.dtype.kind == 'f' else a
    finite = wide[np.isfinite(wide)]
    exact = finite.dtype.kind != 'f'
    total = sum(int(n) for n in finite.ravel()) if exact else float(np.sum(finite))
    number = (lambda n: int(n)) if exact else (lambda n: float(n))
    return {'count': a.size, 'finite': finite.size, 'nan': int(np.isnan(wide).sum()),
            'positive_infinity': int((wide == np.inf).sum()), 'negative_infinity': int((wide == -np.inf).sum()),
            'min': number(finite.min()), 'max': number(finite.max()), 'sum': total,
            'mean': float(np.mean(finite, dtype='f8')), 'std': float(np.std(finite.astype('f8')))}
result = [of(*each) for each in given]
";

async fn server() -> TestServer {
    Setup::new().file("a.h5", FILE).option("--block-bytes", 4096).start().await
}

fn close(a: &Value, b: &Value) -> bool {
    let (Some(a), Some(b)) = (a.as_f64(), b.as_f64()) else { return false };
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-3)
}

#[tokio::test]
async fn statistics_are_numpys() {
    let server = server().await;
    let mut socket = RawSocket::connect(&server).await;
    let selections = [("", ""), ("3:20, ::2", "[3:20, ::2]"), ("[1, 3, 3], 5", "[[1, 3, 3], 5]")];
    let mut asked: Vec<(&str, &str, &str)> = Vec::new();
    for name in NUMERIC {
        asked.extend(selections.map(|(ours, numpys)| (*name, ours, numpys)));
    }
    asked.push(("long", "", ""));
    asked.push(("scalar", "", ""));
    let given: Vec<_> = asked.iter().map(|(name, _, index)| json!([name, index])).collect();
    let expected = h5py_with(&server.path("a.h5"), &Value::from(given), NUMPY);
    for ((name, selection, _), expected) in asked.iter().zip(expected.as_array().unwrap()) {
        let stats = socket
            .ok(json!({"command": "stats", "path": format!("/{name}"), "selection": selection}))
            .await;
        for field in ["count", "finite", "nan", "positive_infinity", "negative_infinity"] {
            assert_eq!(stats[field], expected[field], "{field} of {name}[{selection}]: {stats}");
        }
        let exact = expected["min"].is_i64() || expected["min"].is_u64();
        for field in ["min", "max"] {
            assert_eq!(stats[field], expected[field], "{field} of {name}[{selection}]");
        }
        if exact && (expected["sum"].is_i64() || expected["sum"].is_u64()) {
            assert_eq!(stats["sum"], expected["sum"], "{name}[{selection}]");
        }
        for field in ["sum", "mean", "std"] {
            let (ours, numpys) = (&stats[field], &expected[field]);
            assert!(close(ours, numpys), "{field} of {name}[{selection}]: {ours}, not {numpys}");
        }
    }
}

#[tokio::test]
async fn samples_are_numpys() {
    let setup = Setup::new().file("a.h5", FILE).option("--block-bytes", 4096);
    let numpy = h5py(
        &setup.path("a.h5"),
        "
        a = h5py.File(path)['long'][()].reshape(-1, 1000)
        c = h5py.File(path)['i4'][1:, 3]
        result = {'min_max': np.stack([a.min(1), a.max(1)], 1).tolist(), 'mean': a.mean(1).tolist(), 'first': a[:, 0].tolist(),
                  'column': [[int(p.min()), int(p.max())] for p in (c[i:i + 10] for i in range(0, 39, 10))]}
        ",
    );
    let server = setup.start().await;
    let mut socket = RawSocket::connect(&server).await;
    for method in ["min_max", "mean", "first"] {
        let request =
            json!({"command": "sample", "path": "/long", "size": [300], "method": method});
        let sample = socket.ok(request.clone()).await;
        assert_eq!(sample["step"], json!([1000]), "{method}");
        let (ours, numpys) = (flat(&sample["data"]), flat(&numpy[method]));
        assert_eq!(ours.len(), numpys.len());
        assert!(ours.iter().zip(&numpys).all(|(a, b)| close(a, b)), "{method}: {ours:?}");
        if method != "mean" {
            assert_eq!(sample["data"], numpy[method]);
        }
        let mut binary = request;
        binary["encoding"] = "binary".into();
        socket.text(&binary.to_string()).await;
        let Heard::Binary { header, values } = socket.hear().await else { panic!("{method}") };
        assert_eq!((&header["shape"], &header["step"]), (&sample["shape"], &json!([1000])));
        let doubles: Vec<f64> =
            values.as_chunks().0.iter().map(|slot| f64::from_le_bytes(*slot)).collect();
        assert_eq!(Value::from(doubles), Value::from(ours));
    }
    let image = socket
        .ok(json!({"command": "sample", "path": "/i4", "selection": "1:, 3", "size": [4], "method": "min_max"}))
        .await;
    assert_eq!((&image["data"], &image["datatype"]), (&numpy["column"], &json!("<i8")));
}

fn flat(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values.iter().flat_map(flat).collect(),
        other => vec![other.clone()],
    }
}

#[tokio::test]
async fn nothing_and_text_have_samples_too() {
    let server = server().await;
    let mut socket = RawSocket::connect(&server).await;
    for path in ["/empty", "/null"] {
        let stats = socket.ok(json!({"command": "stats", "path": path})).await;
        assert_eq!((&stats["count"], &stats["min"]), (&json!(0), &Value::Null), "{path}");
    }
    let empty = json!({"command": "sample", "path": "/empty", "size": [3, 3], "method": "mean"});
    assert_eq!(socket.ok(empty).await["data"], json!([]));
    for method in ["first", "mean"] {
        let null = json!({"command": "sample", "path": "/null", "size": [], "method": method});
        assert_eq!(socket.ok(null).await["data"], Value::Null, "{method}");
    }
    let scalar = json!({"command": "sample", "path": "/scalar", "size": [], "method": "min_max"});
    assert_eq!(socket.ok(scalar).await["data"], json!([4.5, 4.5]));
    let text = json!({"command": "sample", "path": "/text", "size": [1]});
    assert_eq!(socket.ok(text).await["data"], json!(["a"]));
    let holes = json!({"command": "sample", "path": "/holes", "size": [40, 1], "method": "mean"});
    assert_eq!(socket.ok(holes).await["data"][10], json!(["NaN"]));
}

#[tokio::test]
async fn what_cannot_be_sampled_is_refused_and_the_rest_goes_on() {
    let server = Setup::new().file("a.h5", FILE).option("--max-scan-bytes", 100_000).start().await;
    let mut socket = RawSocket::connect(&server).await;
    let refused = [
        (json!({"command": "stats", "path": "/text"}), "unsupported_datatype"),
        (json!({"command": "stats", "path": "/"}), "wrong_kind"),
        (json!({"command": "stats", "path": "/nowhere"}), "not_found"),
        (json!({"command": "stats", "path": "/i4", "selection": "50"}), "invalid_selection"),
        (json!({"command": "stats", "path": "/long"}), "too_large"),
        (json!({"command": "stats"}), "invalid_request"),
        (json!({"command": "sample", "path": "/i4"}), "invalid_request"),
        (json!({"command": "sample", "path": "/i4", "size": [4]}), "invalid_request"),
        (json!({"command": "sample", "path": "/i4", "size": [4, 0]}), "invalid_request"),
        (json!({"command": "sample", "path": "/i4", "size": [4, -1]}), "invalid_request"),
        (
            json!({"command": "sample", "path": "/i4", "size": [4, 4], "method": "sum"}),
            "invalid_request",
        ),
        (
            json!({"command": "sample", "path": "/text", "size": [1], "method": "mean"}),
            "unsupported_datatype",
        ),
        (json!({"command": "sample", "path": "/long", "size": [9], "method": "mean"}), "too_large"),
    ];
    for (request, code) in refused {
        assert_eq!(socket.refused(request.clone()).await, code, "{request}");
    }
    let first = json!({"command": "sample", "path": "/long", "size": [2]});
    assert_eq!(socket.ok(first).await["step"], json!([150_000]));
}
