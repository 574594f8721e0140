//! Links and objects that are linked, moved, copied and renamed; what others hear of it, and what h5py finds.

use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, TestServer};
use serde_json::{Value, json};

/// A session that hears everything, and another one that has just been told of the subscription.
async fn listened(server: &TestServer) -> (RawSocket, RawSocket) {
    let mut listener = RawSocket::connect(server).await;
    listener.ok(json!({"command": "subscribe", "file": "a.h5"})).await;
    (listener, RawSocket::connect(server).await)
}

/// What is left of the next event without what every event has.
async fn told(listener: &mut RawSocket) -> Value {
    let mut event = listener.json().await;
    for field in ["file", "epoch", "seq", "session", "time"] {
        assert!(event.as_object_mut().unwrap().remove(field).is_some(), "{event}");
    }
    event
}

#[tokio::test]
async fn links_of_every_kind_are_made_and_told() {
    let server = Setup::new().file("a.h5", "f['g/d'] = np.arange(3)").start().await;
    let (mut listener, mut socket) = listened(&server).await;
    let requests = [
        json!({"command": "link", "path": "/new/hard", "target": "/g/d"}),
        json!({"command": "link", "path": "/g/soft", "kind": "soft", "target": "d"}),
        json!({"command": "link", "path": "/lost", "kind": "soft", "target": "/no/where"}),
        json!({"command": "link", "path": "/ext", "kind": "external", "target_file": "../b ö.h5", "target": "/x"}),
        json!({"command": "link", "path": "/g/circle", "target": "/g"}),
    ];
    for request in requests {
        socket.ok(request).await;
    }
    let expected = [
        json!({"event": "created", "path": "/new", "kind": "group"}),
        json!({"event": "created", "path": "/new/hard", "kind": "dataset"}),
        json!({"event": "created", "path": "/g/soft", "kind": "dataset", "link": {"kind": "soft", "target": "d"}}),
        json!({"event": "created", "path": "/lost", "link": {"kind": "soft", "target": "/no/where"}}),
        json!({"event": "created", "path": "/ext",
               "link": {"kind": "external", "file": "../b ö.h5", "target": "/x"}}),
        json!({"event": "created", "path": "/g/circle", "kind": "group"}),
    ];
    for event in expected {
        assert_eq!(told(&mut listener).await, event);
    }
    // A circle is a group like any other, however often it is gone round.
    let deep = format!("/g{}/d", "/circle".repeat(300));
    let read = socket.ok(json!({"command": "read", "path": deep})).await;
    assert_eq!(read["data"], json!([0, 1, 2]));
    let found = server
        .judged(
            "a.h5",
            "
            get = lambda path: f.get(path, getlink=True)
            result = [f['new/hard'] == f['g/d'], f['g/soft'][()].tolist(), get('g/soft').path, get('lost').path,
                      get('ext').filename, get('ext').path, f['g/circle'] == f['g'], h5py.h5o.get_info(f['g/d'].id).rc]
            ",
        )
        .await;
    let expected = json!([true, [0, 1, 2], "d", "/no/where", "../b ö.h5", "/x", true, 2]);
    assert_eq!(found, expected);
}

