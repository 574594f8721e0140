//! `query`, `fields` and `unique_on` over a real socket, with numpy's answer beside the server's.

use hdf5_async_client::protocol::message::command;
use hdf5_async_client::protocol::model::{Fields, ObjectPath};
use hdf5_async_tests::raw::{Heard, RawSocket};
use hdf5_async_tests::{Setup, TestServer, h5py_with};
use serde_json::{Value, json};

const FILE: &str = "
rng = np.random.default_rng(5)
n = 3000
t = np.zeros(n, np.dtype([('id', '<u4'), ('energy', '>f4'), ('at', [('x', '<f8'), ('y', 'i1')]), ('name', 'S5'),
    ('hit', '?'), ('state', h5py.enum_dtype({'OFF': 0, 'ON': 1}, 'u1'))], align=True))
t['id'] = np.arange(n)
t['energy'] = rng.normal(5, 3, n)
t['energy'][::50] = np.nan
t['at']['x'] = rng.random(n)
t['at']['y'] = rng.integers(-128, 128, n)
t['name'] = np.array(['north', 'east', 'x', ''], 'S')[rng.integers(0, 4, n)]
t['hit'] = rng.random(n) > 0.5
t['state'] = rng.integers(0, 2, n)
f.create_dataset('t', data=t, chunks=(333,), compression='gzip')
f['numbers'] = rng.integers(-100, 100, n)
f['texts'] = ['alpha', 'beta', 'gamma'] * 100
f['matrix'] = np.ones((3, 3))
";

/// Each predicate, and what it is in numpy.
const CASES: &[(&str, &str, &str)] = &[
    ("/t", "energy > 7.5", "t['energy'] > 7.5"),
    ("/t", "not energy > 7.5", "~(t['energy'] > 7.5)"),
    ("/t", "energy != energy", "t['energy'] != t['energy']"),
    (
        "/t",
        "0.25 <= at.x < 0.5 and at.y > 0",
        "(t['at']['x'] >= .25) & (t['at']['x'] < .5) & (t['at']['y'] > 0)",
    ),
    (
        "/t",
        "name == 'north' and hit or id in [7, 8, 9]",
        "((t['name'] == b'north') & t['hit']) | np.isin(t['id'], [7, 8, 9])",
    ),
    (
        "/t",
        "state == 'ON' and name not in ['x', '']",
        "(t['state'] == 1) & ~np.isin(t['name'], [b'x', b''])",
    ),
    ("/t", "at.y >= id", "t['at']['y'] >= t['id'].astype('i8')"),
    ("/numbers", "value < -50 or value == 99", "(v < -50) | (v == 99)"),
    ("/texts", "value >= 'beta'", "s >= b'beta'"),
];

async fn server() -> TestServer {
    Setup::new().file("a.h5", FILE).option("--block-bytes", 8192).start().await
}

#[tokio::test]
async fn rows_are_those_of_numpy() {
    let server = server().await;
    let given: Vec<&str> = CASES.iter().map(|(_, _, numpy)| *numpy).collect();
    let script = "
with h5py.File(path) as f:
    t, v, s = f['t'][()], f['numbers'][()], f['texts'][()]
result = [np.flatnonzero(eval(each)).tolist() for each in given]
";
    let expected = h5py_with(&server.path("a.h5"), &json!(given), script);
    let mut socket = RawSocket::connect(&server).await;
    for ((path, predicate, _), expected) in CASES.iter().zip(expected.as_array().unwrap()) {
        let query = json!({"command": "query", "path": path, "where": predicate});
        let answer = socket.ok(query.clone()).await;
        assert_eq!(&answer["indices"], expected, "{predicate}");
        assert!(!expected.as_array().unwrap().is_empty(), "{predicate} finds nothing");
        assert_eq!(answer["shape"], json!([expected.as_array().unwrap().len()]));
        let binary = asked_in_binary(&mut socket, query).await;
        assert_eq!(&json!(binary), expected, "{predicate}");
    }
}

/// The indices of all frames.
async fn asked_in_binary(socket: &mut RawSocket, mut query: Value) -> Vec<Value> {
    query["encoding"] = json!("binary");
    socket.text(&query.to_string()).await;
    let mut indices = Vec::new();
    loop {
        let Heard::Binary { header, values } = socket.hear().await else { panic!("no frame") };
        let found = header["indices"].as_array().unwrap();
        assert_eq!(header["shape"], json!([found.len()]));
        assert_eq!(values.is_empty(), found.is_empty());
        indices.extend(found.iter().cloned());
        if header["last"] == true {
            return indices;
        }
    }
}

#[tokio::test]
async fn a_query_is_limited_continued_and_answered_with_some_members() {
    let server = server().await;
    let file = server.file("a.h5").await;
    let query = |selection: &str, offset: u64, limit: Option<u64>| command::Query {
        path: ObjectPath::new("/t").unwrap(),
        predicate: "hit".to_owned(),
        selection: selection.parse().unwrap(),
        fields: Some(Fields::One("id".to_owned())),
        offset,
        limit,
        encoding: command::Encoding::Json,
    };
    let all = file.call(query("", 0, None)).await.unwrap().reply;
    assert_eq!((all.scanned, all.more), (3000, false));
    assert_eq!(all.data.unwrap().get(), serde_json::to_string(&all.indices).unwrap());
    let page = file.call(query("", 100, Some(50))).await.unwrap().reply;
    assert_eq!((&page.indices[..], page.more), (&all.indices[100..150], true));
    assert_eq!(page.scanned, page.indices[49] + 1);
    let rest = file.call(query(&format!("{}:", page.scanned), 0, None)).await.unwrap().reply;
    assert_eq!(rest.indices[..], all.indices[150..]);
    let none = file.call(query("", 0, Some(0))).await.unwrap().reply;
    assert_eq!((none.indices.len(), none.scanned, none.more), (0, 0, true));
    let found = file.query("/t", "name == 'x' and id < 100", None).await.unwrap().reply;
    assert!(found.indices.iter().all(|&index| index < 100));
}

