//! Files as users of netCDF, MATLAB, Keras and the like lay them out: every dataset and attribute is read.

use hdf5_async_tests::h5py;

use crate::real::check;

/// Makes a file with `script`, which opens it itself, and compares all of it.
async fn check_made(name: &str, script: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    h5py(&path, script);
    check(&path).await;
}

#[tokio::test]
async fn netcdf_dimension_scales_with_their_lists_of_references() {
    check_made(
        "climate.nc",
        "
        with h5py.File(path, 'w', track_order=True) as f:
            f.attrs['_NCProperties'] = np.bytes_(b'version=2,netcdf=4.9.2,hdf5=1.14.3')
            f.attrs['Conventions'] = 'CF-1.8'
            names = {'time': 3, 'lat': 4, 'lon': 5}
            for index, (name, n) in enumerate(names.items()):
                d = f.create_dataset(name, (n,), '<f8', maxshape=(None,) if name == 'time' else None,
                                     data=np.linspace(0, 1, n), track_order=True)
                d.make_scale(name)
                d.attrs['_Netcdf4Dimid'] = np.int32(index)
                d.attrs['units'] = np.bytes_(b'degrees')
            f.create_dataset('nv', (2,), '>f4').make_scale('This is a netCDF dimension but not a netCDF variable.         2')
            t = f.create_dataset('air', (3, 4, 5), '<f4', chunks=(1, 4, 5), compression='gzip', shuffle=True,
                                 fillvalue=np.float32(9.96921e36))
            t[...] = np.random.default_rng(3).random((3, 4, 5))
            t.attrs['_FillValue'] = np.array([9.96921e36], '<f4')
            t.attrs['_Netcdf4Coordinates'] = np.arange(3, dtype='<i4')
            for axis, name in enumerate(names):
                t.dims[axis].attach_scale(f[name])
            quality = np.dtype([('flag', h5py.enum_dtype({'good': 0, 'bad': 1}, 'i1')), ('note', h5py.string_dtype())])
            f['quality_t'] = quality
            q = f.create_dataset('sub/quality', (2,), f['quality_t'])
            q[0] = (1, 'cloud')
            f.create_dataset('sub/profile', (2,), h5py.vlen_dtype('<i2'))[1] = np.arange(5, dtype='<i2')
            one = f['air']
            regions = f.create_dataset('sub/regions', (3,), h5py.regionref_dtype)
            regions[0] = one.regionref[0, 1:3, ::2]
            regions[2] = one.regionref[...]
        ",
    )
    .await;
}

#[tokio::test]
async fn matlab_cells_behind_a_user_block() {
    check_made(
        "workspace.mat",
        "
        with h5py.File(path, 'w', userblock_size=512) as f:
            def put(name, data, kind, **more):
                d = f.create_dataset(name, data=data)
                d.attrs['MATLAB_class'] = np.bytes_(kind)
                for key, value in more.items():
                    d.attrs[key] = value
                return d
            put('matrix', np.arange(6.0).reshape(2, 3), b'double')
            put('single', np.float32([[1.5]]), b'single')
            put('flag', np.uint8([[1]]), b'logical', MATLAB_int_decode=np.int32(1))
            put('text', np.array([[ord(c)] for c in 'h\\u00e9llo'], '<u2'), b'char', MATLAB_int_decode=np.int32(2))
            put('nothing', np.zeros(2, '<u8'), b'double', MATLAB_empty=np.uint8(1))
            put('z', np.array([[(1.0, -2.0)]], [('real', '<f8'), ('imag', '<f8')]), b'double')
            put('#refs#/a', np.zeros(2, '<u8'), b'canonical empty', MATLAB_empty=np.uint8(1))
            put('#refs#/b', np.array([[ord('x')]], '<u2'), b'char')
            put('#refs#/c', np.arange(3.0), b'double')
            cell = f.create_dataset('cell', (2, 2), h5py.ref_dtype)
            cell[0, 0], cell[0, 1], cell[1, 0] = f['#refs#/b'].ref, f['#refs#/c'].ref, f['#refs#/a'].ref
            cell.attrs['MATLAB_class'] = np.bytes_(b'cell')
            s = f.create_group('struct')
            s.attrs['MATLAB_class'] = np.bytes_(b'struct')
            fields = np.empty(2, h5py.vlen_dtype('S1'))
            fields[0], fields[1] = np.array(list('pos'), 'S1'), np.array(list('id'), 'S1')
            s.attrs.create('MATLAB_fields', fields, dtype=h5py.vlen_dtype('S1'))
            put('struct/pos', np.arange(3.0), b'double')
            put('struct/id', np.int64([[7]]), b'int64')
        with open(path, 'r+b') as raw:
            raw.write(b'MATLAB 7.3 MAT-file, Platform: GLNXA64'.ljust(116) + bytes(8) + b'\\x00\\x02IM')
        ",
    )
    .await;
}

