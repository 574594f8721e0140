//! Any sequence of changes, with deaths of the worker in between, makes the same file as the same sequence in h5py.

use hdf5_async_tests::raw::RawSocket;
use hdf5_async_tests::{Setup, h5py, h5py_with};
use serde_json::{Value, json};

/// Sequences, and changes in each.
const SEQUENCES: u64 = 4;
const CHANGES: usize = 60;

/// A reproducible source of choices; a failure names its seed.
struct Choices(u64);

impl Choices {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % end as u64).unwrap()
    }

    fn of<'list, T>(&mut self, list: &'list [T]) -> &'list T {
        &list[self.below(list.len())]
    }

    fn numbers(&mut self) -> Vec<usize> {
        (0..=self.below(9)).map(|_| self.below(1000)).collect()
    }
}

/// What is in the file, as far as the next change has to know.
struct Model {
    /// Without a slash at the end: the root group is empty.
    groups: Vec<String>,
    datasets: Vec<(String, usize)>,
    attributes: Vec<(String, String)>,
    next_name: usize,
}

impl Model {
    fn new() -> Self {
        Self {
            groups: vec![String::new()],
            datasets: Vec::new(),
            attributes: Vec::new(),
            next_name: 0,
        }
    }

    fn new_path(&mut self, choices: &mut Choices) -> String {
        self.next_name += 1;
        format!("{}/n{}", choices.of(&self.groups), self.next_name)
    }

    /// Forgets `path` and all below it.
    fn forget(&mut self, path: &str) {
        let is_gone = |other: &str| other == path || other.starts_with(&format!("{path}/"));
        self.groups.retain(|group| !is_gone(group));
        self.datasets.retain(|(dataset, _)| !is_gone(dataset));
        self.attributes.retain(|(object, _)| !is_gone(object));
    }

    /// A change that is possible now.
    fn change(&mut self, choices: &mut Choices) -> Value {
        let kind = choices.below(12);
        if kind < 2 || self.datasets.is_empty() {
            let path = self.new_path(choices);
            if kind == 0 {
                self.groups.push(path.clone());
                return json!({"command": "create_group", "path": path});
            }
            let data = choices.numbers();
            self.datasets.push((path.clone(), data.len()));
            return json!({"command": "create_dataset", "path": path, "datatype": "<i8",
                "shape": [data.len()], "max_shape": [null], "chunks": [4], "data": data});
        }
        if let 2..=4 = kind {
            return self.change_of_elements(kind, choices);
        }
        let (path, len) = choices.of(&self.datasets).clone();
        match kind {
            5 => {
                self.forget(&path);
                json!({"command": "delete", "path": path})
            }
            6 | 7 => {
                let name = format!("a{}", choices.below(3));
                self.attributes.push((path.clone(), name.clone()));
                json!({"command": "write_attribute", "path": path, "name": name,
                    "datatype": "<i8", "data": choices.numbers()})
            }
            8 if !self.attributes.is_empty() => {
                let (path, name) = choices.of(&self.attributes).clone();
                self.attributes.retain(|held| *held != (path.clone(), name.clone()));
                json!({"command": "delete_attribute", "path": path, "name": name})
            }
            9 => {
                let to = self.new_path(choices);
                self.forget(&path);
                self.datasets.push((to.clone(), len));
                json!({"command": "move", "path": path, "to": to})
            }
            10 => {
                let to = self.new_path(choices);
                self.datasets.push((to.clone(), len));
                json!({"command": "copy", "path": path, "to": to})
            }
            _ => {
                let link = self.new_path(choices);
                json!({"command": "link", "path": link, "kind": "soft", "target": path})
            }
        }
    }

