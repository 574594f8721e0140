//! Writes to virtual datasets with elements in other files: none of it lost, made twice, or out of order.

use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, TestServer, within};
use serde_json::{Value, json};

/// `/v` of `all.h5` is ten elements of its own file, ten of `a.h5` and ten of `b.h5`.
fn divided() -> Setup {
    let zeros = "f['x'] = np.zeros(10, '<i4')";
    Setup::new().file("a.h5", zeros).file("b.h5", zeros).file(
        "all.h5",
        "
        f['own'] = np.zeros(10, '<i4')
        layout = h5py.VirtualLayout((30,), '<i4')
        for i, (name, path) in enumerate((('.', 'own'), ('a.h5', 'x'), ('b.h5', 'x'))):
            layout[10 * i:10 * i + 10] = h5py.VirtualSource(name, path, (10,))
        f.create_virtual_dataset('v', layout, fillvalue=-1)",
    )
}

fn update(file: &str, path: &str, selection: &str, data: &Value) -> Value {
    json!({"command": "update", "file": file, "path": path, "selection": selection, "data": data})
}

fn keyed(mut request: Value, key: &str) -> Value {
    request["request_key"] = key.into();
    request
}

async fn read(socket: &mut RawSocket, file: &str, path: &str) -> Value {
    let read = json!({"command": "read", "file": file, "path": path});
    socket.ok(read).await["data"].clone()
}

fn files(answer: &Value) -> Vec<&str> {
    let sources = answer["sources"].as_array().unwrap();
    sources.iter().map(|source| source["file"].as_str().unwrap()).collect()
}

/// Makes the source in `b.h5` one of this datatype.
async fn made_anew(socket: &mut RawSocket, datatype: &str) {
    let mut request = json!({"command": "delete", "file": "b.h5", "path": "/x"});
    socket.ok(request.clone()).await;
    request["command"] = "create_dataset".into();
    (request["datatype"], request["shape"]) = (datatype.into(), json!([10]));
    socket.ok(request).await;
}

