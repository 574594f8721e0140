//! Several objects described in one request: as `describe` has each of them, with errors in their place.

use hdf5_async_client::protocol::message::ErrorCode;
use hdf5_async_client::protocol::message::reply::DescribeResult;
use hdf5_async_tests::Setup;
use hdf5_async_tests::raw::RawSocket;
use serde_json::{Value, json};

const FILE: &str = "
f['d'] = np.arange(6, dtype='<i4').reshape(2, 3)
f['d'].attrs['units'] = 'mm'
f['d'].attrs['exact'] = np.array([0.1, 2.0**60])
f.create_dataset('c', (4, 5), '>u2', maxshape=(None, 5), chunks=(2, 5), compression='gzip', fillvalue=7)
f['null'] = h5py.Empty('<f8')
f.create_dataset('v', (3,), dtype=h5py.string_dtype())
f['g/inner'] = 1
f['type'] = np.dtype([('a', '<i4'), ('b', '<f8')])
f['soft'] = h5py.SoftLink('/d')
f['dangling'] = h5py.SoftLink('/nowhere')
f['g/up'] = h5py.SoftLink('/g')
";

fn many(paths: &[&str]) -> Value {
    json!({"command": "describe_many", "paths": paths})
}

#[tokio::test]
async fn each_object_is_answered_as_describe_has_it() {
    let server = Setup::new().file("a.h5", FILE).start().await;
    let mut socket = RawSocket::connect(&server).await;
    let paths = [
        "/d",
        "/none",
        "/",
        "/c",
        "/dangling",
        "/null",
        "/v",
        "/d/below",
        "/g",
        "/type",
        "/soft",
        "/g/up/up/inner",
        "/d",
    ];
    let answer = socket.ok(many(&paths)).await;
    assert!(answer["seq"].is_u64() && answer["epoch"].is_u64(), "{answer}");
    let results = answer["results"].as_array().unwrap();
    assert_eq!(results.len(), paths.len());
    let mut failed = Vec::new();
    for (path, result) in paths.iter().zip(results) {
        let mut alone = socket.ask(&json!({"command": "describe", "path": path, "id": 1})).await;
        for envelope in ["id", "epoch", "seq"] {
            alone.as_object_mut().unwrap().remove(envelope);
        }
        assert_eq!(result, &alone, "{path}");
        if result["status"] == "error" {
            failed.push((*path, result["code"].as_str().unwrap()));
        }
    }
    let expected = [("/none", "not_found"), ("/dangling", "not_found"), ("/d/below", "wrong_kind")];
    assert_eq!(failed, expected);
    assert_eq!(socket.ok(many(&[])).await["results"], json!([]));
}

#[tokio::test]
async fn the_client_describes_many() {
    let server = Setup::new().file("a.h5", FILE).start().await;
    let file = server.file("a.h5").await;
    let answer = file.describe_many(&["/d", "/none", "/g"]).await.unwrap();
    assert!(answer.position.is_some() && answer.file.is_none());
    let [DescribeResult::Found(d), DescribeResult::Failed(none), DescribeResult::Found(g)] =
        &answer.reply.results[..]
    else {
        panic!("{:?}", answer.reply)
    };
    assert_eq!(d.object, file.describe("/d").await.unwrap().reply.object);
    assert_eq!((none.code, none.path.as_deref()), (ErrorCode::NotFound, Some("/none")));
    assert_eq!(g.object.n_children, Some(2));
    assert!(d.file.is_none() && d.seq.is_none());
    assert!(file.describe_many(&[]).await.unwrap().reply.results.is_empty());
    assert!(file.describe_many(&["/d", ""]).await.is_err());
}

/// What is written before the request is in the answer, and what is written behind it is not.
#[tokio::test]
async fn all_objects_are_of_one_moment() {
    let server = Setup::new().file("a.h5", "f['a'] = [0]; f['b'] = [0]").start().await;
    let mut socket = RawSocket::connect(&server).await;
    let start = socket.ok(json!({"command": "describe"})).await["seq"].as_u64().unwrap();
    let write = |path: &str, length: usize| {
        json!({"command": "write", "path": path, "data": vec![1; length]}).to_string()
    };
    for length in [2, 3] {
        socket.text(&write("/a", length)).await;
        socket.text(&many(&["/a", "/b"]).to_string()).await;
        socket.text(&write("/b", length)).await;
    }
    let mut shapes = Vec::new();
    for _ in 0..6 {
        let answer = socket.json().await;
        if let Some(results) = answer["results"].as_array() {
            let shape = |number: usize| results[number]["object"]["dataset"]["shape"][0].as_u64();
            shapes.push((shape(0), shape(1), answer["seq"].as_u64().map(|seq| seq - start)));
        }
    }
    let first = (Some(2), Some(1));
    let second = (Some(3), Some(2));
    assert_eq!(shapes.iter().map(|&(a, b, _)| (a, b)).collect::<Vec<_>>(), [first, second]);
    assert!(shapes[0].2 < shapes[1].2, "{shapes:?}");
}

