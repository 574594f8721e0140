//! Going through everything below a group, and finding things there, against h5py.

mod interrupted;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::time::Instant;

use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, h5py};
use serde_json::{Value, json};

const FILE: &str = "
    f['entry/data'] = np.arange(6); f['entry/data'].attrs['units'] = 'mm'; f['entry/data'].attrs['n'] = [1, 25]
    f['entry/Raw Data'] = 1; f['entry/sample/name'] = 'x'; f['entry/sample'].attrs['Unit'] = np.bytes_('Ms')
    f['entry/sample/up'] = f['entry']; f['again'] = f['entry']; f['root'] = f['/']
    f['entry/soft'] = h5py.SoftLink('/entry/data'); f['lost'] = h5py.SoftLink('/no'); f.attrs['title'] = 'the whole'
    f['ext'] = h5py.ExternalLink('b.h5', '/'); f['entry/type'] = np.dtype('<f4')
    f['entry/sample'].attrs['long'] = np.zeros(5000)
    g = f.create_group('many')
    for i in range(150): g.create_group(f'g{i:03}')['d'] = i
";

/// The paths of the links in one answer.
fn links(answer: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    for group in answer["groups"].as_array().unwrap() {
        let base = group["path"].as_str().unwrap().trim_end_matches('/');
        for child in group["children"].as_array().unwrap() {
            paths.push(format!("{base}/{}", child["name"].as_str().unwrap()));
        }
    }
    paths
}

/// All that a walk answers, in order: the paths of the links.
async fn walked(socket: &mut RawSocket, mut request: Value) -> Vec<String> {
    let mut paths = Vec::new();
    loop {
        let answer = socket.ok(request.clone()).await;
        paths.extend(links(&answer));
        match answer.get("cursor") {
            Some(cursor) => request["cursor"] = cursor.clone(),
            None => return paths,
        }
    }
}

async fn found(socket: &mut RawSocket, mut request: Value) -> Vec<Value> {
    let mut found = Vec::new();
    request["command"] = json!("search");
    loop {
        let answer = socket.ok(request.clone()).await;
        found.extend(answer["found"].as_array().unwrap().iter().cloned());
        match answer.get("cursor") {
            Some(cursor) => request["cursor"] = cursor.clone(),
            None => return found,
        }
    }
}

#[tokio::test]
async fn a_walk_meets_every_link_once_and_circles_end() {
    let server = Setup::new().file("a.h5", FILE).start().await;
    let mut socket = RawSocket::connect(&server).await;
    let expected = h5py(
        &server.path("a.h5"),
        "
        f = h5py.File(path, 'r')
        seen, names = set(), []
        def go(group, base):
            address = h5py.h5o.get_info(group.id).addr
            if address in seen: return
            seen.add(address)
            for name in group:
                names.append(base + '/' + name)
            for name in group:
                if isinstance(group.get(name, getlink=True), h5py.HardLink) and isinstance(group[name], h5py.Group):
                    go(group[name], base + '/' + name)
        go(f, '')
        result = sorted(names)
        ",
    );
    for limit in [1, 7, 1000] {
        let mut paths = walked(&mut socket, json!({"command": "walk", "limit": limit})).await;
        if limit == 1000 {
            assert_eq!(&paths[..3], ["/again", "/entry", "/ext"]);
        }
        let entered: BTreeSet<&String> = paths.iter().collect();
        assert_eq!(entered.len(), paths.len(), "no link comes twice");
        paths.sort();
        // Which of several links to a group is entered is the walk's business: the first in order of name.
        assert_eq!(json!(paths), expected, "{limit}");
    }
    let below = walked(&mut socket, json!({"command": "walk", "path": "/many/g007"})).await;
    assert_eq!(below, ["/many/g007/d"]);
    let shallow =
        walked(&mut socket, json!({"command": "walk", "path": "/many", "depth": 1})).await;
    assert_eq!((shallow.len(), &*shallow[149]), (150, "/many/g149"));
    assert_eq!(walked(&mut socket, json!({"command": "walk", "depth": 0})).await.len(), 0);
    let one = socket.ok(json!({"command": "walk", "path": "/entry", "depth": 1})).await;
    let data = &one["groups"][0]["children"][1];
    assert_eq!(
        (&data["kind"], &data["shape"], &data["n_attributes"]),
        (&json!("dataset"), &json!([6]), &json!(2))
    );
}