    fn change_of_elements(&mut self, kind: usize, choices: &mut Choices) -> Value {
        let index = choices.below(self.datasets.len());
        let data = choices.numbers();
        let (path, len) = &mut self.datasets[index];
        match kind {
            2 => {
                *len += data.len();
                json!({"command": "append", "path": path, "data": data})
            }
            3 => {
                *len = choices.below(20);
                json!({"command": "resize", "path": path, "shape": [*len]})
            }
            _ => {
                let end = data.len().min(*len);
                json!({"command": "update", "path": path, "selection": format!(":{end}"),
                    "data": data[..end]})
            }
        }
    }
}

/// The same changes in h5py.
const TWIN: &str = "
    f = h5py.File(path, 'w')
    for c in given:
        name, p = c['command'], c.get('path')
        if name == 'create_group':
            f.create_group(p)
        elif name == 'create_dataset':
            f.create_dataset(p, data=np.array(c['data'], '<i8'), maxshape=(None,), chunks=(4,))
        elif name == 'append':
            n = f[p].shape[0]
            f[p].resize((n + len(c['data']),))
            f[p][n:] = c['data']
        elif name == 'resize':
            f[p].resize(c['shape'])
        elif name == 'update':
            f[p][:len(c['data'])] = c['data']
        elif name == 'delete':
            del f[p]
        elif name == 'write_attribute':
            f[p].attrs.create(c['name'], np.array(c['data'], '<i8'))
        elif name == 'delete_attribute':
            del f[p].attrs[c['name']]
        elif name == 'move':
            f.move(p, c['to'])
        elif name == 'copy':
            f.copy(p, c['to'])
        elif name == 'link':
            f[p] = h5py.SoftLink(c['target'])
    f.close()";

/// Everything that is in a file.
const DUMP: &str = "
    result = {}
    def look(group):
        for name in group:
            link = group.get(name, getlink=True)
            place = group.name.rstrip('/') + '/' + name
            if isinstance(link, h5py.SoftLink):
                result[place] = ['soft', link.path]
                continue
            o = group[name]
            held = {n: [v.dtype.str, v.tolist()] for n, v in sorted(o.attrs.items())}
            if isinstance(o, h5py.Group):
                result[place] = ['group', held]
                look(o)
            else:
                result[place] = ['dataset', held, o.dtype.str, o.shape, o.maxshape, o.chunks, o[()].tolist()]
    look(h5py.File(path))";

/// Asks with a key until the answer is not that the worker was lost.
async fn applied(socket: &mut RawSocket, change: &Value, key: &str) {
    let mut request = change.clone();
    request["request_key"] = json!(key);
    loop {
        let answer = socket.ask(&request).await;
        if answer["code"] != "worker_lost" {
            assert_eq!(answer["status"], "success", "{change}: {answer}");
            return;
        }
    }
}

async fn compare(seed: u64) {
    let setup = Setup::new();
    h5py(&setup.path("a.h5"), "h5py.File(path, 'w').close()");
    let twin = setup.path("twin");
    let mut server = setup.start().await;
    let mut socket = RawSocket::connect(&server).await;
    let (mut choices, mut model, mut changes) = (Choices(seed), Model::new(), Vec::new());
    // A third death would be one too many for the server.
    let deaths = [choices.below(CHANGES), choices.below(CHANGES)];
    for number in 0..CHANGES {
        let change = model.change(&mut choices);
        let worker = server.workers().first().map(|(worker, _)| *worker);
        if let Some(worker) = worker.filter(|_| deaths.contains(&number)) {
            worker.signal("KILL");
        }
        applied(&mut socket, &change, &format!("{seed}-{number}")).await;
        changes.push(change);
    }
    let path = server.path("a.h5");
    assert!(server.terminate().await.success());
    let served = h5py(&path, DUMP);
    h5py_with(&twin, &json!(changes), TWIN);
    let alone = h5py(&twin, DUMP);
    assert_eq!(served, alone, "seed {seed}: {}", json!(changes));
}

#[tokio::test]
async fn random_changes_make_the_same_file_as_in_h5py() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    for sequence in 0..SEQUENCES {
        compare(now.as_secs() * SEQUENCES + sequence).await;
    }
}