#[tokio::test]
async fn what_is_too_much_is_refused_and_the_rest_goes_on() {
    let server = Setup::new()
        .file("a.h5", FILE)
        .option("--max-batch-commands", 20)
        .option("--max-json-values-bytes", 5000)
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    assert_eq!(socket.refused(many(&["/d"; 21])).await, "limit_exceeded");
    assert_eq!(socket.refused(many(&["/d"; 20])).await, "too_large");
    let long = format!("/{}", "x".repeat(1000));
    assert_eq!(socket.refused(many(&[&*long; 5])).await, "too_large");
    assert_eq!(socket.refused(json!({"command": "describe_many"})).await, "invalid_request");
    assert_eq!(socket.refused(many(&["/d", ""])).await, "invalid_request");
    assert_eq!(
        socket.refused(json!({"command": "describe_many", "paths": ["/"], "path": "/"})).await,
        "invalid_request"
    );
    let step = json!({"command": "batch", "commands": [many(&["/d"])]});
    assert_eq!(socket.refused(step).await, "invalid_request");
    let mut elsewhere = many(&["/d"]);
    elsewhere["file"] = json!("other.h5");
    assert_eq!(socket.refused(elsewhere).await, "file_not_found");
    assert_eq!(socket.ok(many(&["/d"; 5])).await["results"].as_array().unwrap().len(), 5);
}

/// Two files behind links of a third.
fn linked() -> Setup {
    Setup::new()
        .file(
            "main.h5",
            "
            link = lambda name, file, target: f.__setitem__(name, h5py.ExternalLink(file, target))
            f['own'] = 1
            link('one', 'one.h5', '/'); link('two', 'two.h5', '/'); link('gone', 'one.h5', '/no')
            link('nofile', 'none.h5', '/'); link('circle', 'main.h5', '/circle')
            ",
        )
        .file("one.h5", "f['x'] = [1.0, 2.0]; f['back'] = h5py.ExternalLink('main.h5', '/own')")
        .file("two.h5", "for n in range(40): f[f'y{n}'] = n")
}

fn main(paths: &[&str]) -> Value {
    json!({"command": "describe_many", "file": "main.h5", "paths": paths})
}

/// Each says which file it is, and its position there.
#[tokio::test]
async fn paths_go_on_in_the_files_that_they_lead_to() {
    let server = linked().start().await;
    let mut socket = RawSocket::connect(&server).await;
    let paths = [
        "/own",
        "/one/x",
        "/two/y3",
        "/gone",
        "/nofile/x",
        "/circle",
        "/one/back",
        "/one",
        "/none",
    ];
    let answer = socket.ok(main(&paths)).await;
    assert_eq!(answer.get("file"), None);
    let results = answer["results"].as_array().unwrap();
    let seen: Vec<_> = results
        .iter()
        .map(|result| (&result["file"], &result["code"], &result["object"]["path"]))
        .collect();
    let none = &Value::Null;
    let text = |text: &str| json!(text);
    let (one, two) = (text("one.h5"), text("two.h5"));
    let [missing, unserved, circle] = ["not_found", "file_not_found", "unsupported"].map(text);
    let [own, x, y, root] = ["/own", "/x", "/y3", "/"].map(text);
    let expected = [
        (none, none, &own),
        (&one, none, &x),
        (&two, none, &y),
        (none, &missing, none),
        (none, &unserved, none),
        (none, &circle, none),
        // The way back into the file that was asked is none into another.
        (none, none, &own),
        (&one, none, &root),
        (none, &missing, none),
    ];
    assert_eq!(seen, expected);
    assert!(results[3]["message"].as_str().unwrap().contains("one.h5"), "{}", results[3]);
    for number in [1, 2, 7] {
        let alone = socket
            .ok(json!({"command": "describe", "file": "main.h5", "path": paths[number]}))
            .await;
        for field in ["file", "epoch", "seq", "object"] {
            assert_eq!(results[number][field], alone[field], "{}", paths[number]);
        }
    }
}

#[tokio::test]
async fn several_files_together_have_the_room_of_one_answer() {
    let server = linked().option("--max-json-values-bytes", 6000).start().await;
    let mut socket = RawSocket::connect(&server).await;
    // Each file has room for what it says, the answer has none for all of it.
    let (one, two) = (["/one/x"; 20], ["/two/y1"; 20]);
    for (paths, fits) in [(&one[..], true), (&two[..], true), (&[one, two].concat(), false)] {
        let answer = socket.ask(&main(paths)).await;
        assert_eq!(answer["code"], if fits { Value::Null } else { json!("too_large") });
    }
}
