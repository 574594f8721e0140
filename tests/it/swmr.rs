//! Files that another program writes in SWMR mode: read beside it, followed as they grow, given back when it is done.

use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Program, Setup, Steps, TestServer, within};
use serde_json::{Value, json};

/// Makes a file with three datasets, and begins to write to it in SWMR mode.
const BEGIN: &str = "
    f = h5py.File(path, 'w', libver='latest')
    d = f.create_dataset('d', (0,), '<i8', maxshape=(None,), chunks=(16,))
    e = f.create_dataset('deep/er/e', (0, 3), '<f8', maxshape=(None, 3), chunks=(4, 3), compression='gzip')
    f['fixed'] = [7, 8]
    f.attrs['note'] = 'x'
    f.swmr_mode = True
    def add(dataset, rows):
        old = dataset.shape[0]
        dataset.resize(old + len(rows), axis=0)
        dataset[old:] = rows
        dataset.flush()
    ";

/// What a session asks of the file that is written.
fn about(request: &Value) -> Value {
    let mut request = request.clone();
    request["file"] = json!("run.h5");
    request
}

async fn writer(server: &TestServer) -> Steps {
    let mut writer = Steps::about(&server.path("run.h5"));
    writer.does(BEGIN).await;
    writer
}

async fn watcher(server: &TestServer) -> RawSocket {
    let mut socket = RawSocket::connect(server).await;
    socket.ok(about(&json!({"command": "subscribe", "path": "/", "data": true}))).await;
    socket
}

async fn event(socket: &mut RawSocket) -> Value {
    within("an event", socket.json()).await
}

/// The next event of a kind; others may come before it.
async fn event_named(socket: &mut RawSocket, name: &str, reason: Option<&str>) -> Value {
    loop {
        let event = event(socket).await;
        if event["event"] == name && reason.is_none_or(|reason| event["reason"] == reason) {
            return event;
        }
    }
}

async fn read(socket: &mut RawSocket, path: &str) -> Value {
    socket.ok(about(&json!({"command": "read", "path": path}))).await["data"].clone()
}

#[tokio::test]
async fn growth_is_seen_and_told_as_that_of_an_append() {
    let server = Setup::new().start().await;
    let mut writer = writer(&server).await;
    let mut reader = RawSocket::connect(&server).await;
    let mut watcher = watcher(&server).await;
    assert_eq!(read(&mut reader, "/d").await, json!([]));
    let listed = reader.ok(json!({"command": "files"})).await;
    assert_eq!(listed["files"][0]["read_only"], true, "{listed}");
    writer.does("add(d, [1, 2])").await;
    let written = event(&mut watcher).await;
    let fields = ["event", "path", "region", "old_shape", "shape"].map(|field| &written[field]);
    let expected = [json!("written"), json!("/d"), json!("0:2"), json!([0]), json!([2])];
    assert_eq!(fields, expected.each_ref());
    assert_eq!(written["values"], json!({"datatype": "<i8", "data": [1, 2]}));
    assert_eq!(written.get("session"), None);
    assert_eq!(read(&mut reader, "/d").await, json!([1, 2]));
    writer.does("add(e, [[1, 2, 3]]); add(d, [3])").await;
    let mut told = [event(&mut watcher).await, event(&mut watcher).await];
    told.sort_by_key(|event| event["path"].to_string());
    assert_eq!(told.each_ref().map(|event| &event["path"]), [&json!("/d"), &json!("/deep/er/e")]);
    assert_eq!(told[1]["values"]["data"], json!([[1.0, 2.0, 3.0]]));
    let describe = about(&json!({"command": "describe", "path": "/deep/er/e"}));
    assert_eq!(reader.ok(describe).await["object"]["dataset"]["shape"], json!([1, 3]));
    assert_eq!(read(&mut reader, "/fixed").await, json!([7, 8]));
    writer.does("d.resize((1,)); d.flush()").await;
    let resized = event(&mut watcher).await;
    assert_eq!((&resized["event"], &resized["shape"]), (&json!("resized"), &json!([1])));
}

#[tokio::test]
async fn quick_appends_are_taken_together_and_none_is_lost() {
    let server = Setup::new().start().await;
    let mut writer = writer(&server).await;
    let mut watcher = watcher(&server).await;
    writer.does("for i in range(50): add(d, [i])").await;
    let (mut rows, mut events, mut length) = (Vec::new(), 0, 0);
    while rows.len() < 50 {
        let written = event(&mut watcher).await;
        assert_eq!(written["old_shape"], json!([length]), "{written}");
        length = written["shape"][0].as_u64().unwrap();
        rows.extend(written["values"]["data"].as_array().unwrap().clone());
        events += 1;
    }
    assert_eq!(rows, (0..50).map(Value::from).collect::<Vec<_>>());
    assert!(events < 50, "{events} events");
}

