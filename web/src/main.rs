//! The dashboard's binary: everything it does is in the library.

fn main() {
    hdf5_async_dashboard::start();
}
