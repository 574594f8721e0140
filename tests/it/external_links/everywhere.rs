//! Every command goes where its path leads: the whole list of commands, and those that have several paths or none.

use std::collections::BTreeSet;

use futures::StreamExt as _;
use hdf5_async_client::Update;
use hdf5_async_tests::raw::{Heard, RawSocket};
use serde_json::{Value, json};

use super::{ask, linked, with};

/// What is asked about a file as a whole, about none, or by a number.
const WITHOUT_A_PATH: &[&str] = &[
    "hello",
    "ping",
    "files",
    "create_file",
    "file_info",
    "close_file",
    "delete_file",
    "flush",
    "unsubscribe",
    "cancel",
];

/// `/all` leads to the root group of `sub/other.h5`.
fn requests() -> Vec<Value> {
    vec![
        ask("list", "/all"),
        ask("describe", "/data"),
        ask("walk", "/all/g"),
        with("search", "/all", &json!({"pattern": "small"})),
        ask("read", "/all/g/small"),
        with("query", "/all/g/small", &json!({"where": "value > 1"})),
        ask("stats", "/all/g/small"),
        with("sample", "/all/g/small", &json!({"size": [2]})),
        ask("create_group", "/all/made"),
        with(
            "create_dataset",
            "/all/set",
            &json!({"datatype": "<i4", "shape": [4], "max_shape": [9]}),
        ),
        with("create_named_datatype", "/all/type", &json!({"datatype": "<i4"})),
        with("write", "/all/set", &json!({"data": [1, 2, 3, 4]})),
        with("update", "/all/set", &json!({"data": 5, "selection": "0"})),
        with("append", "/all/set", &json!({"data": [6]})),
        with("insert", "/all/set", &json!({"data": [7], "index": 0})),
        with("resize", "/all/set", &json!({"shape": [5]})),
        with("fill", "/all/set", &json!({"data": 8, "selection": "4"})),
        with("points", "/all/set", &json!({"points": [[0], [4]]})),
        with("write_points", "/all/set", &json!({"points": [[1]], "data": [9]})),
        with("link", "/all/hard", &json!({"target": "/all/set"})),
        with("move", "/all/hard", &json!({"to": "/all/moved"})),
        with("copy", "/all/moved", &json!({"to": "/all/copied"})),
        ask("delete", "/all/moved"),
        with("write_attribute", "/all/set", &json!({"name": "a", "data": 1})),
        with("rename_attribute", "/all/set", &json!({"name": "a", "to": "b"})),
        with("read_attribute", "/all/set", &json!({"name": "b"})),
        ask("attributes", "/all/set"),
        with("delete_attribute", "/all/set", &json!({"name": "b"})),
        json!({"command": "batch", "file": "main.h5", "commands": [
            {"command": "create_group", "path": "/all/in_batch"},
            {"command": "write", "path": "/all/in_batch/x", "data": [1]},
            {"command": "read", "path": "/data", "selection": "0"}]}),
        ask("subscribe", "/all/set"),
    ]
}

#[tokio::test]
async fn every_command_with_a_path_is_answered_by_the_file_that_it_leads_to() {
    let server = linked().start().await;
    let mut socket = RawSocket::connect(&server).await;
    let mut seen: BTreeSet<String> = WITHOUT_A_PATH.iter().map(|&name| name.to_owned()).collect();
    for request in requests() {
        let name = request["command"].as_str().unwrap().to_owned();
        let answer = socket.ok(request).await;
        assert_eq!(answer["file"], "sub/other.h5", "{name}: {answer}");
        seen.insert(name);
    }
    // Each of several reads says by itself where it was done.
    let reads =
        json!({"command": "read_many", "file": "main.h5", "reads": [{"path": "/all/g/small"}]});
    assert_eq!(socket.ok(reads).await["results"][0]["file"], "sub/other.h5");
    seen.insert("read_many".to_owned());
    let paths = json!({"command": "describe_many", "file": "main.h5", "paths": ["/all/g/small"]});
    assert_eq!(socket.ok(paths).await["results"][0]["file"], "sub/other.h5");
    seen.insert("describe_many".to_owned());
    let documented = include_str!("../../../docs/protocol/commands.md");
    let documented: BTreeSet<String> = documented
        .lines()
        .filter_map(|line| line.strip_prefix("## `")?.strip_suffix('`').map(str::to_owned))
        .collect();
    assert_eq!(seen, documented);
    let script = "result = [f['set'][()].tolist(), sorted(f), f['in_batch/x'][()].tolist(), f['type'].dtype.str]";
    let found = server.judged("sub/other.h5", script).await;
    let names = ["back", "beside", "copied", "g", "in_batch", "made", "main", "set", "type"];
    assert_eq!(found, json!([[7, 9, 2, 3, 8], names, [1], "<i4"]));
}

