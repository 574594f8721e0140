//! `read` in each of its forms; numpy and Python's `csv` say whether theirs are right.

use hdf5_async_tests::processes::Process;
use hdf5_async_tests::{Program, Setup, h5py, within};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;

use super::server;

#[tokio::test]
async fn a_table_has_indices_and_aligned_columns() {
    let server = server().await;
    for (address, expected) in [
        ("a.h5:/entry/data", "0  0  1   2   3\n1  4  5   6   7\n2  8  9  10  11\n"),
        ("a.h5:/entry/data[1:, ::3]", "1  4   7\n2  8  11\n"),
        ("a.h5:/entry/data[-1]", "0   8\n1   9\n2  10\n3  11\n"),
        ("a.h5:/entry/data[[2, 0], 1]", "2  9\n0  1\n"),
        ("a.h5:/entry/data[0, 0]", "0\n"),
        ("a.h5:/entry/cube[1:]", "[1, :, :]\n0   1.5  1.75   2.0\n1  2.25   2.5  2.75\n"),
        ("a.h5:/entry/names", "0  a\n1  b, \"c\"\n2  日本\n"),
        ("a.h5:/entry/title", "\"hello\\nworld\"\n"),
        ("a.h5:/flags", "0   true\n1  false\n"),
        ("a.h5:/special", "0        NaN\n1   Infinity\n2  -Infinity\n3        1.5\n"),
        ("a.h5:/null", "null\n"),
        ("a.h5:/log[5:]", ""),
    ] {
        let printed = Program::of(&server, &["read", address]).prints().await;
        let aligned = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(aligned(&printed), aligned(expected), "{address}");
        if !address.contains("data") {
            assert_eq!(printed, expected, "{address}");
        }
    }
    let whole = Program::of(&server, &["read", "a.h5:/entry/data"]).prints().await;
    assert_eq!(whole, "0   0   1   2   3\n1   4   5   6   7\n2   8   9  10  11\n");
}

#[tokio::test]
async fn a_limit_keeps_the_first_rows_and_says_so() {
    let server = server().await;
    let ended = Program::of(&server, &["read", "-n", "2", "a.h5:/special"]).run().await;
    assert_eq!((ended.code, &*ended.out), (Some(0), "0       NaN\n1  Infinity\n"));
    assert_eq!(ended.errors, "2 more rows; --limit 0 shows all\n");
    let all = Program::of(&server, &["read", "-n", "4", "a.h5:/special"]).prints().await;
    assert_eq!(all.lines().count(), 4);
}