#[tokio::test]
async fn nothing_is_changed_beside_a_writer_and_all_can_be_when_it_has_closed() {
    let server = Setup::new().start().await;
    let mut writer = Steps::about(&server.path("run.h5"));
    let open = "f = h5py.File(path, 'w', libver='latest'); f['d'] = [1]; f.flush()";
    writer.does(open).await;
    let mut reader = RawSocket::connect(&server).await;
    let list = about(&json!({"command": "list"}));
    // Open for writing, but not yet so that others can read.
    assert_eq!(reader.refused(list.clone()).await, "file_locked");
    writer.does("f.close()").await;
    writer.does(BEGIN).await;
    let mut watcher = watcher(&server).await;
    let write = about(&json!({"command": "write", "path": "/new", "data": [1]}));
    let refused = reader.ask(&write).await;
    assert_eq!(refused["code"], "read_only", "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("SWMR"), "{refused}");
    let replace = about(&json!({"command": "create_file", "replace": true}));
    assert_eq!(reader.refused(replace).await, "read_only");
    assert!(!server.path("run.h5.log").exists());
    writer.does("add(d, [5]); f.close()").await;
    let grown = event_named(&mut watcher, "written", None).await;
    assert_eq!(grown["values"]["data"], json!([5]));
    let closed = event_named(&mut watcher, "file_changed", Some("writer_closed")).await;
    assert!(closed["epoch"].as_u64() > grown["epoch"].as_u64(), "{closed}");
    reader.ok(write).await;
    assert_eq!(event(&mut watcher).await["event"], "created");
    let judged =
        server.judged("run.h5", "result = [f['d'][:].tolist(), f['new'][:].tolist()]").await;
    assert_eq!(judged, json!([[5], [1]]));
}

#[tokio::test]
async fn a_writer_is_not_kept_from_a_file_that_is_only_read() {
    let setup = Setup::new().argument("--read-only").option("--watch-poll-ms", 20);
    let server = setup.start().await;
    let mut writer = Steps::about(&server.path("run.h5"));
    let make = "
        f = h5py.File(path, 'w', libver='latest')
        f.create_dataset('d', (1,), '<i8', maxshape=(None,), chunks=(16,))
        f.close()
        ";
    writer.does(make).await;
    let mut watcher = watcher(&server).await;
    assert_eq!(read(&mut watcher, "/d").await, json!([0]));
    writer.does("f = h5py.File(path, 'r+', libver='latest')").await;
    let closed = event_named(&mut watcher, "file_changed", None).await;
    assert_eq!(closed["reason"], "written", "{closed}");
    assert!(closed["message"].as_str().unwrap().contains("another program"), "{closed}");
    assert_eq!(event(&mut watcher).await["event"], "file_closed");
    let read_it = about(&json!({"command": "read", "path": "/d"}));
    assert_eq!(RawSocket::connect(&server).await.refused(read_it).await, "file_locked");
    writer.does("f.swmr_mode = True; d = f['d']; d[0] = 4; d.flush()").await;
    event_named(&mut watcher, "file_changed", Some("writer_opened")).await;
    writer.does("d.resize((2,)); d[1] = 9; d.flush()").await;
    let grown = event_named(&mut watcher, "written", None).await;
    assert_eq!(grown["values"]["data"], json!([9]));
    assert_eq!(read(&mut watcher, "/d").await, json!([4, 9]));
    writer.does("f.close()").await;
    event_named(&mut watcher, "file_changed", Some("writer_closed")).await;
    assert_eq!(read(&mut watcher, "/d").await, json!([4, 9]));
}

#[tokio::test]
async fn a_file_that_its_writer_has_left_behind_is_read_and_recovered() {
    let server = Setup::new().start().await;
    let mut writer = writer(&server).await;
    let mut watcher = watcher(&server).await;
    writer.does("add(d, [1, 2, 3])").await;
    event_named(&mut watcher, "written", None).await;
    let path = server.path("run.h5");
    let path = path.to_str().unwrap();
    let recover = Program::new(&["recover", path]).run().await;
    assert_eq!(recover.code, Some(7), "{recover:?}");
    writer.kill().await;
    event_named(&mut watcher, "file_changed", Some("writer_lost")).await;
    assert_eq!(read(&mut watcher, "/d").await, json!([1, 2, 3]));
    let write = about(&json!({"command": "write", "path": "/new", "data": [1]}));
    let refused = watcher.ask(&write).await;
    assert_eq!(refused["code"], "read_only", "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("hdf5-async recover"), "{refused}");
    let recover = Program::new(&["recover", path]).run().await;
    assert_eq!(recover.code, Some(0), "{recover:?}");
    assert!(recover.out.contains("marked"), "{recover:?}");
    event_named(&mut watcher, "file_changed", Some("writer_closed")).await;
    watcher.ok(write).await;
    let judged =
        server.judged("run.h5", "result = [f['d'][:].tolist(), f['new'][:].tolist()]").await;
    assert_eq!(judged, json!([[1, 2, 3], [1]]));
}

#[tokio::test]
async fn a_virtual_dataset_over_a_growing_source_shows_what_is_there() {
    let server = Setup::new().start().await;
    let mut writer = writer(&server).await;
    let view = "
        source = h5py.VirtualSource('run.h5', 'd', (100,), '<i8', maxshape=(None,))
        layout = h5py.VirtualLayout((100,), '<i8', maxshape=(None,))
        layout[:h5py.h5s.UNLIMITED] = source[:h5py.h5s.UNLIMITED]
        with h5py.File(path, 'w', libver='latest') as f:
            f.create_virtual_dataset('v', layout)
        ";
    let mut maker = Steps::about(&server.path("view.h5"));
    maker.does(view).await;
    let mut reader = RawSocket::connect(&server).await;
    for rows in [1, 20] {
        writer.does(&format!("add(d, list(range({rows})))")).await;
        let read = json!({"command": "read", "file": "view.h5", "path": "/v"});
        let length = writer.does("result = d.shape[0]").await;
        let data = reader.ok(read).await["data"].clone();
        assert_eq!(data.as_array().unwrap().len() as u64, length.as_u64().unwrap(), "{data}");
    }
}

#[tokio::test]
async fn growth_is_found_by_the_clock_too() {
    let setup = Setup::new().argument("--watch-by-polling").option("--watch-poll-ms", 5);
    let server = setup.option("--watch-gather-ms", 1).start().await;
    let mut writer = writer(&server).await;
    let mut watcher = watcher(&server).await;
    writer.does("add(d, [1])").await;
    assert_eq!(event_named(&mut watcher, "written", None).await["shape"], json!([1]));
    writer.does("f.close()").await;
    event_named(&mut watcher, "file_changed", Some("writer_closed")).await;
}

#[tokio::test]
async fn marks_of_writers_that_died_before_are_said_and_taken_away() {
    let server = Setup::new().start().await;
    let path = server.path("run.h5");
    let name = path.to_str().unwrap();
    let mut socket = RawSocket::connect(&server).await;
    let write = about(&json!({"command": "write", "path": "/new", "data": [1]}));

    let mut writer = writer(&server).await;
    writer.does("add(d, [1, 2, 3])").await;
    writer.kill().await;
    assert_eq!(read(&mut socket, "/d").await, json!([1, 2, 3]));
    let refused = socket.ask(&write).await;
    assert_eq!(refused["code"], "read_only", "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("hdf5-async recover"), "{refused}");
    assert_eq!(socket.ok(about(&json!({"command": "close_file"}))).await["closed"], true);
    let recovered = Program::new(&["recover", name, "--json"]).run().await;
    let report: Value = serde_json::from_str(&recovered.out).unwrap();
    assert_eq!(report["cleared_mark"], true, "{recovered:?}");
    socket.ok(write.clone()).await;
    assert_eq!(socket.ok(about(&json!({"command": "close_file"}))).await["closed"], true);

    // One that writes as usual leaves a mark, too, in files of the newest format.
    let mut writer = Steps::about(&path);
    writer.does("f = h5py.File(path, 'r+', libver='latest')").await;
    writer.kill().await;
    let refused = socket.ask(&write).await;
    assert_eq!(refused["code"], "file_locked", "{refused}");
    assert!(refused["message"].as_str().unwrap().contains("hdf5-async recover"), "{refused}");
    assert_eq!(Program::new(&["recover", name]).run().await.code, Some(0));
    socket.ok(write).await;
    assert!(Program::new(&["recover", name]).run().await.code != Some(0), "a server has it");
    let judged =
        server.judged("run.h5", "result = [f['d'][:].tolist(), f['new'][:].tolist()]").await;
    assert_eq!(judged, json!([[1, 2, 3], [1]]));
}