#[tokio::test]
async fn searches_find_what_the_patterns_say() {
    let server = Setup::new().file("a.h5", FILE).start().await;
    let mut socket = RawSocket::connect(&server).await;
    let paths = |found: &[Value]| {
        found.iter().map(|it| it["path"].as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    };
    for (request, expected) in [
        (json!({"pattern": "data", "path": "/entry"}), vec!["/entry/data"]),
        (
            json!({"pattern": "*DATA", "path": "/entry", "ignore_case": true}),
            vec!["/entry/Raw Data", "/entry/data"],
        ),
        (
            json!({"pattern": "/many/g00[5-7]/*"}),
            vec!["/many/g005/d", "/many/g006/d", "/many/g007/d"],
        ),
        (
            json!({"pattern": "/**/g1?8"}),
            vec!["/many/g108", "/many/g118", "/many/g128", "/many/g138", "/many/g148"],
        ),
        (json!({"kind": "named_datatype", "path": "/entry"}), vec!["/entry/type"]),
        (json!({"pattern": "lost"}), vec!["/lost"]),
        (json!({"pattern": "soft", "kind": "dataset", "path": "/entry"}), vec!["/entry/soft"]),
        (json!({"attribute": "unit*", "path": "/entry"}), vec!["/entry/data"]),
        (
            json!({"attribute": "unit*", "ignore_case": true, "path": "/entry"}),
            vec!["/entry/data", "/entry/sample"],
        ),
        (json!({"value": "[mM]?", "path": "/entry"}), vec!["/entry/data", "/entry/sample"]),
        (json!({"value": "25", "path": "/entry"}), vec!["/entry/data"]),
        (json!({"value": "*whole"}), vec!["/", "/root"]),
        (json!({"attribute": "units", "value": "cm"}), vec![]),
        (json!({"attribute": "long"}), vec!["/again/sample"]),
        (json!({"pattern": "none*"}), vec![]),
    ] {
        let found = found(&mut socket, request.clone()).await;
        let expected: BTreeSet<String> = expected.into_iter().map(str::to_owned).collect();
        assert_eq!(paths(&found), expected, "{request}");
    }
    let attribute = found(&mut socket, json!({"attribute": "units", "path": "/entry"})).await;
    let expected = json!([{
        "path": "/entry/data", "link": {"kind": "hard"}, "kind": "dataset", "attribute": "units", "value": "mm"
    }]);
    assert_eq!(json!(attribute), expected);
    let limited = socket.ok(json!({"command": "search", "pattern": "g*", "limit": 4})).await;
    assert!(
        limited["found"].as_array().unwrap().len() >= 4 && limited["cursor"].is_u64(),
        "{limited}"
    );
}

#[tokio::test]
async fn walks_that_cannot_go_on_are_refused() {
    let server = Setup::new()
        .file("a.h5", FILE)
        .option("--max-walks", 2)
        .option("--max-walk-bytes", 5_000)
        .start()
        .await;
    let mut socket = RawSocket::connect(&server).await;
    for (request, code) in [
        (json!({"command": "walk", "path": "/none"}), "not_found"),
        (json!({"command": "walk", "path": "/entry/data"}), "wrong_kind"),
        (json!({"command": "walk", "path": "/ext"}), "file_not_found"),
        (json!({"command": "walk", "cursor": 99}), "not_found"),
        (json!({"command": "walk", "depth": -1}), "invalid_request"),
        (json!({"command": "search", "pattern": "[a"}), "invalid_request"),
        (json!({"command": "search", "value": "x".repeat(2000)}), "invalid_request"),
        (json!({"command": "walk", "path": "/many", "limit": 150}), "too_large"),
    ] {
        assert_eq!(socket.refused(request.clone()).await, code, "{request}");
    }
    let begin = json!({"command": "walk", "path": "/entry", "limit": 1});
    let mut cursors = Vec::new();
    for _ in 0..3 {
        cursors.push(socket.ok(begin.clone()).await["cursor"].clone());
    }
    // The oldest of three has given way, a cursor is good once, and only for what it came from.
    for cursor in [&cursors[0], &json!(0)] {
        assert_eq!(socket.refused(json!({"command": "walk", "cursor": cursor})).await, "not_found");
    }
    assert_eq!(
        socket.refused(json!({"command": "search", "cursor": cursors[1]})).await,
        "not_found"
    );
    // The refusal has not ended the walk.
    for cursor in &cursors[1..] {
        socket.ok(json!({"command": "walk", "cursor": cursor})).await;
    }
    assert_eq!(socket.refused(json!({"command": "walk", "cursor": cursors[2]})).await, "not_found");
}

/// A thousand objects for each of the `given` groups; copies in the library make them quickly.
const MANY: &str = "
    g = f.create_group('0000')
    for i in range(1000): g.create_dataset(f'{i:04}', data=i, dtype='<i4')
    for i in range(1, given): f.copy('0000', f'{i:04}')
    f.create_group('flat')
    for i in range(100 * given): f['flat'][f'{i:06}'] = f['0000/0000']
";

#[tokio::test]
async fn large_files_are_walked_in_little_memory_and_large_groups_listed_page_by_page() {
    let groups =
        std::env::var("HDF5_ASYNC_WALK_GROUPS").map_or(25, |groups| groups.parse().unwrap());
    let server =
        Setup::new().file("a.h5", &MANY.replace("given", &groups.to_string())).start().await;
    let mut socket = RawSocket::connect(&server).await;
    socket.ok(json!({"command": "describe"})).await;
    let (front, worker) = (server.process(), server.worker("a.h5"));
    let before = (front.resident_bytes() / 1024, worker.resident_bytes() / 1024);
    let mut request = json!({"command": "walk"});
    let mut links = 0;
    loop {
        let answer = socket.ok(request.clone()).await;
        let groups = answer["groups"].as_array().unwrap();
        links +=
            groups.iter().map(|group| group["children"].as_array().unwrap().len()).sum::<usize>();
        match answer.get("cursor") {
            Some(cursor) => request["cursor"] = cursor.clone(),
            None => break,
        }
    }
    let most = (front.peak_resident_bytes() / 1024, worker.peak_resident_bytes() / 1024);
    assert_eq!(links, groups * 1001 + 1 + groups * 100);
    // A few answers on their way, not all of them.
    assert!(most.0 < before.0 + 4 * 1024, "the front grew from {} to {} KiB", before.0, most.0);
    // What HDF5 keeps of 1 MiB of headers (`metadata_cache_bytes`), not of all those that were read.
    assert!(most.1 < before.1 + 50 * 1024, "the worker grew from {} to {} KiB", before.1, most.1);
    let mut listed = 0;
    for offset in (0..groups * 100).step_by(1000) {
        let page = socket.ok(json!({"command": "list", "path": "/flat", "offset": offset})).await;
        listed += page["children"].as_array().unwrap().len();
    }
    assert_eq!(listed, groups * 100);
}

#[tokio::test]
async fn a_group_of_100_000_links_comes_in_pages_of_bounded_size() {
    const LINKS: usize = 100_000;
    let script = "
        f.create_group('flat')
        d = f.create_dataset('d', (3, 4), '<f8')
        for i in range(100_000): f['flat'][f'link {i:06}'] = d
    ";
    let server = Setup::new().file("a.h5", script).start().await;
    let mut socket = RawSocket::connect(&server).await;
    let (began, mut pages, mut bytes, mut names) = (Instant::now(), 0, 0, Vec::new());
    while names.len() < LINKS {
        let page = json!({"command": "list", "path": "/flat", "offset": names.len()});
        let page = socket.ok(page).await;
        assert_eq!(page["total"], LINKS);
        bytes += page.to_string().len();
        let children = page["children"].as_array().unwrap();
        assert!(!children.is_empty() && children.len() <= 1000);
        names.extend(children.iter().map(|child| child["name"].as_str().unwrap().to_owned()));
        pages += 1;
    }
    let time = began.elapsed();
    writeln!(std::io::stderr(), "{LINKS} links in {pages} pages, {} KiB, {time:?}", bytes >> 10)
        .unwrap();
    assert_eq!((pages, names.len()), (100, LINKS));
    assert!(bytes < LINKS * 200, "{bytes} bytes");
    assert!(names.iter().enumerate().all(|(index, name)| *name == format!("link {index:06}")));
    // Beyond the end there is nothing.
    let last = json!({"command": "list", "path": "/flat", "offset": LINKS - 1, "limit": 10});
    assert_eq!(socket.ok(last).await["children"].as_array().unwrap().len(), 1);
    let beyond = json!({"command": "list", "path": "/flat", "offset": LINKS + 5});
    assert_eq!(socket.ok(beyond).await["children"], json!([]));
}