#[tokio::test]
async fn links_that_cannot_be_are_refused_and_leave_nothing() {
    let server = Setup::new()
        .file("a.h5", "f['g/d'] = 1; f['lost'] = h5py.SoftLink('/no'); f['ext'] = h5py.ExternalLink('b', '/x')")
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    let long = "x".repeat(17_000);
    for (request, code) in [
        (json!({"path": "/g/d", "target": "/g"}), "already_exists"),
        (json!({"path": "/", "target": "/g"}), "already_exists"),
        (json!({"path": "/lost", "target": "/g"}), "already_exists"),
        (json!({"path": "/ext", "kind": "soft", "target": "/g"}), "already_exists"),
        (json!({"path": "/g/d/x", "target": "/g"}), "wrong_kind"),
        (json!({"path": "/lost/x", "target": "/g"}), "not_found"),
        (json!({"path": "/n/x", "target": "/none"}), "not_found"),
        (json!({"path": "/n/x", "target": "/lost"}), "not_found"),
        (json!({"path": "/n/x", "target": ""}), "invalid_request"),
        (json!({"path": "/n/x", "target": "a\u{0}b"}), "invalid_request"),
        (json!({"path": "/n/x", "target": long}), "invalid_request"),
        (json!({"path": "/n/x", "kind": "soft", "target": ""}), "invalid_request"),
        (json!({"path": "/n/x", "kind": "soft", "target": "a\u{0}b"}), "invalid_request"),
        (
            json!({"path": "/n/x", "kind": "soft", "target": "/g", "target_file": "b"}),
            "invalid_request",
        ),
        (json!({"path": "/n/x", "kind": "external", "target": "/g"}), "invalid_request"),
        (
            json!({"path": "/n/x", "kind": "external", "target": "/g", "target_file": ""}),
            "invalid_request",
        ),
        (
            json!({"path": "/n/x", "kind": "external", "target": "/g", "target_file": "b\u{0}"}),
            "invalid_request",
        ),
        (json!({"path": "/n/x", "kind": "user_defined", "target": "/g"}), "invalid_request"),
        (json!({"path": "/n/x"}), "invalid_request"),
    ] {
        let mut request = request;
        request["command"] = json!("link");
        assert_eq!(socket.refused(request.clone()).await, code, "{request}");
    }
    let names = server.judged("a.h5", "result = [list(f), list(f['g'])]").await;
    assert_eq!(names, json!([["ext", "g", "lost"], ["d"]]));
}

#[tokio::test]
async fn a_move_takes_everything_along_and_is_one_event() {
    let server = Setup::new()
        .file(
            "a.h5",
            "
            f['a/b/d'] = np.arange(4); f['a'].attrs['n'] = 1; f['other'] = 5
            f['soft'] = h5py.SoftLink('/a'); f['lost'] = h5py.SoftLink('nowhere')
            ",
        )
        .start()
        .await;
    let (mut listener, mut socket) = listened(&server).await;
    // What was read before must not be found at the old place, nor missed at the new one.
    socket.ok(json!({"command": "read", "path": "/a/b/d"})).await;
    let moved = socket.ok(json!({"command": "move", "path": "/a", "to": "/x/y/a2"})).await;
    assert_eq!(
        told(&mut listener).await,
        json!({"event": "created", "path": "/x", "kind": "group"})
    );
    assert_eq!(
        told(&mut listener).await,
        json!({"event": "created", "path": "/x/y", "kind": "group"})
    );
    let event = listener.json().await;
    assert_eq!(
        (&event["event"], &event["path"], &event["to"]),
        (&json!("moved"), &json!("/a"), &json!("/x/y/a2"))
    );
    assert_eq!(event["seq"], moved["seq"]);
    assert_eq!(socket.refused(json!({"command": "read", "path": "/a/b/d"})).await, "not_found");
    let read = socket.ok(json!({"command": "read", "path": "/x/y/a2/b/d"})).await;
    assert_eq!(read["data"], json!([0, 1, 2, 3]));
    // A link that leads nowhere is moved as it is; a path through a soft link is told where it really is.
    socket.ok(json!({"command": "move", "path": "/lost", "to": "/found"})).await;
    assert_eq!(
        told(&mut listener).await,
        json!({"event": "moved", "path": "/lost", "to": "/found"})
    );
    socket.ok(json!({"command": "move", "path": "/soft", "to": "/x/soft"})).await;
    socket.ok(json!({"command": "link", "path": "/to_x", "kind": "soft", "target": "/x"})).await;
    socket.ok(json!({"command": "move", "path": "/other", "to": "/to_x/other"})).await;
    told(&mut listener).await;
    told(&mut listener).await;
    assert_eq!(
        told(&mut listener).await,
        json!({"event": "moved", "path": "/other", "to": "/x/other"})
    );
    let found = server
        .judged(
            "a.h5",
            "
            result = [sorted(f), sorted(f['x']), int(f['x/y/a2'].attrs['n']), f['x/y/a2/b/d'][()].tolist(),
                      f.get('found', getlink=True).path, int(f['x/other'][()])]
            ",
        )
        .await;
    let expected =
        json!([["found", "to_x", "x"], ["other", "soft", "y"], 1, [0, 1, 2, 3], "nowhere", 5]);
    assert_eq!(found, expected);
}

