//! Paths that go on in other files: read, written and refused, and never out of what is served.

mod everywhere;

use std::os::unix::fs::symlink;

use hdf5_async_tests::raw::{Heard, RawSocket};
use hdf5_async_tests::{Setup, h5py};
use serde_json::{Value, json};

/// Two files in a folder and one below it, linked to each other.
fn linked() -> Setup {
    let setup = Setup::new()
        .file(
            "main.h5",
            "
            link = lambda name, file, target: f.__setitem__(name, h5py.ExternalLink(file, target))
            f['own'] = 1
            link('all', 'sub/other.h5', '/'); link('data', 'sub/other.h5', '/g/d'); link('gone', 'sub/other.h5', '/no')
            link('nofile', 'none.h5', '/'); link('circle', 'main.h5', '/circle'); link('self', 'main.h5', '/')
            f['soft'] = h5py.SoftLink('/all/g/d')
            ",
        )
        .file("beside.h5", "f['here'] = 'root'");
    std::fs::create_dir(setup.path("sub")).unwrap();
    let links = "
        f = h5py.File(path, 'w')
        f['g/d'] = np.arange(200000, dtype='<i4'); f['g/small'] = np.arange(3.)
        f['back'] = h5py.ExternalLink('../main.h5', '/own')
        f['beside'] = h5py.ExternalLink('beside.h5', '/here')
        f['main'] = h5py.ExternalLink('main.h5', '/')
        f.close()";
    h5py(&setup.path("sub/other.h5"), links);
    setup
}

fn ask(command: &str, path: &str) -> Value {
    json!({"command": command, "path": path, "file": "main.h5"})
}

#[tokio::test]
async fn everything_that_is_read_is_read_through_external_links() {
    let server = linked().start().await;
    let mut socket = RawSocket::connect(&server).await;
    let read = socket.ok(ask("read", "/all/g/small")).await;
    assert_eq!((&read["data"], &read["file"]), (&json!([0.0, 1.0, 2.0]), &json!("sub/other.h5")));
    assert_eq!(socket.ok(ask("read", "/own")).await.get("file"), None);
    let described = socket.ok(ask("describe", "/data")).await;
    assert_eq!(
        (&described["object"]["path"], &described["file"]),
        (&json!("/g/d"), &json!("sub/other.h5"))
    );
    assert_eq!(
        socket.ok(ask("describe", "/soft")).await["object"]["dataset"]["shape"],
        json!([200_000])
    );
    let listed = socket.ok(ask("list", "/all")).await;
    assert_eq!((&listed["path"], &listed["total"]), (&json!("/"), &json!(4)));
    assert_eq!(socket.ok(ask("attributes", "/all/g")).await["attributes"], json!([]));
    assert_eq!(socket.ok(ask("stats", "/data")).await["max"], 199_999);
    let mut sample = ask("sample", "/soft");
    sample["size"] = json!([2]);
    let sampled = socket.ok(sample).await;
    assert_eq!(
        (&sampled["data"], &sampled["file"]),
        (&json!([0, 100_000]), &json!("sub/other.h5"))
    );
    // A long read comes block by block from the other file.
    let mut long = ask("read", "/data");
    long["encoding"] = json!("binary");
    socket.text(&long.to_string()).await;
    let mut bytes = 0;
    loop {
        let Heard::Binary { header, values } = socket.hear().await else { panic!("no block") };
        assert_eq!(header["file"], "sub/other.h5");
        bytes += values.len();
        if header["last"] == true {
            break;
        }
    }
    assert_eq!(bytes, 800_000);
    // Names are seen from the folder of the file with the link, then from the served folder; links may follow links.
    for (path, data, file) in [
        ("/all/back", json!(1), Value::Null),
        ("/all/beside", json!("root"), json!("beside.h5")),
        ("/all/main/own", json!(1), Value::Null),
        ("/self/self/self/all/main/own", json!(1), Value::Null),
    ] {
        let read = socket.ok(ask("read", path)).await;
        assert_eq!((&read["data"], &read["file"]), (&data, &file), "{path}");
    }
}

fn link(path: &str, file: &str, target: &str) -> Value {
    let fields = json!({"kind": "external", "target_file": file, "target": target});
    with("link", path, &fields)
}

fn with(command: &str, path: &str, fields: &Value) -> Value {
    let mut request = ask(command, path);
    request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    request
}

#[tokio::test]
async fn changes_go_through_external_links_in_order_and_are_told_where_they_happen() {
    let server = linked().start().await;
    let mut listener = RawSocket::connect(&server).await;
    listener.ok(json!({"command": "subscribe", "file": "sub/other.h5"})).await;
    let mut socket = RawSocket::connect(&server).await;
    // Sent without waiting: each sees what the one before has done.
    let many = 40;
    for number in 0..many {
        let path = format!("/all/new/x{number}");
        let write = json!({"id": number, "file": "main.h5", "command": "write", "path": path, "data": [number]});
        socket.text(&write.to_string()).await;
        let to = format!("/all/new/y{number}");
        let relocate = json!({"id": number + 100, "file": "main.h5", "command": "move", "path": path, "to": to});
        socket.text(&relocate.to_string()).await;
        let read = json!({"id": number + 200, "file": "main.h5", "command": "read", "path": to});
        socket.text(&read.to_string()).await;
    }
    for _ in 0..3 * many {
        let answer = socket.json().await;
        assert_eq!(
            (&answer["status"], &answer["file"]),
            (&json!("success"), &json!("sub/other.h5")),
            "{answer}"
        );
        if answer["id"].as_i64().unwrap() >= 200 {
            assert_eq!(answer["data"], json!([answer["id"].as_i64().unwrap() - 200]));
        }
    }
    let event = listener.json().await;
    assert_eq!(
        (&event["event"], &event["path"], &event["file"]),
        (&json!("created"), &json!("/new"), &json!("sub/other.h5"))
    );
}