#[tokio::test]
async fn several_reads_are_done_in_the_files_that_they_lead_to() {
    let mut setup = linked();
    for number in 0..10 {
        setup =
            setup.file(&format!("part_{number}.h5"), &format!("f['x'] = np.full(3000, {number})"));
    }
    let server = setup.option("--block-bytes", 4096).start().await;
    let mut socket = RawSocket::connect(&server).await;
    let mut reads =
        vec![json!({"path": "/own"}), json!({"path": "/all/g/small", "selection": "1:"})];
    for number in 0..10 {
        let link =
            json!({"kind": "external", "target_file": format!("part_{number}.h5"), "target": "/x"});
        socket.ok(with("link", &format!("/part_{number}"), &link)).await;
        reads.push(json!({"path": format!("/part_{number}")}));
    }
    for path in ["/gone", "/nofile", "/circle", "/all/back", "/data"] {
        reads.push(json!({"path": path}));
    }
    reads.push(json!({"path": "/data", "selection": "5:3"}));
    let request = json!({"command": "read_many", "file": "main.h5", "reads": reads});
    let answer = socket.ok(request.clone()).await;
    assert_eq!(answer.get("file"), None);
    let results = answer["results"].as_array().unwrap();
    assert_eq!((&results[0]["data"], results[0].get("file")), (&json!(1), None));
    assert_eq!(
        (&results[1]["data"], &results[1]["file"]),
        (&json!([1.0, 2.0]), &json!("sub/other.h5"))
    );
    assert!(results[1]["seq"].is_u64() && results[1]["epoch"].is_u64(), "{}", results[1]);
    for number in 0..10 {
        let result = &results[number + 2];
        assert_eq!(result["data"], json!(vec![number; 3000]));
        assert_eq!(result["file"], json!(format!("part_{number}.h5")));
    }
    let codes: Vec<&Value> = results[12..].iter().map(|result| &result["code"]).collect();
    let none = &Value::Null;
    let [missing, unserved, circle] =
        ["not_found", "file_not_found", "unsupported"].map(|code| json!(code));
    assert_eq!(codes, [&missing, &unserved, &circle, none, none, none]);
    // The way back into the file that was asked is none into another.
    assert_eq!((&results[15]["data"], results[15].get("file")), (&json!(1), None));
    assert_eq!(results[16]["data"].as_array().unwrap().len(), 200_000);
    assert_eq!(results[17]["data"], json!([]));
    assert_binary(&mut socket, request, results).await;
}

/// The same in binary: as many bytes from the same files, and one last frame.
async fn assert_binary(socket: &mut RawSocket, mut request: Value, results: &[Value]) {
    request["encoding"] = json!("binary");
    socket.text(&request.to_string()).await;
    let mut bytes = vec![0; results.len()];
    loop {
        let Heard::Binary { header, values } = socket.hear().await else { panic!("no frame") };
        let item = usize::try_from(header["item"].as_u64().unwrap()).unwrap();
        bytes[item] += values.len();
        if header.get("error").is_none() {
            assert_eq!(header.get("file"), results[item].get("file"), "{header}");
        } else {
            assert_eq!(header["error"]["code"], results[item]["code"]);
        }
        if header["last"] == true {
            assert_eq!(item, results.len() - 1);
            break;
        }
    }
    let parts = [24_000; 10];
    assert_eq!(bytes, [&[8, 16][..], &parts, &[0, 0, 0, 8, 800_000, 0]].concat());
}

