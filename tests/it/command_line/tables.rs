//! Tables, texts and attributes on their way in, from CSV, npy and JSON; h5py says what they have become.

use hdf5_async_client::protocol::message::command::Flush;
use hdf5_async_tests::{Program, Setup, h5py};
use serde_json::{Value, json};

/// Datasets that `append` and `write` are tried on.
const TABLES: &str = "
text = h5py.string_dtype()
row = np.dtype([('id', '<i4'), ('name', text), ('v', '<f4', (2,)), ('e', h5py.enum_dtype({'ON': 1, 'OFF': 0}, 'i1')), ('b', '?')])
for name, t in [('t', row), ('whole', row), ('one', np.dtype([('only', '<i4')])), ('seq', h5py.vlen_dtype('i4')), ('text', text), ('big', np.dtype('u8'))]:
    f.create_dataset(name, (1,), t, maxshape=(None,))
";

#[tokio::test]
async fn rows_of_csv_become_what_the_dataset_has() {
    let server = Setup::new().file("a.h5", TABLES).start().await;
    for (arguments, input) in [
        (&["append", "a.h5:/t"][..], "5,7,\"[1.5,2]\",ON,true\n"),
        (&["append", "a.h5:/t", "--header"], "name,id,v,e,b\n6,8,\"[0,\"\"NaN\"\"]\",0,False\n"),
        (
            &["write", "a.h5:/whole", "--header"],
            "name,b,id,e,v\n1,true,3,ON,\"[1,2]\"\nnan,false,4,1,\"[3,4]\"\n",
        ),
        (&["append", "a.h5:/one"], "5\n"),
        (&["append", "a.h5:/seq"], "\"[1,2]\"\n[]\n"),
        (&["append", "a.h5:/text"], "1\nnan\n\"[3]\"\n"),
        (&["append", "a.h5:/big"], "18446744073709551615\n"),
        // What is not there is made: all rows say of what.
        (&["append", "a.h5:/made", "--header"], "n,x,s\n1,2,a\n18446744073709551615,2.5,3\n"),
        (&["append", "a.h5:/made", "--header"], "n,x,s\n7,1,4\n"),
    ] {
        let arguments = [arguments, &["-i", "-", "-f", "csv"]].concat();
        Program::of(&server, &arguments).prints_with(input).await;
    }
    for (input, complaint) in [("x,2\n", "/t"), ("1,a,\"[1,2]\",NEITHER,true\n", "NEITHER")] {
        let append = Program::of(&server, &["append", "a.h5:/t", "-i", "-", "-f", "csv"]);
        let ended = append.run_with(input).await;
        assert_eq!(ended.code, Some(6), "{ended:?}");
        assert!(ended.errors.contains(complaint), "{ended:?}");
    }
    let script = "
rows = lambda name: [[str(v) for v in row] for row in f[name][()].tolist()]
result = [rows('t'), rows('whole'), rows('one'), [v.tolist() for v in f['seq'][()]], f['text'].asstr()[()].tolist(),
          f['big'][()].tolist(), rows('made'), f['made'].dtype.descr[:2], f['whole'].dtype == f['t'].dtype]
";
    let expected = json!([
        [
            ["0", "b''", "[0. 0.]", "0", "False"],
            ["5", "b'7'", "[1.5 2. ]", "1", "True"],
            ["8", "b'6'", "[ 0. nan]", "0", "False"]
        ],
        [["3", "b'1'", "[1. 2.]", "1", "True"], ["4", "b'nan'", "[3. 4.]", "1", "False"]],
        [["0"], ["5"]],
        [[], [1, 2], []],
        ["", "1", "nan", "[3]"],
        [0, 18_446_744_073_709_551_615_u64],
        [["1", "2.0", "b'a'"], ["18446744073709551615", "2.5", "b'3'"], ["7", "1.0", "b'4'"]],
        [["n", "<u8"], ["x", "<f8"]],
        true
    ]);
    assert_eq!(server.judged("a.h5", script).await, expected);
}

