//! `cp` into another file and onto another server; h5py says whether the copy is the original.

use hdf5_async_tests::{Program, Setup, TestServer, h5py_with};
use serde_json::{Value, json};

use crate::datatypes::{CORPUS, with_canon};

/// Links of every kind, a circle, attributes, creation properties, and a datatype with a name.
const TREE: &str = "
g = f.create_group('tree/deep/er')
f['tree/again'] = f['tree/deep']
g['circle'] = f['tree']
g['soft'] = h5py.SoftLink('/tree/d')
g['lost'] = h5py.SoftLink('nowhere')
g['far'] = h5py.ExternalLink('b.h5', '/x')
f['tree/type'] = np.dtype([('a', '<i4'), ('b', '>f8', (2,))])
d = f.create_dataset('tree/d', (5, 4), '<f4', maxshape=(None, 4), chunks=(2, 4), compression='gzip', shuffle=True, fletcher32=True, fillvalue=7)
d[1:4] = np.arange(12).reshape(3, 4)
f.create_dataset('tree/untouched', (1000, 1000), 'u1', chunks=(100, 100), fillvalue=3)
f.create_dataset('tree/typed', (3,), f['tree/type'])
f['tree/same'] = d
f.create_dataset('before its type', (2,), f['tree/type'])
f['before its type, again'] = f['before its type']
d.attrs['ref'] = f['tree/deep'].ref
d.attrs['refs'] = np.array([d.ref, f.ref, h5py.Reference()], h5py.ref_dtype)
d.attrs['null'] = h5py.Empty('<i2')
d.attrs['empty'] = np.zeros((0, 3), '>u2')
d.attrs['table'] = np.array([(1, b'x')], [('n', '<i4'), ('s', 'S3')])
d.attrs['text'] = ['a', 'ü']
d.attrs.create('typed', np.zeros((), f['tree/type'].dtype), dtype=f['tree/type'])
f['tree/deep'].attrs['NX_class'] = 'NXentry'
f['tree/type'].attrs['why'] = 1
o = f.create_group('ordered', track_order=True)
for name in ['z', 'y', 'm', 'a']: o.create_group(name, track_order=name == 'm').attrs[name] = 1
o.attrs['second'], o.attrs['first'] = 2, 1
o['d'], o['l'], o['b'] = 1, h5py.SoftLink('/nowhere'), h5py.SoftLink('z')
o['again'], o['c'], o['b_type'] = f['tree/d'], np.zeros(2), f['tree/type']
f['scale'] = np.arange(4.)
f['scale'].make_scale('s')
f['tree/d'].dims[1].attach_scale(f['scale'])
big = f.create_dataset('big', (3_000_000,), '<f8', chunks=(100_000,))
big[...] = np.arange(3_000_000)
";

/// What is below `/copy` in the file `given` that differs from the file at `path`.
const COMPARE: &str = "
one, two = h5py.File(path), h5py.File(given)
named = path_of
def path_of(file, reference):
    return named(file, reference).removeprefix('/copy') or '/'
def properties(d):
    p = d.id.get_create_plist()
    return [d.shape, d.maxshape, d.chunks, p.get_layout(), p.get_fill_time(), p.get_obj_track_times(),
            [p.get_filter(i)[:3] for i in range(p.get_nfilters())], d.id.get_type().committed()]
result = []
def same(name, a, b):
    if a.shape != b.shape or not a.id.get_type().equal(b.id.get_type()):
        result.append([name, 'type', str(a.shape), str(b.shape)])
    elif isinstance(a, h5py.Dataset) and (a.size or 0) > 100_000:
        # Numbers alone, and at once: canon takes half a minute for millions.
        if a[()].tobytes() != b[()].tobytes():
            result.append([name, repr(a[()])[:200], repr(b[()])[:200]])
    elif canon(a) != canon(b):
        result.append([name, repr(canon(a))[:200], repr(canon(b))[:200]])
class Attribute:
    def __init__(self, item, name):
        self.id = item.attrs.get_id(name)
        self.shape, self.file = self.id.shape if self.id.get_space().get_simple_extent_type() != h5py.h5s.NULL else None, item.file
        self.value = item.attrs[name]
