//! Copies between files: as h5py makes them, with every option, of one moment, and never from outside of what is served.

use hdf5_async_tests::raw::{Heard, RawSocket};
use hdf5_async_tests::{Setup, h5py_with};
use serde_json::{Value, json};

/// The file that is copied from, with links into two others and references between its objects.
const SOURCE: &str = "
    g = f.create_group('g'); g.attrs['n'] = 7
    g.create_dataset('d', data=np.arange(20000.), chunks=(100,), compression='gzip', shuffle=True)
    g['d'].attrs['unit'] = 'm'
    g['deep/er/x'] = 'text'
    g['text'] = ['a', 'longer', '']
    g.create_dataset('ragged', (3,), h5py.vlen_dtype('<i4'))[:] = [[1], [], [2, 3]]
    g['soft'] = h5py.SoftLink('/target'); g['lost'] = h5py.SoftLink('/nowhere')
    g['ext'] = h5py.ExternalLink('outside.h5', '/secret')
    g['far'] = h5py.ExternalLink('sub/far.h5', '/x')
    g['missing'] = h5py.ExternalLink('missing.h5', '/x')
    f['target'] = np.arange(3)
    f['type'] = np.dtype('<i2')
    g.create_dataset('typed', data=[1, 2], dtype=f['type'])
    g['refs'] = np.array([f['target'].ref, g['d'].ref], h5py.ref_dtype)
    g['d'].attrs['target'] = f['target'].ref
    g['round'] = g
";

/// What is at and below an object, as a list that two files can be compared by.
const SHOWN: &str = "
def shown(top):
    file, seen, out = top.file, {}, []
    def value(v):
        if isinstance(v, h5py.Reference):
            return [file[v].shape, raw(np.asarray(file[v][()]))] if v else None
        if isinstance(v, np.ndarray) and v.dtype.hasobject:
            return [value(x) for x in v.ravel()]
        return v.decode() if isinstance(v, bytes) else raw(np.asarray(v)) if not isinstance(v, str) else v
    def show(name, link, o):
        entry = [name, type(link).__name__, getattr(link, 'path', None), getattr(link, 'filename', None)]
        if o is None or not isinstance(link, h5py.HardLink):
            out.append(entry); return
        key = h5py.h5o.get_info(o.id).addr
        if key in seen:
            out.append(entry + ['as', seen[key]]); return
        seen[key] = name
        entry += [type(o).__name__, {k: value(o.attrs[k]) for k in sorted(o.attrs)}]
        if isinstance(o, h5py.Dataset):
            entry += [o.dtype.str, o.shape, o.chunks, o.compression, value(o[()]), o.id.get_type().committed()]
        out.append(entry)
        if isinstance(o, h5py.Group):
            for k in sorted(o):
                child = o.get(k, getlink=True)
                show(f'{name}/{k}', child, o[k] if isinstance(child, h5py.HardLink) else None)
    show('', h5py.HardLink(), top)
    return out
";

const OPTIONS: [&str; 5] =
    ["shallow", "expand_soft", "expand_external", "expand_refs", "without_attrs"];

fn setup() -> Setup {
    let setup = Setup::new()
        .file("source.h5", SOURCE)
        .file(
            "outside.h5",
            "f['secret/more'] = 5; f['secret/back'] = h5py.ExternalLink('source.h5', '/target')",
        )
        .file("target.h5", "f['here'] = 1");
    std::fs::create_dir(setup.path("sub")).unwrap();
    let far = "f = h5py.File(path, 'w'); f['x'] = np.arange(5); f.close()";
    hdf5_async_tests::h5py(&setup.path("sub/far.h5"), far);
    setup
}

/// Names of the copies, and the options that each is made with: none, each, pairs, all.
fn variants() -> Vec<(String, Vec<&'static str>)> {
    let mut variants = vec![("plain".to_owned(), Vec::new()), ("all".to_owned(), OPTIONS.to_vec())];
    for (number, first) in OPTIONS.into_iter().enumerate() {
        variants.push((first.to_owned(), vec![first]));
        for second in &OPTIONS[number + 1..] {
            variants.push((format!("{first}_{second}"), vec![first, second]));
        }
    }
    variants
}