#[tokio::test]
async fn moves_that_would_lose_something_are_refused() {
    let server = Setup::new()
        .file(
            "a.h5",
            "f['a/b/d'] = 1; f['c'] = 2; f['a/round'] = f['a']; f['l'] = h5py.SoftLink('/no')",
        )
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    for (path, to, code) in [
        ("/", "/x", "invalid_request"),
        ("/a", "/", "already_exists"),
        ("/a", "/c", "already_exists"),
        ("/a", "/a", "already_exists"),
        ("/a", "/l", "already_exists"),
        ("/a", "/a/b/x", "invalid_request"),
        ("/a", "/a/new/x", "invalid_request"),
        ("/a", "/a/round/x", "invalid_request"),
        ("/a", "/c/x", "wrong_kind"),
        ("/none", "/x", "not_found"),
        ("/a/none", "/x", "not_found"),
        ("/l/x", "/x", "not_found"),
    ] {
        let request = json!({"command": "move", "path": path, "to": to});
        assert_eq!(socket.refused(request).await, code, "{path} to {to}");
    }
    let found =
        server.judged("a.h5", "result = [sorted(f), sorted(f['a']), sorted(f['a/b'])]").await;
    assert_eq!(found, json!([["a", "c", "l"], ["b", "round"], ["d"]]));
}

/// What is below a group, to compare.
const SHOWN: &str = "
            def shown(g):
                names = {}
                def note(name):
                    link = g.get(name, getlink=True)
                    kind = type(link).__name__
                    item = g[name] if isinstance(link, h5py.HardLink) else None
                    facts = [kind]
                    if isinstance(item, h5py.Dataset):
                        facts += [item.dtype.str, item.shape, item.chunks, item.compression, dict(item.attrs)]
                        if h5py.check_ref_dtype(item.dtype):
                            facts.append([f[r].shape if r else None for r in item[()]])
                        else:
                            facts.append(item.asstr()[()] if item.dtype.hasobject else item[()].tolist())
                    elif isinstance(link, h5py.SoftLink):
                        facts.append(link.path)
                    names[name] = facts
                g.visit_links(note)
                return [names, {k: int(v) for k, v in g.attrs.items()}]
";

const FILE_TO_COPY: &str = "
    g = f.create_group('g'); g.attrs['n'] = 7
    g.create_dataset('d', data=np.arange(20000.), chunks=(100,), compression='gzip', shuffle=True)
    g['d'].attrs['unit'] = 'm'
    g['deep/er/x'] = 'text'
    g['soft'] = h5py.SoftLink('/target'); g['lost'] = h5py.SoftLink('/nowhere')
    g['ext'] = h5py.ExternalLink('outside.h5', '/secret')
    f['target'] = np.arange(3)
    g['refs'] = np.array([f['target'].ref, g['d'].ref], h5py.ref_dtype)
    g['round'] = g
";

