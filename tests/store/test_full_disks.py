"""A store that cannot be written to says so: a full disk, a limit, a read-only folder."""

from __future__ import annotations

import resource

import pytest

from tests.store.programs import finish, mounted, start
from xharness.errors import StoreError
from xharness.store.artifacts import Store

FULL = """
from xharness.errors import StoreError
root = Path(sys.argv[1])
try:
    store = Store(root)
    with store.creating("predict", "0" * 32, {}) as folder:
        if sys.argv[2] == "python":
            (folder / "a.bin").write_bytes(b"x" * 3_000_000)
        elif sys.argv[2] == "numpy":
            import numpy as np
            np.save(folder / "a.npy", np.zeros(1_000_000))
        elif sys.argv[2] == "torch":
            import torch
            torch.save(torch.zeros(1_000_000), folder / "a.pt")
        else:
            from safetensors.numpy import save_file
            import numpy as np
            save_file({"x": np.zeros(1_000_000)}, folder / "a.safetensors")
except StoreError as error:
    print(error)
    print(store.has("predict", "0" * 32), os.listdir(root / "tmp"))
"""
FULL_PATH = "objects/predict/00/" + "0" * 32


def limited():
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))


@pytest.mark.parametrize("writer", ["python", "safetensors"])
def test_a_limit_on_file_sizes_is_reported(store, writer):
    told = finish(start(FULL, store.root, writer, preexec=limited))
    assert told.startswith(f"cannot save {store.root / FULL_PATH}: File too large; ")
    assert told.endswith("then run again\nFalse []")


@pytest.mark.parametrize("writer", ["python", "numpy", "safetensors", "torch"])
def test_a_full_disk_is_reported_whoever_writes(tmp_path, writer):
    told = finish(start(FULL, tmp_path, writer, prefix=mounted(tmp_path, "size=1m")))
    assert told.startswith(f"cannot save {tmp_path / FULL_PATH}: No space left on device; free disk space")
    assert told.endswith("\nFalse []")


OPEN = """
from xharness.errors import StoreError
try:
    Store(Path(sys.argv[1]))
except StoreError as error:
    print(error)
"""


def test_a_read_only_folder_is_reported_on_opening(tmp_path):
    told = finish(start(OPEN, tmp_path / "store", prefix=mounted(tmp_path, "ro")))
    assert told == (f"cannot save {tmp_path / 'store'}: Read-only file system; use a writable folder, then run again")


def test_a_store_that_became_read_only_is_reported_on_opening(tmp_path):
    remount = (
        'mkdir -p store/tmp store/locks store/objects; touch store/objects/x; mount -o remount,ro "$PWD"; exec "$@"'
    )
    prefix = (*mounted(tmp_path, "size=1m"), "sh", "-c", f'cd "{tmp_path}"; {remount}', "sh")
    assert "cannot save" in finish(start(OPEN, tmp_path / "store", prefix=prefix))


def test_a_file_where_the_folder_should_be_is_reported(tmp_path):
    (tmp_path / "store").touch()
    with pytest.raises(StoreError, match=r"cannot save .*store: .*; use a folder"):
        Store(tmp_path / "store")


def test_opening_a_store_imports_nothing_heavy():
    code = "print(any(name in sys.modules for name in ('numpy', 'torch', 'filelock')))"
    assert finish(start(code)) == "False"
