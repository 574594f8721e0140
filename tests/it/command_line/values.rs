//! Values of every datatype through `read`, `write`, `append` and `attr`, in each form; h5py, numpy and Python's `csv`
//! judge.

use std::path::PathBuf;

use hdf5_async_tests::program::Ended;
use hdf5_async_tests::{Program, Setup, TestServer, h5py_with};
use serde_json::{Value, json};

use crate::datatypes::{CORPUS, with_canon};

/// The kinds that have no place in an npy file.
const NOT_IN_NPY: &str = "<i24at0in3 <u40at0in5 >i24at0in3 >u40at0in5 array_of_object array_of_utf8 ascii bfloat16 binary128 binary128be \
    dimension_list float8_e4m3 float8_e5m2 long_double mixed native_complex_half_be native_complex_long object out_of_order \
    region region_member time32 time32be time64 utf8 utf8_spaces vlen_compound vlen_f8be vlen_i4 vlen_object vlen_text vlen_vlen";

/// Names the kinds, and makes empty twins of them for CSV.
const KINDS: &str = "
f, twin = h5py.File(path, 'r'), h5py.File(given, 'r+')
result = sorted(name for name in f if name != 'target')
for name in result:
    d = f[name]['line']['contiguous']
    twin.require_group('csv')
    made = h5py.h5d.create(twin['csv'].id, name.encode(), d.id.get_type(), h5py.h5s.create_simple(d.shape))
";

/// What was written back and is not what it was.
const WRITTEN_BACK: &str = "
import os
def there(d):
    if d.dtype.kind in 'iu':
        # h5py takes the bytes of integers of odd precision for their value.
        return np.array(canon(d), d.dtype).reshape(d.shape)
    try:
        return d[()]
    except OSError:
        # h5py converts no opaque data; the bytes are what they are.
        raw = np.zeros(d.shape, f'V{d.id.get_type().get_size()}')
        d.id.read(h5py.h5s.ALL, h5py.h5s.ALL, raw, d.id.get_type())
        return raw.view(d.dtype)
def listed(values):
    # A member of odd precision is other bytes in the file.
    names = [name for name in values.dtype.names or [] if name != 'odd']
    return repr((values[names] if names else values).tolist())
one, two = h5py.File(path), h5py.File(given['twin'])
result = []
for name in two['json']:
    d = one[name]['line']['contiguous']
    for form in ['json', 'csv']:
        twin = two[form][name]
        if not d.id.get_type().equal(twin.id.get_type()):
            result.append([name, form, 'type'])
        elif d.shape != twin.shape or canon(d, 'json') != canon(twin, 'json'):
            result.append([name, form, repr(canon(d, 'json'))[:300], repr(canon(twin, 'json'))[:300]])
    if name not in two['npy']:
        continue
    loaded = np.load(os.path.join(given['folder'], name + '.npy'))
    expected, twin = there(d), there(two['npy'][name])
    if expected.dtype == bool:
        loaded, twin = loaded.astype(bool), twin.astype(bool)
    if listed(loaded) != listed(expected) or not d.dtype.names and loaded.dtype != expected.dtype:
        result.append([name, 'npy', str(loaded.dtype), repr(expected)[:300], repr(loaded)[:300]])
    if listed(twin) != listed(expected):
        result.append([name, 'from npy', repr(expected)[:300], repr(twin)[:300]])
";

struct Everything {
    server: TestServer,
    kinds: Vec<String>,
    /// A folder of the test's own.
    folder: PathBuf,
}

impl Everything {
    async fn serve() -> Self {
        let targets = "f['target/one'] = np.arange(24).reshape(4, 6)\nf['target/scalar'] = 5\nf.create_group('target/group/inner')";
        let setup = Setup::new().file("a.h5", CORPUS).file("twin.h5", targets);
        let twin = json!(setup.path("twin.h5"));
        let kinds = h5py_with(&setup.path("a.h5"), &twin, KINDS);
        let kinds: Vec<String> = serde_json::from_value(kinds).unwrap();
        assert!(kinds.len() > 80, "{}", kinds.len());
        let folder = setup.path("../forms");
        std::fs::create_dir(&folder).unwrap();
        Self { server: setup.start().await, kinds, folder }
    }

    async fn run(&self, arguments: &[&str]) -> Ended {
        Program::of(&self.server, arguments).folder(&self.folder).run().await
    }