#[tokio::test]
async fn every_change_goes_through_external_links_but_not_across_them() {
    let server = linked().start().await;
    let mut socket = RawSocket::connect(&server).await;
    let more = |command: &str, path: &str, fields: Value| with(command, path, &fields);
    socket.ok(more("write_attribute", "/data", json!({"name": "unit", "data": "m"}))).await;
    socket.ok(more("rename_attribute", "/data", json!({"name": "unit", "to": "units"}))).await;
    socket.ok(more("copy", "/all/g", json!({"to": "/all/copy"}))).await;
    socket.ok(more("link", "/all/alias", json!({"target": "/data"}))).await;
    socket.ok(more("append", "/all/g/log", json!({"data": [1]}))).await;
    socket.ok(more("create_group", "/all/deep/er", json!({}))).await;
    socket.ok(more("delete", "/all/g/small", json!({}))).await;
    // The link itself is moved and deleted, not what it leads to.
    socket.ok(more("move", "/data", json!({"to": "/moved"}))).await;
    socket.ok(more("delete", "/nofile", json!({}))).await;
    for (command, path, fields) in [
        ("move", "/all/g", json!({"to": "/g"})),
        ("move", "/own", json!({"to": "/all/own"})),
        ("link", "/all/own", json!({"target": "/own"})),
    ] {
        assert_eq!(
            socket.refused(more(command, path, fields)).await,
            "unsupported",
            "{command} {path}"
        );
    }
    let found = server
        .judged("main.h5", "result = [sorted(f), f.get('moved', getlink=True).filename, f['moved'].attrs['units']]")
        .await;
    assert_eq!(
        found,
        json!([["all", "circle", "gone", "moved", "own", "self", "soft"], "sub/other.h5", "m"])
    );
}

#[tokio::test]
async fn nothing_outside_of_what_is_served_is_reached() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.h5");
    h5py(&secret, "h5py.File(path, 'w')['x'] = 5");
    let setup = linked();
    symlink(&secret, setup.path("leads_out.h5")).unwrap();
    symlink("/dev/zero", setup.path("device.h5")).unwrap();
    let absolute = secret.display().to_string();
    let upward = format!("../{}/secret.h5", outside.path().file_name().unwrap().display());
    let name = "x".repeat(3000);
    let names = [
        absolute.as_str(),
        &upward,
        "../../../../../../etc/passwd",
        "/etc/passwd",
        "leads_out.h5",
        "device.h5",
        "/dev/zero",
        "/dev/fd/3",
        "sub",
        ".",
        "..",
        "",
        "sub/../../x",
        &name,
    ];
    let server = setup.start().await;
    let mut socket = RawSocket::connect(&server).await;
    for (number, name) in names.iter().enumerate() {
        let path = format!("/hostile{number}");
        if name.is_empty() {
            assert_eq!(socket.refused(link(&path, name, "/x")).await, "invalid_request");
            continue;
        }
        socket.ok(link(&path, name, "/x")).await;
        for command in ["read", "describe", "stats"] {
            let answer = socket.ask(&ask(command, &path)).await;
            assert_eq!(answer["code"], "file_not_found", "{command} {name}: {answer}");
        }
        let write = json!({"command": "write", "file": "main.h5", "path": path, "data": 1});
        assert_eq!(socket.refused(write).await, "file_not_found", "{name}");
    }
    assert_eq!(h5py(&secret, "result = int(h5py.File(path)['x'][()])"), 5);
    assert_eq!(socket.ok(ask("read", "/own")).await["data"], 1);
}

#[tokio::test]
async fn ways_that_end_nowhere_are_refused() {
    let setup = linked();
    let inside = setup.path("beside.h5").canonicalize().unwrap().display().to_string();
    let server = setup.start().await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(link("/absolute", &inside, "/here")).await;
    assert_eq!(socket.ok(ask("read", "/absolute")).await["data"], "root");
    for (path, code) in [
        ("/gone", "not_found"),
        ("/gone/x", "not_found"),
        ("/data/x", "wrong_kind"),
        ("/nofile", "file_not_found"),
        ("/circle", "unsupported"),
        ("/all/none", "not_found"),
    ] {
        assert_eq!(socket.refused(ask("read", path)).await, code, "{path}");
    }
    let long = format!("/all/{}", "y".repeat(16_000));
    socket.ok(link("/long", "sub/other.h5", &long)).await;
    let beyond = ask("read", &format!("/long/{}", "z".repeat(1000)));
    assert_eq!(socket.refused(beyond).await, "invalid_request");
}