#[tokio::test]
async fn copies_between_files_are_those_of_h5py_with_every_option() {
    let server = setup().start().await;
    let mut listener = RawSocket::connect(&server).await;
    listener.ok(json!({"command": "subscribe", "file": "target.h5"})).await;
    let mut socket = RawSocket::connect(&server).await;
    for (name, options) in variants() {
        let to = format!("/copies/{name}");
        let mut request = json!({"command": "copy", "path": "/g", "to": to, "file": "target.h5", "from_file": "source.h5"});
        for option in &options {
            request[*option] = json!(true);
        }
        let answer = socket.ok(request).await;
        assert_eq!(answer.get("file"), None);
        loop {
            let event = listener.json().await;
            if event["path"] == json!(to) {
                assert_eq!((&event["event"], &event["kind"]), (&json!("created"), &json!("group")));
                break;
            }
            assert_eq!(event["path"], "/copies");
        }
    }
    let mut server = server;
    assert!(server.terminate().await.success());
    let given: Vec<Value> =
        variants().iter().map(|(name, options)| json!([name, options])).collect();
    let script = format!(
        "{SHOWN}{}",
        "
import os
folder = os.path.dirname(path)
os.chdir(folder)
result = {}
source, twin, f = h5py.File('source.h5'), h5py.File('twin.h5', 'w'), h5py.File(path)
for name, options in given:
    source.copy('g', twin, name, **{option: True for option in options})
    mine, theirs = shown(f['copies'][name]), shown(twin[name])
    result[name] = True if mine == theirs else [x for x in zip(mine, theirs) if x[0] != x[1]]
"
    );
    let found = h5py_with(&server.path("target.h5"), &json!(given), &script);
    let equal: serde_json::Map<String, Value> =
        variants().into_iter().map(|(name, _)| (name, json!(true))).collect();
    assert_eq!(found, Value::Object(equal));
}

#[tokio::test]
async fn what_was_just_answered_is_copied_and_links_lead_copies_from_file_to_file() {
    let server = setup().start().await;
    let mut socket = RawSocket::connect(&server).await;
    for number in 0..5 {
        let write = json!({"command": "write", "file": "source.h5", "path": "/fresh/x", "data": vec![number; 4000]});
        let write = if number % 2 == 0 { write } else { with_durability(write) };
        socket.ok(write).await;
        let to = format!("/fresh{number}");
        socket.ok(json!({"command": "copy", "file": "target.h5", "from_file": "source.h5", "path": "/fresh", "to": to})).await;
        let read = json!({"command": "read", "file": "target.h5", "path": format!("{to}/x"), "selection": "-1"});
        assert_eq!(socket.ok(read).await["data"], number);
    }
    let copy = |fields: Value| {
        let mut request = json!({"command": "copy", "file": "source.h5"});
        request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        request
    };
    // From where the path leads, to where the other does; the answer is the other file's.
    let out = socket.ok(copy(json!({"path": "/target", "to": "/g/ext/copied"}))).await;
    assert_eq!(out["file"], "outside.h5");
    assert_eq!(
        socket.ok(copy(json!({"path": "/g/ext/more", "to": "/in"}))).await.get("file"),
        None
    );
    let across = socket.ok(copy(json!({"path": "/g/far", "to": "/g/ext/far"}))).await;
    assert_eq!(across["file"], "outside.h5");
    let same = copy(json!({"from_file": "source.h5", "path": "/target", "to": "/again"}));
    assert_eq!(socket.ok(same).await.get("file"), None);
    let back = copy(json!({"from_file": "outside.h5", "path": "/secret/back", "to": "/back"}));
    socket.ok(back).await;
    for (file, path, data) in [
        ("outside.h5", "/secret/copied", json!([0, 1, 2])),
        ("source.h5", "/in", json!(5)),
        ("outside.h5", "/secret/far", json!([0, 1, 2, 3, 4])),
        ("source.h5", "/again", json!([0, 1, 2])),
        ("source.h5", "/back", json!([0, 1, 2])),
    ] {
        let read = socket.ok(json!({"command": "read", "file": file, "path": path})).await;
        assert_eq!(read["data"], data, "{file} {path}");
    }
}

fn with_durability(mut request: Value) -> Value {
    request["durability"] = json!("applied");
    request
}