#[tokio::test]
async fn members_are_summed_and_sampled() {
    let server = server().await;
    let mut socket = RawSocket::connect(&server).await;
    let stats = socket.ok(json!({"command": "stats", "path": "/t", "fields": "id"})).await;
    assert_eq!(
        (&stats["min"], &stats["max"], &stats["sum"]),
        (&json!(0), &json!(2999), &json!(4_498_500))
    );
    let energy = socket.ok(json!({"command": "stats", "path": "/t", "fields": "energy"})).await;
    assert_eq!((&energy["nan"], &energy["finite"]), (&json!(60), &json!(2940)));
    let sample = json!({"command": "sample", "path": "/t", "fields": "id", "size": [3], "method": "min_max"});
    assert_eq!(socket.ok(sample).await["data"], json!([[0, 999], [1000, 1999], [2000, 2999]]));
    let first = json!({"command": "sample", "path": "/t", "fields": ["id", "hit"], "size": [2]});
    assert_eq!(socket.ok(first).await["data"][1][0], 1500);
    let wrong = json!({"command": "stats", "path": "/t", "fields": "name"});
    assert_eq!(socket.refused(wrong).await, "unsupported_datatype");
    let reads = json!([{"path": "/t", "selection": "5", "fields": ["id"]}, {"path": "/t", "fields": "none"}]);
    let many = socket.ok(json!({"command": "read_many", "reads": reads})).await;
    assert_eq!(
        (&many["results"][0]["data"], &many["results"][1]["code"]),
        (&json!([5]), &json!("invalid_selection"))
    );
}

#[tokio::test]
async fn mistakes_are_refused_with_their_place() {
    let server = Setup::new().file("a.h5", FILE).option("--max-scan-bytes", 50_000).start().await;
    let mut socket = RawSocket::connect(&server).await;
    let query =
        |path: &str, predicate: &str| json!({"command": "query", "path": path, "where": predicate});
    for (path, predicate, position) in [
        ("/t", "energy >", json!(8)),
        ("/t", "hit and enrgy > 1", json!(8)),
        ("/numbers", "hit", json!(0)),
    ] {
        let answer = socket.ask(&query(path, predicate)).await;
        assert_eq!(
            (&answer["code"], &answer["position"]),
            (&json!("invalid_query"), &position),
            "{answer}"
        );
    }
    for (request, code) in [
        (query("/t", "hit"), "too_large"),
        (query("/matrix", "value > 1"), "shape_mismatch"),
        (query("/", "value > 1"), "wrong_kind"),
        (query("/none", "value > 1"), "not_found"),
        (json!({"command": "query", "path": "/t"}), "invalid_request"),
        (json!({"command": "query", "path": "/t", "where": "hit", "limit": -1}), "invalid_request"),
        (json!({"command": "read", "path": "/t", "fields": 5}), "invalid_request"),
        (json!({"command": "read", "path": "/t", "fields": ["id", "id"]}), "invalid_selection"),
    ] {
        assert_eq!(socket.refused(request.clone()).await, code, "{request}");
    }
    let part = json!({"command": "query", "path": "/t", "where": "id == 7", "selection": ":100"});
    assert_eq!(socket.ok(part).await["indices"], json!([7]));
}

#[tokio::test]
async fn a_long_query_can_be_cancelled() {
    let server = Setup::new()
        .file("a.h5", "f.create_dataset('long', (40_000_000,), 'i1', chunks=(1_000_000,))")
        .option("--block-bytes", 4096)
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    socket.text(r#"{"id": 1, "command": "query", "path": "/long", "where": "value > 5"}"#).await;
    socket.text(r#"{"id": 2, "command": "cancel", "request": 1}"#).await;
    let answers = [socket.json().await, socket.json().await];
    let cancelled = answers.iter().find(|answer| answer["id"] == 1).unwrap();
    assert_eq!(cancelled["code"], "cancelled");
}

#[tokio::test]
async fn data_that_overlaps_can_be_sent_again() {
    let (server, mut socket) = TestServer::with_empty_file().await;
    let row = json!({"class": "compound", "size": 16, "members": [
        {"name": "time", "offset": 0, "datatype": "<i8"}, {"name": "price", "offset": 8, "datatype": "<f8"}]});
    let append = |rows: Value| json!({"command": "append", "path": "/market/prices", "unique_on": "time", "datatype": row, "data": rows});
    socket.ok(append(json!([[10, 1.0], [20, 2.0], [30, 3.0]]))).await;
    socket.ok(append(json!([[20, 2.5], [30, 3.5], [40, 4.5]]))).await;
    let last = socket.ok(append(json!([[15, 1.5], [40, 5.0]]))).await;
    assert_eq!(last["shape"], json!([5]));
    assert_eq!(socket.refused(append(json!([["x", 1.5]]))).await, "invalid_value");
    let found = server
        .judged("a.h5", "result = [list(map(float, row)) for row in f['market/prices'][()]]")
        .await;
    assert_eq!(found, json!([[10.0, 1.0], [15.0, 1.5], [20.0, 2.5], [30.0, 3.5], [40.0, 5.0]]));
}