#[tokio::test]
async fn a_part_that_was_not_written_is_written_when_the_request_is_repeated() {
    let server = divided().start().await;
    let mut socket = RawSocket::connect(&server).await;
    made_anew(&mut socket, "|i1").await;
    let write = keyed(update("all.h5", "/v", ":", &json!(1000)), "one");
    let failed = socket.ask(&write).await;
    assert_eq!((&failed["code"], &failed["outcome"]), (&json!("invalid_value"), &json!("unknown")));
    assert!(failed["message"].as_str().unwrap().contains(r#"["all.h5", "a.h5"]"#), "{failed}");

    made_anew(&mut socket, "<i4").await;
    socket.ok(update("all.h5", "/own", "0", &json!(2))).await;
    socket.ok(update("a.h5", "/x", "0", &json!(2))).await;
    for _ in 0..2 {
        assert_eq!(files(&socket.ok(write.clone()).await), ["all.h5", "a.h5", "b.h5"]);
        let made_before = json!([2, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000]);
        assert_eq!(read(&mut socket, "all.h5", "/own").await, made_before);
        assert_eq!(read(&mut socket, "a.h5", "/x").await, made_before);
        assert_eq!(read(&mut socket, "b.h5", "/x").await, json!(vec![1000; 10]));
    }
}

#[tokio::test]
async fn a_write_that_was_made_is_answered_again_whatever_has_become_of_the_virtual_dataset() {
    let server = divided().start().await;
    let mut socket = RawSocket::connect(&server).await;
    let write = keyed(update("all.h5", "/v", ":", &json!(1)), "one");
    let answer = socket.ok(write.clone()).await;
    socket.ok(json!({"command": "delete", "file": "all.h5", "path": "/v"})).await;
    let ordinary = json!({"command": "write", "file": "all.h5", "path": "/v", "data": vec![7; 30]});
    socket.ok(ordinary).await;
    let again = socket.ok(write).await;
    assert_eq!((&again["sources"], &again["shape"]), (&answer["sources"], &json!([30])));
    assert_eq!(read(&mut socket, "all.h5", "/v").await, json!(vec![7; 30]));
}

#[tokio::test]
async fn a_part_that_was_answered_before_it_was_safe_and_is_lost_is_written_again() {
    let server = divided().option("--applied-commit-ms", 3_600_000).start().await;
    let mut socket = RawSocket::connect(&server).await;
    // What opening the file stirs up is over.
    socket.ok(update("a.h5", "/x", "0", &json!(0))).await;
    socket.ok(json!({"command": "flush", "file": "a.h5"})).await;
    let mut write = keyed(update("all.h5", "/v", ":", &json!(1)), "one");
    write["durability"] = "applied".into();
    assert_eq!(socket.ok(write.clone()).await["durability"], "applied");
    let victim = server.worker("a.h5");
    victim.signal("KILL");
    within("the end of the worker", victim.ended()).await;
    write["durability"] = "commit".into();
    let answer = loop {
        let answer = socket.ask(&write).await;
        if answer["code"] != "worker_lost" {
            break answer;
        }
    };
    assert_eq!(answer["durability"], "commit", "{answer}");
    assert_eq!(read(&mut socket, "a.h5", "/x").await, json!(vec![1; 10]));
}

#[tokio::test]
async fn a_source_that_is_named_in_several_ways_is_written_whole() {
    let setup = Setup::new().file("a.h5", "f['x'] = np.zeros(8, '<i4')").file(
        "sub.h5",
        "
        layout = h5py.VirtualLayout((8,), '<i4')
        folder = f.filename.rpartition('/')[0]
        for i, name in enumerate(('a.h5', './a.h5', 'link.h5', f'{folder}/a.h5')):
            layout[2 * i:2 * i + 2] = h5py.VirtualSource(name, 'x', (8,))[2 * i:2 * i + 2]
        f.create_virtual_dataset('v', layout, fillvalue=-1)",
    );
    std::os::unix::fs::symlink("a.h5", setup.path("link.h5")).unwrap();
    let server = setup.start().await;
    let mut socket = RawSocket::connect(&server).await;
    let data = json!([1, 2, 3, 4, 5, 6, 7, 8]);
    let answer = socket.ok(keyed(update("sub.h5", "/v", ":", &data), "one")).await;
    assert_eq!(files(&answer), ["a.h5"]);
    assert_eq!(read(&mut socket, "a.h5", "/x").await, data);
    assert_eq!(read(&mut socket, "sub.h5", "/v").await, data, "also what is not in the file yet");
}

#[tokio::test]
async fn writes_through_a_virtual_dataset_are_made_in_the_order_in_which_they_were_sent() {
    const SOURCES: usize = 12;
    let setup = (0..SOURCES).fold(Setup::new(), |setup, number| {
        setup.file(&format!("{number}.h5"), "f['x'] = np.zeros(2, '<i4')")
    });
    let script = format!(
        "
        for name, first in (('long', 0), ('short', {SOURCES} - 1)):
            layout = h5py.VirtualLayout(({SOURCES} - first, 2), '<i4')
            for i in range(first, {SOURCES}):
                layout[i - first] = h5py.VirtualSource(f'{{i}}.h5', 'x', (2,))
            f.create_virtual_dataset(name, layout)"
    );
    let server = setup.file("all.h5", &script).start().await;
    let mut socket = RawSocket::connect(&server).await;
    // The last source is the first's last, and the only one of the second.
    for (path, data) in [("/long", 1), ("/short", 2)] {
        let mut write = update("all.h5", path, ":", &json!(data));
        write["id"] = path.into();
        socket.text(&write.to_string()).await;
    }
    for _ in 0..2 {
        let answer = socket.json().await;
        assert_eq!(answer["status"], "success", "{answer}");
    }
    let last = format!("{}.h5", SOURCES - 1);
    assert_eq!(read(&mut socket, &last, "/x").await, json!([2, 2]));
}

#[tokio::test]
async fn the_answer_is_not_older_than_what_was_written() {
    let server = divided().start().await;
    let mut socket = RawSocket::connect(&server).await;
    for key in [None, Some("one")] {
        let write = update("all.h5", "/v", "9:12", &json!([1, 2, 3]));
        let write = key.map_or(write.clone(), |key| keyed(write, key));
        let answer = socket.ok(write).await;
        let own = &answer["sources"][0];
        assert_eq!((&own["file"], &own["seq"]), (&json!("all.h5"), &answer["seq"]), "{answer}");
        assert_eq!(position_of_last_event(&server, &answer).await, answer["seq"]);
    }
}

/// What a subscriber is told who already knows what came before the answer.
async fn position_of_last_event(server: &TestServer, answer: &Value) -> Value {
    let mut listener = RawSocket::connect(server).await;
    let since = answer["seq"].as_u64().unwrap() - 1;
    let subscribe = json!({"command": "subscribe", "file": "all.h5", "since": {"epoch": answer["epoch"], "seq": since}});
    listener.ok(subscribe).await;
    within("the event of the write", listener.json()).await["seq"].clone()
}

#[tokio::test]
async fn sources_of_one_element_are_written() {
    let setup = Setup::new()
        .file("a.h5", "f['x'] = np.zeros(1, '<i4'); f['y'] = np.zeros((1, 1), '<i4')")
        .file(
            "all.h5",
            "
            layout = h5py.VirtualLayout((2,), '<i4')
            layout[0] = h5py.VirtualSource('a.h5', 'x', (1,))
            layout[1] = h5py.VirtualSource('a.h5', 'y', (1, 1))
            f.create_virtual_dataset('v', layout)",
        );
    let server = setup.start().await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(update("all.h5", "/v", ":", &json!([1, 2]))).await;
    assert_eq!(read(&mut socket, "a.h5", "/x").await, json!([1]));
    assert_eq!(read(&mut socket, "a.h5", "/y").await, json!([[2]]));
}

#[tokio::test]
async fn a_file_with_two_names_is_written_by_one_of_them_and_read_by_both() {
    let setup = divided();
    std::os::unix::fs::symlink("a.h5", setup.path("latest.h5")).unwrap();
    let server = setup.start().await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(update("latest.h5", "/x", "0", &json!(1))).await;
    let other = update("a.h5", "/x", "1", &json!(2));
    assert_eq!(socket.refused(other).await, "read_only");
    // What is open is told of changes, and what it answers meanwhile has to be asked again.
    socket.ok(json!({"command": "close_file", "file": "a.h5"})).await;
    let through = socket.ok(update("all.h5", "/v", "11", &json!(3))).await;
    assert_eq!(files(&through), ["latest.h5"], "by which it is open");
    socket.ok(json!({"command": "flush", "file": "latest.h5"})).await;
    let expected = json!([1, 3, 0, 0, 0, 0, 0, 0, 0, 0]);
    for name in ["latest.h5", "a.h5"] {
        assert_eq!(read(&mut socket, name, "/x").await, expected, "{name}");
    }
}

#[tokio::test]
async fn a_part_is_known_again_whichever_name_its_file_has_by_then() {
    let setup = divided();
    std::os::unix::fs::symlink("a.h5", setup.path("latest.h5")).unwrap();
    let server = setup.start().await;
    let mut socket = RawSocket::connect(&server).await;
    made_anew(&mut socket, "|i1").await;
    socket.ok(update("latest.h5", "/x", "9", &json!(5))).await;
    let write = keyed(update("all.h5", "/v", ":", &json!(1000)), "one");
    let failed = socket.ask(&write).await;
    assert!(failed["message"].as_str().unwrap().contains(r#"["all.h5", "latest.h5"]"#), "{failed}");
    // Workers that notice the server's end close their files, and forget what was asked.
    server.process().signal("STOP");
    for (worker, _) in server.workers() {
        worker.signal("KILL");
    }
    let server = server.restart().await;
    let mut socket = RawSocket::connect(&server).await;
    made_anew(&mut socket, "<i4").await;
    socket.ok(update("a.h5", "/x", "0", &json!(2))).await;
    assert_eq!(files(&socket.ok(write).await), ["all.h5", "a.h5", "b.h5"]);
    let made_before = json!([2, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000]);
    assert_eq!(read(&mut socket, "a.h5", "/x").await, made_before);
}