#[tokio::test]
async fn a_batch_is_done_in_one_file_or_not_at_all() {
    let server = linked().start().await;
    let mut socket = RawSocket::connect(&server).await;
    let write = |path: &str| json!({"command": "write", "path": path, "data": [1]});
    let link = json!({"command": "link", "path": "/to", "kind": "external", "target_file": "beside.h5", "target": "/"});
    let unlink = json!({"command": "delete", "path": "/all"});
    for (commands, index) in [
        (json!([write("/new"), write("/all/new")]), 1),
        (json!([write("/all/new"), write("/self/all/new2"), write("/new")]), 2),
        (json!([write("/all/new"), unlink]), 1),
        (json!([write("/new"), link, write("/to/new")]), 2),
        (json!([write("/all/new"), write("/nofile/new")]), 1),
    ] {
        let batch = json!({"command": "batch", "file": "main.h5", "commands": commands});
        let answer = socket.ask(&batch).await;
        let code =
            if commands[1]["path"] == "/nofile/new" { "file_not_found" } else { "external_link" };
        assert_eq!(
            (&answer["code"], &answer["index"]),
            (&json!(code), &json!(index)),
            "{batch}: {answer}"
        );
    }
    let failing = json!([write("/all/new"), {"command": "delete", "path": "/all/none"}]);
    let batch = json!({"command": "batch", "file": "main.h5", "commands": failing});
    let answer = socket.ask(&batch).await;
    assert_eq!((&answer["code"], &answer["index"]), (&json!("not_found"), &json!(1)));
    let script = "
        import os
        names = lambda name: sorted(h5py.File(os.path.join(os.path.dirname(path), name)))
        result = [sorted(f), names('sub/other.h5'), names('beside.h5')]";
    let here = json!(["all", "circle", "data", "gone", "nofile", "own", "self", "soft"]);
    let found = server.judged("main.h5", script).await;
    assert_eq!(found, json!([here, ["back", "beside", "g", "main"], ["here"]]));
}

#[tokio::test]
async fn a_subscription_is_told_what_happens_in_the_file_that_it_leads_to() {
    let server = linked().start().await;
    let mut listener = RawSocket::connect(&server).await;
    let snapshot = with("subscribe", "/all/g", &json!({"snapshot": true, "data": true}));
    let begun = listener.ok(snapshot).await;
    assert_eq!((&begun["file"], &begun["path"]), (&json!("sub/other.h5"), &json!("/g")));
    assert_eq!(begun["object"]["path"], "/g");
    assert_eq!(begun["children"].as_array().unwrap().len(), 2);
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(with("write", "/own", &json!({"data": 2}))).await;
    socket.ok(with("write", "/all/outside", &json!({"data": 2}))).await;
    let written =
        socket.ok(with("update", "/all/g/small", &json!({"data": 7, "selection": "1"}))).await;
    let event = listener.json().await;
    assert_eq!(
        (&event["file"], &event["path"], &event["seq"], &event["values"]["data"]),
        (&json!("sub/other.h5"), &json!("/g/small"), &written["seq"], &json!(7.0))
    );
    listener.ok(json!({"command": "unsubscribe", "subscription": begun["subscription"]})).await;
    socket.ok(with("update", "/all/g/small", &json!({"data": 8, "selection": "1"}))).await;
    // The position is one of the other file; nothing of the time before it comes again.
    let since = json!({"since": {"epoch": begun["epoch"], "seq": written["seq"]}});
    let again = listener.ok(with("subscribe", "/all/g/small", &since)).await;
    assert_eq!((again.get("resync"), again.get("path")), (None, Some(&json!("/g/small"))));
    assert_eq!(listener.json().await["seq"].as_u64(), written["seq"].as_u64().map(|seq| seq + 1));
    assert_eq!(listener.refused(ask("subscribe", "/nofile")).await, "file_not_found");
    assert_eq!(listener.refused(ask("subscribe", "/circle")).await, "unsupported");
    // What is not there yet may come.
    assert_eq!(listener.ok(ask("subscribe", "/all/later")).await["path"], "/later");
    assert_eq!(listener.ok(ask("subscribe", "/later")).await.get("path"), None);
    socket.ok(with("write", "/all/later", &json!({"data": 2}))).await;
    assert_eq!(listener.json().await["path"], "/later");
}