#[tokio::test]
async fn json_is_one_document() {
    let server = server().await;
    for (address, expected) in [
        (
            "a.h5:/entry/cube[:, 0]",
            r#"{"path":"/entry/cube","shape":[2,3],"datatype":"<f8","data":[[0.0,0.25,0.5],[1.5,1.75,2.0]]}"#,
        ),
        (
            "a.h5:/special",
            r#"{"path":"/special","shape":[4],"datatype":"<f8","data":["NaN","Infinity","-Infinity",1.5]}"#,
        ),
        ("a.h5:/null", r#"{"path":"/null","shape":null,"datatype":"<f8","data":null}"#),
        ("a.h5:/log[5:]", r#"{"path":"/log","shape":[0],"datatype":"<f8","data":[]}"#),
        (
            "a.h5:/entry/data[:0, 1:]",
            r#"{"path":"/entry/data","shape":[0,3],"datatype":"<i4","data":[]}"#,
        ),
        (
            "a.h5:/entry/data[1, 1]",
            r#"{"path":"/entry/data","shape":[],"datatype":"<i4","data":5}"#,
        ),
    ] {
        let printed = Program::of(&server, &["read", "--json", address]).prints().await;
        assert_eq!(printed, format!("{expected}\n"), "{address}");
    }
}

/// What Python's `csv` makes of a file of that name beside the served one.
fn csv_rows(path: &std::path::Path) -> Value {
    h5py(path, "import csv\nresult = list(csv.reader(open(path, newline='')))")
}

#[tokio::test]
async fn csv_is_what_python_reads() {
    let server = server().await;
    for (address, expected) in [
        ("a.h5:/entry/names", json!([["a"], ["b, \"c\""], ["日本"]])),
        ("a.h5:/entry/title", json!([["hello\nworld"]])),
        ("a.h5:/entry/data[:2]", json!([["0", "1", "2", "3"], ["4", "5", "6", "7"]])),
        ("a.h5:/entry/cube[:, 0]", json!([["0.0", "0.25", "0.5"], ["1.5", "1.75", "2.0"]])),
        ("a.h5:/special[:2]", json!([["NaN"], ["Infinity"]])),
    ] {
        let path = server.path("out.csv");
        let output = path.to_str().unwrap();
        let printed = Program::of(&server, &["read", address, "--output", output]).prints().await;
        assert_eq!(printed, "");
        assert_eq!(csv_rows(&path), expected, "{address}");
    }
}

#[tokio::test]
async fn npy_is_what_numpy_loads() {
    let script = "
rng = np.random.default_rng(3)
for number, t in enumerate(['|i1', '<u2', '>i4', '<i8', '>u8', '<f2', '>f4', '<f8', '|S5', '?']):
    for shape in [(), (7,), (0, 2), (3, 4), (2, 3, 4)]:
        bits = rng.integers(0, 256, int(np.prod(shape)) * np.dtype(t).itemsize, dtype='u1')
        if t == '?':
            bits = bits % 2
        values = np.frombuffer(bits.tobytes(), t).reshape(shape)
        f[f'{number}_{len(shape)}_{len(values) if shape else 1}'] = values
";
    let server = Setup::new().file("a.h5", script).start().await;
    let listing = Program::of(&server, &["ls", "--json", "a.h5"]).prints().await;
    let folder = server.path("npy");
    std::fs::create_dir(&folder).unwrap();
    for line in listing.lines() {
        let child: Value = serde_json::from_str(line).unwrap();
        let name = child["name"].as_str().unwrap();
        let output = folder.join(format!("{name}.npy"));
        let address = format!("a.h5:/{name}");
        Program::of(&server, &["read", &address, "-o", output.to_str().unwrap()]).prints().await;
    }
    let npy = Program::of(&server, &["read", "-f", "npy", "a.h5:/3_1_7"]).run_bytes().await;
    assert_eq!(npy[..6], *b"\x93NUMPY");
    let found = server.judged(
        "a.h5",
        "
import os
result = [[], len(f)]
for name in f:
    loaded = np.load(os.path.join(os.path.dirname(path), 'npy', name + '.npy'))
    there = elements(f[name])
    if loaded.dtype != there.dtype or loaded.shape != there.shape or loaded.tobytes() != there.tobytes():
        result[0].append([name, str(loaded.dtype), str(there.dtype)])
",
    );
    assert_eq!(found.await, json!([[], 50]));
}

#[tokio::test]
async fn a_dataset_larger_than_a_slab_is_read_in_bounded_memory() {
    // 96 MiB in slabs of 8 MiB.
    let script = "
d = f.create_dataset('big', (12_582_912,), '<f8', chunks=(100_000,))
for i in range(0, len(d), 1_048_576):
    d[i:i + 1_048_576] = np.arange(i, min(i + 1_048_576, len(d)))
";
    let server = Setup::new().file("a.h5", script).start().await;
    let mut child = Program::of(&server, &["read", "-f", "npy", "a.h5:/big"]).spawn();
    let mut out = child.stdout.take().unwrap();
    let mut header = [0; 128];
    within("the header", out.read_exact(&mut header)).await.unwrap();
    let mut expected = 0.0;
    let mut block = vec![0; 8 << 20];
    for number in 0..12 {
        if number == 11 {
            // More is left than a pipe holds: the program has nearly everything behind it and waits.
            let peak = Process(child.id().unwrap()).peak_resident_bytes();
            assert!(peak > 8 << 20 && peak < 80 << 20, "{peak} bytes");
        }
        within("a block", out.read_exact(&mut block)).await.unwrap();
        for element in block.as_chunks::<8>().0 {
            assert_eq!(f64::from_le_bytes(*element).to_bits(), f64::to_bits(expected));
            expected += 1.0;
        }
    }
    assert!(within("the end", child.wait()).await.unwrap().success());
}
