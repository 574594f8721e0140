//! The commands of `hdf5-async`: the real program against a real server, its output letter by letter.

mod carrying;
mod copying;
mod documentation;
mod failing;
mod finding;
mod following;
mod linking;
mod looking;
mod reading;
mod tables;
mod terminal;
mod values;
mod writing;

use hdf5_async_tests::{Setup, TestServer};

/// A file with something of everything that the commands print in a way of its own.
const CONTENT: &str = r#"
d = f.create_dataset('entry/data', data=np.arange(12, dtype='<i4').reshape(3, 4))
d.attrs['units'] = 'mm'
d.attrs['scale'] = [1.5, 2]
f['entry'].attrs['NX_class'] = 'NXentry'
f['entry/cube'] = np.arange(12.).reshape(2, 2, 3) / 4
f['entry/names'] = ['a', 'b, "c"', '日本']
f['entry/title'] = 'hello\nworld'
f['flags'] = np.array([True, False])
f['link'] = h5py.SoftLink('/entry/data')
f['lost'] = h5py.SoftLink('/gone')
f['null'] = h5py.Empty('<f8')
f['other'] = h5py.ExternalLink('b.h5', '/x')
f['type'] = np.dtype('<f4')
f.create_dataset('log', data=[1., 2.], maxshape=(None,), chunks=(10,), compression='gzip', compression_opts=4)
f['special'] = np.array([np.nan, np.inf, -np.inf, 1.5])
"#;

async fn server() -> TestServer {
    Setup::new().file("a.h5", CONTENT).start().await
}