def compare(name, a):
    b = two['copy'][name]
    if type(a) is not type(b) or sorted(a.attrs) != sorted(b.attrs):
        result.append([name, 'kind', sorted(a.attrs), sorted(b.attrs)])
    if isinstance(a, h5py.Dataset):
        same(name, a, b)
        if properties(a) != properties(b):
            result.append([name, str(properties(a)), str(properties(b))])
    if isinstance(a, h5py.Datatype) and not a.id.equal(b.id):
        result.append([name, 'named'])
    if isinstance(a, h5py.Group):
        tracked = lambda g: [g.id.get_create_plist().get_link_creation_order(), list(g), list(g.attrs)]
        if tracked(a) != tracked(b):
            result.append([name, tracked(a), tracked(b)])
        links = lambda g: [(n, str(vars(g.get(n, getlink=True)))) for n in sorted(g)]
        if links(a) != links(b):
            result.append([name, links(a), links(b)])
    for attribute in a.attrs:
        same(f'{name} @ {attribute}', Attribute(a, attribute), Attribute(b, attribute))
compare('.', one['/'])
one.visititems(compare)
result = [result, two['copy/tree/again'] == two['copy/tree/deep'], two['copy/tree/same'] == two['copy/tree/d'],
          two['copy/tree/deep/er/circle'] == two['copy/tree'], two['copy/tree/untouched'].id.get_storage_size()]
";

/// Compares once `server` has ended; the servers hold the folders.
async fn check(mut server: TestServer, other: Option<TestServer>, copy: &str) {
    let at = json!(other.as_ref().unwrap_or(&server).path(copy));
    assert!(server.terminate().await.success());
    let differences = h5py_with(&server.path("a.h5"), &at, &with_canon(COMPARE));
    assert_eq!(differences, json!([[], true, true, true, 0]));
}

#[tokio::test]
async fn everything_is_copied_onto_another_server() {
    let script = format!("{CORPUS}\n{TREE}");
    let server = Setup::new().file("a.h5", &script).start().await;
    let mut other = Setup::new().file("c.h5", "").start().await;
    let to = format!("ws://{}/c.h5:/copy#token={}", other.address.authority(), other.token());
    let copied = Program::of(&server, &["cp", "--json", "a.h5:/", &to]).prints().await;
    let done: Value = serde_json::from_str(&copied).unwrap();
    let is = |name: &str, value: Value| assert_eq!(done[name], value, "{copied}");
    is("path", json!("/"));
    is("copy", json!("/copy"));
    is("file", json!("c.h5"));
    assert!(done["objects"].as_u64() > Some(800), "{copied}");
    assert!(other.terminate().await.success());
    check(server, Some(other), "c.h5").await;
}

#[tokio::test]
async fn the_server_copies_between_its_files_with_hdf5s_options() {
    let server = Setup::new().file("a.h5", TREE).file("b.h5", "").start().await;
    let cp = |arguments: &[&'static str]| {
        let arguments = [&["cp", "a.h5:/tree"], arguments].concat();
        Program::of(&server, &arguments).prints()
    };
    assert_eq!(cp(&["b.h5:/plain"]).await, "copied /tree to b.h5:/plain\n");
    assert_eq!(
        cp(&["b.h5:/bare", "--without-attributes", "--json"]).await,
        "{\"copy\":\"/bare\",\"file\":\"b.h5\",\"path\":\"/tree\"}\n"
    );
    cp(&["b.h5:/flat", "--shallow"]).await;
    cp(&["b.h5:/soft", "--expand-soft"]).await;
    cp(&["b.h5:/refs", "--expand-refs"]).await;
    let script = "
d = f['plain/d']
result = [sorted(f['plain']), d[1].tolist(), d.compression, f['plain/deep/er/circle'] == f['plain'], f['plain/same'] == d,
          bool(d.attrs['ref']), sorted(d.attrs) == sorted(f['refs/d'].attrs), bool(f['refs/d'].attrs['ref']),
          list(f['bare/d'].attrs), list(f['flat/deep']), f['soft/deep/er'].get('soft', getlink=True).__class__.__name__,
          f['soft/deep/er/soft'][1].tolist()]
";
    let names = ["again", "d", "deep", "same", "type", "typed", "untouched"];
    let row = [0.0, 1.0, 2.0, 3.0];
    let expected =
        json!([names, row, "gzip", true, true, false, true, true, [], [], "HardLink", row]);
    assert_eq!(server.judged("b.h5", script).await, expected);
}