#[tokio::test]
async fn npy_files_with_texts_in_tables_and_without_elements() {
    let server = Setup::new().file("a.h5", "f['x'] = 1").start().await;
    let folder = server.path("npy");
    std::fs::create_dir(&folder).unwrap();
    let make = "
import os
save = lambda name, array: np.save(os.path.join(path, name), array)
table = [('n', '>i4'), ('s', '<U4'), ('m', '>U3', (2, 2))]
save('table', np.array([(1, 'ü', [['a', ''], ['bcd', 'e']]), (2, '', [['', ''], ['', '']])], table))
save('aligned', np.array([(1, 2.5)], np.dtype([('a', 'i1'), ('b', '<f8')], align=True)))
save('empty', np.zeros((0, 3), '<i4'))
save('scalar', np.float32(2))
save('no_letters', np.array(['', '']))
save('fortran', np.asfortranarray(np.arange(6, dtype='>u2').reshape(2, 3)))
save('time', np.array(['2020-01-01'], 'M8[s]'))
np.save(os.path.join(path, 'objects'), np.array([None]), allow_pickle=True)
";
    h5py(&folder, make);
    let run = |arguments: &[&str]| Program::of(&server, arguments).folder(&folder);
    for name in ["table", "aligned", "empty", "scalar", "no_letters", "fortran"] {
        run(&["write", &format!("a.h5:/{name}"), "-i", &format!("{name}.npy")]).prints().await;
    }
    run(&["append", "a.h5:/rows", "-i", "table.npy"]).prints().await;
    run(&["append", "a.h5:/rows", "-i", "table.npy"]).prints().await;
    for (arguments, code, complaint) in [
        (&["write", "a.h5:/t", "-i", "time.npy"][..], 6, "the dtype '<M8[s]' has no HDF5 datatype"),
        (&["write", "a.h5:/t", "-i", "objects.npy"], 6, "the dtype '|O' has no HDF5 datatype"),
        (&["append", "a.h5:/rows", "-i", "aligned.npy"], 6, "/rows"),
        (&["write", "a.h5:/t", "-i", "empty.npy", "-d", "<f4"], 2, "leave out --datatype"),
    ] {
        let errors = run(arguments).fails(code).await;
        assert!(errors.contains(complaint), "{errors}");
    }
    let script = "
t = f['table'][()]
result = [t['n'].tolist(), [s.decode() for s in t['s']], [[s.decode() for s in m.flat] for m in t['m']],
          f['aligned'][0].item(), f['aligned'].dtype.itemsize, list(f['empty'].shape), f['scalar'][()].item(),
          f['no_letters'].asstr()[()].tolist(), f['fortran'][()].tolist(), f['rows'].shape[0]]
";
    let expected = json!([
        [1, 2],
        ["ü", ""],
        [["a", "", "bcd", "e"], ["", "", "", ""]],
        [1, 2.5],
        16,
        [0, 3],
        2.0,
        ["", ""],
        [[0, 1, 2], [3, 4, 5]],
        4
    ]);
    assert_eq!(server.judged("a.h5", script).await, expected);
}

#[tokio::test]
async fn attributes_of_every_kind() {
    let server = Setup::new().file("a.h5", "f['d'] = 1").start().await;
    let table = r#"{"class":"compound","size":12,"members":[{"name":"a","offset":0,"datatype":"<i4"},{"name":"b","offset":4,"datatype":"<f8"}]}"#;
    let onoff = r#"{"class":"enum","base":"|i1","members":[{"name":"OFF","value":0},{"name":"ON","value":1}]}"#;
    let sequence = r#"{"class":"vlen","base":"<i4"}"#;
    let blob = r#"{"class":"opaque","size":3,"tag":""}"#;
    let cases = [
        (
            "table",
            r#"[[1, 2.5], {"a": 3, "b": "NaN"}]"#,
            table,
            "[1,2.5]\n[3,\"NaN\"]\n",
            "[(1, 2.5), (3, nan)]",
        ),
        ("row", "[1, 2.5]", table, "[1,2.5]\n", "(1, 2.5)"),
        ("seq", "[[1, 2], []]", sequence, "[1,2]\n[]\n", "[[1, 2], []]"),
        ("onoff", r#"["ON", 0]"#, onoff, "1\n0\n", "[1, 0]"),
        ("null", "null", "<f4", "null\n", "Empty"),
        ("none", "[]", "<i2", "", "[]"),
        ("flags", "[true, false]", "", "true\nfalse\n", "[True, False]"),
        ("complex", "[[1, -2]]", "<c16", "[1.0,-2.0]\n", "[(1-2j)]"),
        ("text", r#"["a b", "\u001b[2J"]"#, "", "a b\n\u{1b}[2J\n", r"['a b', '\x1b[2J']"),
        ("ref", r#"{"object": "/d"}"#, "", "{\"object\":\"/d\"}\n", "/d"),
        ("opaque", r#"{"base64": "AAEC"}"#, blob, "{\"base64\":\"AAEC\"}\n", r"b'\x00\x01\x02'"),
        ("cube", "[[[1]], [[2]]]", "|u1", "1\n2\n", "[[[1]], [[2]]]"),
        ("large", "18446744073709551615", "", "18446744073709551615\n", "18446744073709551615"),
    ];
    for (name, value, datatype, printed, _) in &cases {
        let mut set = vec!["attr", "set", "a.h5:/d", name, value];
        if !datatype.is_empty() {
            set.extend(["--datatype", datatype]);
        }
        Program::of(&server, &set).prints().await;
        let got = Program::of(&server, &["attr", "get", "a.h5:/d", name]).prints().await;
        assert_eq!(got, *printed, "{name}");
        let json = Program::of(&server, &["attr", "get", "--json", "a.h5:/d", name]).prints().await;
        let document: Value = serde_json::from_str(&json).unwrap();
        let shape = server.file("a.h5").await.read_attribute("/d", name).await.unwrap().reply.shape;
        assert_eq!((&document["name"], &document["shape"]), (&json!(name), &json!(shape)));
    }
    let list = Program::of(&server, &["attr", "list", "a.h5:/d"]).prints().await;
    assert_eq!(list.lines().count(), cases.len(), "{list}");
    server.file("a.h5").await.call(Flush {}).await.unwrap();
    let look = "
result = {}
for name, a in f['d'].attrs.items():
    if isinstance(a, h5py.Empty):
        result[name] = 'Empty'
    elif isinstance(a, h5py.Reference):
        result[name] = f[a].name
    elif isinstance(a, np.ndarray) and a.dtype == object:
        result[name] = str([v if isinstance(v, str) else v.tolist() for v in a])
    else:
        result[name] = str(a.tolist())
";
    let found = server.judged("a.h5", look).await;
    for (name, .., expected) in cases {
        assert_eq!(found[name], expected, "{name}");
    }
}