#[tokio::test]
async fn anndata_categories_and_sparse_matrices() {
    check_made(
        "cells.h5ad",
        "
        with h5py.File(path, 'w') as f:
            f.attrs['encoding-type'], f.attrs['encoding-version'] = 'anndata', '0.1.0'
            x = f.create_group('X')
            x.attrs['encoding-type'] = 'csr_matrix'
            x.attrs['shape'] = np.array([4, 3])
            x['data'], x['indices'], x['indptr'] = np.float32([1, 2, 3]), np.int32([0, 2, 1]), np.int32([0, 1, 1, 2, 3])
            obs = f.create_group('obs')
            obs.attrs['_index'] = 'barcode'
            obs.attrs.create('column-order', np.array(['kind', 'score'], object), dtype=h5py.string_dtype())
            obs['barcode'] = np.array(['AAA', 'AAC', 'AAG', 'AAT'], dtype=h5py.string_dtype())
            kind = obs.create_group('kind')
            kind.attrs['ordered'] = False
            kind['categories'] = np.array(['B', 'T'], dtype=h5py.string_dtype())
            kind['codes'] = np.int8([0, 1, -1, 1])
            obs['score'] = np.array([0.1, np.nan, np.inf, -0.0])
            old = np.array([(b'g1', 1.5, True), (b'g2', 2.5, False)], [('index', 'S4'), ('mean', '<f4'), ('hv', '?')])
            f['var'] = old
            f.create_dataset('uns/empty', dtype=h5py.string_dtype(), data=h5py.Empty('S1').dtype and h5py.Empty('f4'))
            f['uns/colors'] = np.array(['#ff0000', '#00ff00'], dtype=h5py.string_dtype())
            f['obsm/X_pca'] = np.random.default_rng(0).random((4, 2))
            f.create_group('layers')
        ",
    )
    .await;
}

#[tokio::test]
async fn weights_of_keras_and_of_half_precision_models() {
    check_made(
        "model.h5",
        "
        import json as text
        with h5py.File(path, 'w') as f:
            f.attrs['keras_version'], f.attrs['backend'] = '2.15.0', b'tensorflow'
            f.attrs['model_config'] = text.dumps({'layers': ['x' * 500] * 20})
            w = f.create_group('model_weights')
            w.attrs['layer_names'] = np.array([b'dense', b'dropout'], 'S7')
            w.attrs['empty'] = np.zeros((0,), 'S1')
            g = w.create_group('dense/dense')
            w['dense'].attrs['weight_names'] = np.array([b'dense/kernel:0', b'dense/bias:0'])
            g['kernel:0'] = np.random.default_rng(1).normal(size=(8, 4)).astype('<f4')
            g['bias:0'] = np.zeros(4, '<f4')
            w.create_group('dropout')
            state = f.create_group('state_dict')
            state['conv.weight'] = np.random.default_rng(2).normal(size=(2, 3, 3, 3)).astype('<f2')
            bfloat16 = h5py.h5t.IEEE_F32LE.copy()
            bfloat16.set_fields(15, 7, 8, 0, 7)
            bfloat16.set_size(2)
            bfloat16.set_ebias(127)
            d = h5py.h5d.create(state.id, b'fc.weight', bfloat16, h5py.h5s.create_simple((2, 4)))
            bits = np.frombuffer(np.random.default_rng(4).bytes(16), 'V2').reshape(2, 4)
            d.write(h5py.h5s.ALL, h5py.h5s.ALL, np.array(bits), bfloat16)
            state['step'] = np.int64(12345)
            state['shape'] = np.array((3, 4), [('rows', '<i8'), ('columns', '<i8')])
        ",
    )
    .await;
}