#[tokio::test]
async fn the_client_hears_of_another_file_and_nothing_else() {
    let server = linked().start().await;
    let mut stream = server.file("main.h5").await.subscribe("/all/g").await.unwrap();
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(with("write", "/g", &json!({"data": 1}))).await;
    let write = socket.ok(with("write", "/all/g/made", &json!({"data": 1}))).await;
    let Some(Ok(Update::Event(event))) = stream.next().await else { panic!("no event") };
    assert_eq!(
        (event.file.as_str(), event.epoch),
        ("sub/other.h5", write["epoch"].as_u64().unwrap())
    );
    assert_eq!(event.change.path().unwrap().as_str(), "/g/made");
}

#[tokio::test]
async fn a_condition_is_about_the_file_that_the_change_is_made_in() {
    let server = linked().start().await;
    let mut socket = RawSocket::connect(&server).await;
    for number in 0..5 {
        socket.ok(with("write", "/own", &json!({"data": number}))).await;
    }
    let read = socket.ok(ask("read", "/all/g/small")).await;
    let bound = |command: &str, path: &str, position: &Value, fields: &Value| {
        let mut request = with(command, path, fields);
        request["if_seq"] = position["seq"].clone();
        request["if_epoch"] = position["epoch"].clone();
        request
    };
    let data = json!({"data": 4, "selection": "0"});
    let written = socket.ok(bound("update", "/all/g/small", &read, &data)).await;
    assert_eq!(socket.refused(bound("update", "/all/g/small", &read, &data)).await, "conflict");
    socket.ok(bound("copy", "/all/g/small", &written, &json!({"to": "/all/g/copied"}))).await;
    let commands = json!({"commands": [{"command": "delete", "path": "/all/g/small"}]});
    let mut batch = bound("batch", "/", &read, &commands);
    batch.as_object_mut().unwrap().remove("path");
    assert_eq!(socket.refused(batch.clone()).await, "conflict");
    batch["if_seq"] = written["seq"].clone();
    socket.ok(batch).await;
}

#[tokio::test]
async fn a_named_datatype_is_one_of_the_file_itself() {
    let server = linked().start().await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(with("create_named_datatype", "/type", &json!({"datatype": "<i4"}))).await;
    socket.ok(with("create_named_datatype", "/all/type", &json!({"datatype": "<i4"}))).await;
    let fields = |path: &str| json!({"datatype": "<i4", "shape": [2], "named_datatype": path});
    socket.ok(with("create_dataset", "/all/x", &fields("/all/type"))).await;
    for (path, named) in [("/all/y", "/type"), ("/y", "/all/type")] {
        let create = with("create_dataset", path, &fields(named));
        assert_eq!(socket.refused(create).await, "unsupported", "{path}");
        let attribute = json!({"name": "a", "data": 1, "datatype": "<i4", "named_datatype": named});
        let target = if path == "/y" { "/own" } else { "/all/g" };
        assert_eq!(
            socket.refused(with("write_attribute", target, &attribute)).await,
            "unsupported"
        );
    }
    let shared = server.judged("sub/other.h5", "result = f['x'].id.get_type().committed()").await;
    assert_eq!(shared, json!(true));
}