#[tokio::test]
async fn copies_are_those_of_h5py_with_every_option() {
    let server = Setup::new()
        .file("a.h5", FILE_TO_COPY)
        .file("outside.h5", "f['secret/more'] = 5")
        .start()
        .await;
    let (mut listener, mut socket) = listened(&server).await;
    let options = ["shallow", "expand_soft", "expand_refs", "without_attrs"];
    socket
        .ok(json!({"command": "copy", "path": "/g", "to": "/copies/plain", "file": "a.h5"}))
        .await;
    assert_eq!(
        told(&mut listener).await,
        json!({"event": "created", "path": "/copies", "kind": "group"})
    );
    assert_eq!(
        told(&mut listener).await,
        json!({"event": "created", "path": "/copies/plain", "kind": "group"})
    );
    for option in options {
        let path = format!("/copies/{option}");
        let request =
            json!({"command": "copy", "path": "/g", "to": path, option: true, "file": "a.h5"});
        socket.ok(request).await;
        assert_eq!(
            told(&mut listener).await,
            json!({"event": "created", "path": path, "kind": "group"})
        );
    }
    socket.ok(json!({"command": "copy", "path": "/g/d", "to": "/copies/d", "file": "a.h5"})).await;
    let found = server
        .judged(
            "a.h5",
            &format!(
                "{SHOWN}{}",
                "
            result = {}
            for option in ['plain', 'shallow', 'expand_soft', 'expand_refs', 'without_attrs']:
                f.close() if f else None
                f = h5py.File(path, 'r+')
                mine = shown(f['copies'][option])
                f.move('copies/' + option, 'mine')
                if 'theirs' in f: del f['theirs']
                f.copy('g', 'copies/' + option, **({} if option == 'plain' else {option: True}))
                theirs = shown(f['copies'][option])
                result[option] = True if mine == theirs else [mine, theirs]
                del f['mine']
            "
            ),
        )
        .await;
    let equal = json!({"plain": true, "shallow": true, "expand_soft": true, "expand_refs": true, "without_attrs": true});
    assert_eq!(found, equal);
}

#[tokio::test]
async fn copies_that_cannot_be_are_refused() {
    let server = Setup::new().file("a.h5", FILE_TO_COPY).argument("--read-only").start().await;
    let mut socket = RawSocket::connect(&server).await;
    for request in [
        json!({"command": "copy", "path": "/g", "to": "/x"}),
        json!({"command": "move", "path": "/g", "to": "/x"}),
        json!({"command": "link", "path": "/x", "target": "/g"}),
        json!({"command": "rename_attribute", "path": "/g", "name": "n", "to": "m"}),
    ] {
        assert_eq!(socket.refused(request.clone()).await, "read_only", "{request}");
    }
    let server = Setup::new()
        .file("a.h5", FILE_TO_COPY)
        .file("outside.h5", "f['secret/more'] = 5")
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    for (path, to, code) in [
        ("/none", "/x", "not_found"),
        ("/g/lost", "/x", "not_found"),
        ("/g", "/target", "already_exists"),
        ("/g", "/g/lost", "already_exists"),
        ("/g", "/", "already_exists"),
        ("/g", "/target/x", "wrong_kind"),
    ] {
        let request = json!({"command": "copy", "path": path, "to": to, "file": "a.h5"});
        assert_eq!(socket.refused(request).await, code, "{path} to {to}");
    }
    // Nothing outside of the file is reached on the way of a soft link.
    let through = json!({"command": "link", "path": "/t/through", "kind": "soft", "target": "/g/ext/more", "file": "a.h5"});
    socket.ok(through).await;
    let request =
        json!({"command": "copy", "path": "/t", "to": "/t2", "expand_soft": true, "file": "a.h5"});
    assert_eq!(socket.refused(request).await, "hdf5");
    socket.ok(json!({"command": "delete", "path": "/t", "file": "a.h5"})).await;
    // A group may be copied into itself, and the root group into the file.
    socket.ok(json!({"command": "copy", "path": "/g", "to": "/g/inside", "file": "a.h5"})).await;
    socket.ok(json!({"command": "copy", "path": "/", "to": "/everything", "file": "a.h5"})).await;
    let found = server
        .judged("a.h5", "result = [sorted(f['g/inside']) == sorted(set(f['g']) - {'inside'}), sorted(f['everything'])]")
        .await;
    assert_eq!(found, json!([true, ["g", "target"]]));
}