#[tokio::test]
async fn one_object_goes_into_a_group_of_another_file() {
    let server = Setup::new()
        .file("a.h5", TREE)
        .file("b.h5", "f.create_group('g')\nf['taken'] = 1")
        .start()
        .await;
    let run = |arguments: &[&str]| Program::of(&server, arguments).prints();
    assert_eq!(run(&["cp", "a.h5:/tree/d", "b.h5:/g"]).await, "copied /tree/d to b.h5:/g/d\n");
    assert_eq!(run(&["cp", "a.h5:/scale", "b.h5:/x/y"]).await, "copied /scale to b.h5:/x/y\n");
    // The same file under its two names, into itself.
    let only = Setup::new().file("o.h5", "f['g/x'] = 1").start().await;
    Program::of(&only, &["cp", ":/", "o.h5:/g/inner"]).prints().await;
    let elsewhere = format!("ws://{}/o.h5:/x#token={}", only.address.authority(), only.token());
    let inner =
        only.judged("o.h5", "result = [list(f['g']), list(f['g/inner']), list(f['g/inner/g'])]");
    assert_eq!(inner.await, json!([["inner", "x"], ["g"], ["x"]]));

    for (code, arguments, complaint) in [
        (6, &["cp", "a.h5:/scale", "b.h5:/taken"][..], "/taken"),
        (6, &["cp", "a.h5:/", "b.h5:/"], "/"),
        (4, &["cp", "a.h5:/nowhere", "b.h5:/n"], "nowhere"),
        (4, &["cp", "a.h5:/scale", "c.h5:/n"], "c.h5"),
        (4, &["cp", "a.h5:/tree/deep/er/lost", "b.h5:/n"], "nowhere"),
        (3, &["cp", "a.h5:/scale", "ws://127.0.0.1:1/a.h5:/x"], "127.0.0.1:1"),
        (2, &["cp", "a.h5:/scale[0]", "b.h5:/n"], "whole objects only"),
        (2, &["cp", "--shallow", "a.h5:/tree", &elsewhere], "options of a copy"),
    ] {
        let errors = Program::of(&server, arguments).fails(code).await;
        assert!(errors.contains(complaint), "{arguments:?}: {errors}");
    }
    let script = "
d = f['g/d']
result = [sorted(f), d[1].tolist(), sorted(d.attrs), bool(d.attrs['ref']), f['x/y'][()].tolist()]
";
    let attributes = ["DIMENSION_LIST", "empty", "null", "ref", "refs", "table", "text", "typed"];
    let row = [0.0, 1.0, 2.0, 3.0];
    assert_eq!(
        server.judged("b.h5", script).await,
        json!([["g", "taken", "x"], row, attributes, false, row])
    );
}

#[tokio::test]
async fn a_copy_that_fails_leaves_nothing_behind() {
    let script = "
f['g/a'] = np.arange(10)
f['g/deep/b'] = 1
f['g/z'] = np.arange(10)
p = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
p.set_external(b'elsewhere.raw', 0, 40)
h5py.h5d.create(f['g'].id, b'out', h5py.h5t.STD_I32LE, h5py.h5s.create_simple((10,)), p)
";
    let server = Setup::new().file("a.h5", script).start().await;
    let other = Setup::new().file("b.h5", "").start().await;
    let to = format!("ws://{}/b.h5:/g#token={}", other.address.authority(), other.token());
    let errors = Program::of(&server, &["cp", "a.h5:/g", &to]).fails(6).await;
    assert!(errors.contains("/g/out cannot be copied onto another server"), "{errors}");
    let json = Program::of(&server, &["cp", "--json", "a.h5:/g", &to]).fails(6).await;
    let failure: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&failure["code"], &failure["path"]), (&json!("unsupported"), &json!("/g/out")));
    assert_eq!(other.judged("b.h5", "result = list(f)").await, json!([]));
}