    /// The folder, and what `script` finds wrong with what is in it.
    async fn judged(mut self, script: &str) -> Value {
        assert!(self.server.terminate().await.success());
        let given = json!({
            "folder": self.folder, "twin": self.server.path("twin.h5")
        });
        h5py_with(&self.server.path("a.h5"), &given, &with_canon(script))
    }
}

#[tokio::test]
async fn every_datatype_is_the_same_in_json_and_csv() {
    let all = Everything::serve().await;
    let file = all.server.file("a.h5").await;
    for (number, kind) in all.kinds.iter().enumerate() {
        for space in ["line", "box", "none", "scalar", "null"] {
            // Every kind as a line, and each in one other dataspace.
            if space != "line" && !(number + space.len()).is_multiple_of(4) {
                continue;
            }
            let path = format!("/{kind}/{space}/contiguous");
            let address = format!("a.h5:{}", path.replace('%', "%25"));
            let printed = all.run(&["read", "--json", &address]).await;
            let document: Value = serde_json::from_str(&printed.out)
                .unwrap_or_else(|error| panic!("{error}: {printed:?}"));
            let values = file.read(&path, "").await.unwrap().reply;
            let expected: Value = serde_json::from_str(&values.to_json().unwrap()).unwrap();
            assert_eq!(
                (&document["data"], &document["shape"]),
                (&expected, &json!(values.shape)),
                "{path}"
            );
            let json = all.folder.join(format!("{kind}.{space}.json"));
            std::fs::write(&json, &printed.out).unwrap();
            let csv = format!("{kind}.{space}.csv");
            assert_eq!(all.run(&["read", &address, "-o", &csv]).await.errors, "", "{path}");
        }
    }
    let script = "
import csv, glob, os
result = [[], 0]
def same(cell, value):
    if isinstance(value, bool):
        return cell == str(value).lower()
    return cell == value if isinstance(value, str) else json.loads(cell, parse_float=str, parse_int=str) == value
for name in sorted(glob.glob(given['folder'] + '/*.json')):
    document = json.load(open(name), parse_float=str, parse_int=str)
    rows = list(csv.reader(open(name[:-4] + 'csv', newline='', encoding='utf-8')))
    shape, datatype = document['shape'], document['datatype']
    if shape is None or '0' in shape:
        elements = []
    else:
        elements = flattened(document['data'], len(shape))
    if shape is not None and len(shape) < 2 and isinstance(datatype, dict) and datatype['class'] == 'compound':
        if rows[:1] != [[member['name'] for member in datatype['members']]]:
            result[0].append([name, rows[:1]])
        rows, elements = rows[1:], [member for element in elements for member in element]
    cells = [cell for row in rows for cell in row]
    if len(cells) != len(elements) or not all(same(c, e) for c, e in zip(cells, elements)):
        result[0].append([name, cells[:3], elements[:3]])
    result[1] += 1
";
    let found = all.judged(script).await;
    assert_eq!(found[0], json!([]));
    assert!(found[1].as_u64() > Some(150), "{found}");
}

#[tokio::test]
async fn every_datatype_is_written_back_from_each_form_that_has_it() {
    let all = Everything::serve().await;
    let mut not_in_npy = Vec::new();
    for kind in &all.kinds {
        let from = format!("a.h5:/{kind}/line/contiguous");
        let done = |ended: Ended| assert_eq!((ended.code, &*ended.errors), (Some(0), ""), "{kind}");
        let [json, csv, npy] = ["json", "csv", "npy"].map(|form| format!("{kind}.{form}"));
        done(all.run(&["read", &from, "-o", &json]).await);
        done(all.run(&["write", &format!("twin.h5:/json/{kind}"), "-i", &json]).await);
        done(all.run(&["read", &from, "-o", &csv]).await);
        let document = std::fs::read_to_string(all.folder.join(&json)).unwrap();
        let is_table = document.contains(r#""datatype":{"class":"compound""#);
        let header: &[&str] = if is_table { &["--header"] } else { &[] };
        let to = format!("twin.h5:/csv/{kind}[:]");
        done(all.run(&[&["write", &to, "-i", &csv], header].concat()).await);
        let ended = all.run(&["read", &from, "-o", &npy]).await;
        if ended.code == Some(6) {
            assert!(ended.errors.contains("npy: numpy has no dtype for"), "{ended:?}");
            not_in_npy.push(kind.as_str());
            continue;
        }
        done(ended);
        done(all.run(&["write", &format!("twin.h5:/npy/{kind}"), "-i", &npy]).await);
    }
    assert_eq!(not_in_npy.join(" "), NOT_IN_NPY);
    assert_eq!(all.judged(WRITTEN_BACK).await, json!([]));
}