#[tokio::test]
async fn copies_that_cannot_be_are_refused_and_leave_nothing() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret.h5");
    hdf5_async_tests::h5py(&secret, "f = h5py.File(path, 'w'); f['x'] = 5; f.close()");
    let server = setup()
        .file(
            "hostile.h5",
            &format!("f['g/out'] = h5py.ExternalLink({:?}, '/x')", secret.display().to_string()),
        )
        .file("damaged.h5", "pass")
        .start()
        .await;
    std::fs::write(server.path("damaged.h5"), b"\x89HDF\r\n\x1a\nrest").unwrap();
    let mut socket = RawSocket::connect(&server).await;
    let absolute = secret.display().to_string();
    for (fields, code) in [
        (json!({"from_file": "none.h5", "path": "/g"}), "file_not_found"),
        (json!({"from_file": absolute, "path": "/x"}), "file_not_found"),
        (json!({"from_file": "../secret.h5", "path": "/x"}), "file_not_found"),
        (json!({"from_file": "damaged.h5", "path": "/x"}), "file_unreadable"),
        (json!({"from_file": "source.h5", "path": "/none"}), "not_found"),
        (json!({"from_file": "source.h5", "path": "/g/missing"}), "file_not_found"),
        (json!({"from_file": "source.h5", "path": "/g", "to": "/here"}), "already_exists"),
        (json!({"from_file": "source.h5", "path": "/g", "to": "/here/x"}), "wrong_kind"),
        (json!({"from_file": "hostile.h5", "path": "/g", "expand_external": true}), "unsupported"),
        (json!({"from_file": 3, "path": "/g"}), "invalid_request"),
    ] {
        let mut request = json!({"command": "copy", "file": "target.h5", "to": "/new"});
        request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let answer = socket.ask(&request).await;
        assert_eq!(answer["code"], code, "{request}: {answer}");
    }
    let step = json!({"command": "copy", "from_file": "source.h5", "path": "/g", "to": "/new"});
    let batch = json!({"command": "batch", "file": "target.h5", "commands": [step]});
    assert_eq!(socket.refused(batch).await, "invalid_request");
    let found = server.judged("target.h5", "result = sorted(f)").await;
    assert_eq!(found, json!(["here"]));
}

/// The first and the last element of a dataset, read as one block.
async fn ends(socket: &mut RawSocket, path: &str) -> (i64, i64) {
    let read = json!({"command": "read", "file": "virtual.h5", "path": path, "encoding": "binary"});
    socket.text(&read.to_string()).await;
    let (header, values) = match socket.hear().await {
        Heard::Binary { header, values } => (header, values),
        other => panic!("{other:?} instead of values"),
    };
    assert_eq!(header["last"], true);
    let number = |bytes: &[u8]| i64::from_le_bytes(bytes.try_into().unwrap());
    (number(&values[..8]), number(&values[values.len() - 8..]))
}

/// Others write to the source all the time, so that checkpoints come while it is read.
#[tokio::test]
async fn what_is_read_of_another_file_is_of_one_moment() {
    let server = Setup::new()
        .file(
            "source.h5",
            "f.create_dataset('x', data=np.zeros(400000, '<i8'), chunks=(1000,), compression='gzip')",
        )
        .file(
            "virtual.h5",
            "
            layout = h5py.VirtualLayout((400000,), '<i8')
            layout[...] = h5py.VirtualSource('source.h5', 'x', (400000,))
            f.create_virtual_dataset('v', layout)",
        )
        // So that all of it is one block.
        .option("--block-bytes", 4 << 20)
        .start()
        .await;
    let mut writer = RawSocket::connect(&server).await;
    let writing = tokio::spawn(async move {
        for number in 1..=150 {
            let end = |at: &str| json!({"command": "update", "path": "/x", "selection": at, "data": number});
            let commands = json!([end("0"), end("-1")]);
            let batch = json!({"command": "batch", "file": "source.h5", "commands": commands});
            writer.ok(batch).await;
            writer.ok(json!({"command": "flush", "file": "source.h5"})).await;
        }
    });
    let mut socket = RawSocket::connect(&server).await;
    let (mut last, mut copies) = (0, 0);
    while !writing.is_finished() {
        let (first, end) = ends(&mut socket, "/v").await;
        assert_eq!(first, end, "a torn read");
        assert!(first >= last, "older than what was read before");
        last = first;
        let to = format!("/copy{copies}");
        let copy = json!({"command": "copy", "file": "virtual.h5", "from_file": "source.h5", "path": "/x", "to": to});
        // A copy that others overtake says so, and leaves nothing.
        if socket.ask(&copy).await["code"] != "busy" {
            let (first, end) = ends(&mut socket, &to).await;
            assert_eq!(first, end, "a torn copy");
            assert!(first >= last, "older than what was read before");
            copies += 1;
        }
    }
    writing.await.unwrap();
    assert!(copies > 0 && last > 0);
    assert_eq!(ends(&mut socket, "/v").await, (150, 150));
}