#[tokio::test]
async fn renamed_attributes_keep_everything_but_the_name() {
    let script = "
        f['d'] = 1; f['d'].attrs['a'] = np.arange(3, dtype='>i2'); f['d'].attrs['b'] = 'x'
        f['d'].attrs['long'] = np.zeros(5000)";
    let server = Setup::new().file("a.h5", script).start().await;
    let mut listener = RawSocket::connect(&server).await;
    listener.ok(json!({"command": "subscribe", "data": true})).await;
    let mut socket = RawSocket::connect(&server).await;
    let rename = |name: &str, to: &str| json!({"command": "rename_attribute", "path": "/d", "name": name, "to": to});
    socket.ok(rename("a", "größe")).await;
    assert_eq!(
        told(&mut listener).await,
        json!({"event": "attribute_deleted", "path": "/d", "name": "a"})
    );
    let written = json!({
        "event": "attribute_written", "path": "/d", "name": "größe", "values": {"datatype": ">i2", "data": [0, 1, 2]}
    });
    assert_eq!(told(&mut listener).await, written);
    socket.ok(rename("b", "b")).await;
    socket.ok(rename("long", "longer")).await;
    assert_eq!(told(&mut listener).await["name"], "long");
    assert_eq!(
        told(&mut listener).await,
        json!({"event": "attribute_written", "path": "/d", "name": "longer"})
    );
    for (name, to, code) in [
        ("none", "x", "not_found"),
        ("b", "longer", "already_exists"),
        ("b", "", "invalid_request"),
        ("b", "a\u{0}b", "invalid_request"),
    ] {
        assert_eq!(socket.refused(rename(name, to)).await, code, "{name} to {to}");
    }
    let missing = json!({"command": "rename_attribute", "path": "/none", "name": "a", "to": "b"});
    assert_eq!(socket.refused(missing).await, "not_found");
    let found = server
        .judged(
            "a.h5",
            "a = f['d'].attrs; result = [sorted(a), a['größe'].dtype.str, a['größe'].tolist()]",
        )
        .await;
    assert_eq!(found, json!([["b", "größe", "longer"], ">i2", [0, 1, 2]]));
}

#[tokio::test]
async fn a_group_can_remember_the_order_of_creation() {
    let (server, mut socket) = TestServer::with_empty_file().await;
    for (group, track) in [("/tracked", true), ("/plain", false)] {
        socket.ok(json!({"command": "create_group", "path": group, "track_order": track})).await;
        for number in [3, 1, 2, 10, 11, 12, 13, 14, 15, 16, 4] {
            let path = format!("{group}/{number}");
            socket.ok(json!({"command": "create_group", "path": path})).await;
            let name = number.to_string();
            let write =
                json!({"command": "write_attribute", "path": group, "name": name, "data": number});
            socket.ok(write).await;
        }
    }
    let created = ["3", "1", "2", "10", "11", "12", "13", "14", "15", "16", "4"];
    let mut by_name = created;
    by_name.sort_unstable();
    for (group, order, expected) in [
        ("/tracked", "creation", created),
        ("/tracked", "name", by_name),
        ("/plain", "creation", by_name),
    ] {
        let list = socket.ok(json!({"command": "list", "path": group, "order": order})).await;
        let names: Vec<&str> = list["children"]
            .as_array()
            .unwrap()
            .iter()
            .map(|child| child["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected, "{group} by {order}");
    }
    for (group, expected) in [("/tracked", created), ("/plain", by_name)] {
        let found = socket.ok(json!({"command": "attributes", "path": group})).await;
        let names: Vec<&str> = found["attributes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, expected, "{group}");
    }
    let found = server
        .judged("a.h5", "result = [list(f['tracked']), list(f['tracked'].attrs), list(f['plain'])]")
        .await;
    assert_eq!(found, json!([created, created, by_name]));
}
