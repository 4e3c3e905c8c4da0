"""What a store lacks is downloaded from its copy behind a URL; what is partial or damaged there counts as absent."""

from __future__ import annotations

import json
import uuid

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from tests.store.made import KEY
from xharness.errors import BadRequest
from xharness.store.artifacts import Store
from xharness.store.mirror import VARIABLE
from xharness.store.pruning import drop

OTHER = "0123456789abcdef0123456789abcdee"
THIRD = "0123456789abcdef0123456789abcded"


class Flaky(MemoryFileSystem):
    """A file system in memory that does what a function in `fault` does before a file is written or read."""

    protocol = "flaky"
    fault = staticmethod(lambda action, path: None)

    def put_file(self, lpath, rpath, **kwargs):
        self.fault("put", rpath)
        super().put_file(lpath, rpath, **kwargs)

    def get_file(self, rpath, lpath, **kwargs):
        self.fault("get", rpath)
        super().get_file(rpath, lpath, **kwargs)

    def find(self, path, **kwargs):
        self.fault("find", path)
        return super().find(path, **kwargs)


@pytest.fixture(params=["memory", "file"])
def url(request, tmp_path, monkeypatch):
    root = tmp_path / "remote" if request.param == "file" else f"/{uuid.uuid4().hex}"
    monkeypatch.setenv(VARIABLE, f"{request.param}://{root}")
    return f"{request.param}://{root}"


@pytest.fixture
def flaky(monkeypatch):
    """Return a function that sets what goes wrong; the copy is in memory."""
    fsspec.register_implementation("flaky", Flaky, clobber=True)
    monkeypatch.setenv(VARIABLE, f"flaky://{uuid.uuid4().hex}")
    return lambda fault: monkeypatch.setattr(Flaky, "fault", staticmethod(fault))


@pytest.fixture
def opened(tmp_path):
    """Return a function that opens the store of a machine; its reports are in `reports`."""

    def _opened(machine):
        store = Store(tmp_path / machine)
        store.reports = []
        store.report = store.reports.append
        return store

    return _opened


def make(store, key=KEY, text="content"):
    with store.creating("predict", key, {}) as folder:
        (folder / "sub").mkdir()
        (folder / "a.txt").write_text(text)
        (folder / "sub" / "b.txt").write_text(text * 2)


def text(store):
    folder = store.path("predict", KEY)
    return (folder / "a.txt").read_text(), (folder / "sub" / "b.txt").read_text()


def failing(action, name):
    """Return a fault: an error of the network at one action on one file."""

    def fault(done, path):
        if done == action and path.endswith(name):
            raise OSError("connection reset")

    return fault


@pytest.mark.parametrize("question", ["has", "sound"])
def test_another_machine_has_what_one_made(url, opened, question):
    make(opened("one"))
    two = opened("two")
    assert not two.is_local("predict", KEY)
    assert getattr(two, question)("predict", KEY)
    assert text(two) == ("content", "contentcontent")
    assert two.about("predict", KEY) == opened("one").about("predict", KEY)
    assert not two.has("predict", OTHER)
    assert list((two.root / "tmp").iterdir()) == two.reports == []


def test_a_listed_store_has_what_it_downloads(url, opened):
    make(opened("one"))
    store = opened("two")
    with store.listed():
        assert store.has("predict", KEY)
        assert store.is_local("predict", KEY)
        assert not store.has("predict", OTHER)


def test_the_copy_has_the_layout_of_the_store(url, opened):
    one = opened("one")
    make(one)
    files, root = fsspec.core.url_to_fs(url)
    found = {path.removeprefix(root).lstrip("/") for path in files.find(root)}
    assert found == {path.relative_to(one.root).as_posix() for path in one.root.glob("objects/**/*") if path.is_file()}


def test_what_was_made_without_the_copy_is_uploaded_when_it_is_used(url, opened, monkeypatch):
    with monkeypatch.context() as without:
        without.delenv(VARIABLE)
        make(opened("one"))
    assert not opened("two").has("predict", KEY)
    assert opened("one").sound("predict", KEY)
    assert opened("two").has("predict", KEY)


@pytest.mark.parametrize("name", ["a.txt", "sub/b.txt", "artifact.json"])
@pytest.mark.parametrize("how", ["truncated", "changed", "missing"])
def test_a_damaged_copy_is_never_used_and_is_made_again(url, opened, name, how):
    make(opened("one"))
    files, root = fsspec.core.url_to_fs(url)
    path = f"{root}/objects/predict/01/{KEY}/{name}"
    content = files.cat_file(path)
    files.rm_file(path)
    if how != "missing":
        files.pipe_file(path, content[:-2] if how == "truncated" else content.replace(b"c", b"k"))
    two = opened("two")
    assert not two.has("predict", KEY)
    assert not two.path("predict", KEY).exists()
    if (name, how) != ("artifact.json", "missing"):
        [report] = two.reports
        assert report.startswith(f"store copy {url}: predict 01234567 is incomplete or corrupt there: ")
    make(two)
    assert opened("three").sound("predict", KEY)
    assert list((two.root / "tmp").iterdir()) == []


@pytest.mark.parametrize("name", ["a.txt", "sub/b.txt", "artifact.json"])
def test_an_upload_that_stops_in_the_middle_leaves_nothing_to_read(flaky, opened, name):
    flaky(failing("put", name))
    one = opened("one")
    make(one)
    assert text(one) == ("content", "contentcontent")
    assert "cannot upload: connection reset; the run continues without it" in one.reports[0]
    assert not opened("two").has("predict", KEY)
    flaky(lambda action, path: None)
    assert opened("one").sound("predict", KEY)  # uploads it
    assert opened("two").has("predict", KEY)


def test_a_download_that_stops_in_the_middle_leaves_nothing(flaky, opened):
    make(opened("one"))
    flaky(failing("get", "b.txt"))
    two = opened("two")
    assert not two.has("predict", KEY)
    assert "cannot download: connection reset" in two.reports[0]
    assert list((two.root / "tmp").iterdir()) == []
    flaky(lambda action, path: None)
    assert opened("two").has("predict", KEY)


def test_an_error_is_reported_once(flaky, opened):
    flaky(failing("find", ""))
    one = opened("one")
    assert not any(one.has(kind, KEY) for kind in ("predict", "score", "embed"))
    assert len(one.reports) == 1


@pytest.mark.parametrize("action", ["find", "get", "put"])
def test_after_an_error_there_are_no_requests_for_a_while(flaky, opened, monkeypatch, action):
    make(opened("one"))
    requests = []

    def fault(done, path):
        requests.append(done)
        failing(action, "")(done, path)

    flaky(fault)
    two = opened("two")
    for key in (KEY, KEY, OTHER):
        two.has("predict", key)
    make(two, OTHER)
    make(two, THIRD)
    assert requests == {"find": ["find"], "get": ["find", "get"], "put": ["find", "get", "get", "put"]}[action]
    assert len(two.reports) == 1
    monkeypatch.setattr("xharness.store.mirror._PAUSE", 0.0)
    flaky(lambda action, path: None)
    assert two.has("predict", KEY)


@pytest.mark.parametrize("name", ["../stolen.txt", "/stolen.txt"])
def test_a_manifest_cannot_write_elsewhere(url, opened, name):
    make(opened("one"))
    files, root = fsspec.core.url_to_fs(url)
    path = f"{root}/objects/predict/01/{KEY}/artifact.json"
    manifest = json.loads(files.cat_file(path))
    for field in ("files", "sha256"):
        manifest[field][name] = manifest[field]["a.txt"]
    files.pipe_file(path, json.dumps(manifest).encode())
    two = opened("two")
    assert not two.has("predict", KEY)
    assert "names a file outside of it" in two.reports[0]
    assert list((two.root / "tmp").iterdir()) == []


def test_a_corrupt_artifact_comes_back_from_the_copy(url, opened):
    one = opened("one")
    make(one)
    (one.path("predict", KEY) / "a.txt").write_text("kontent")
    again = opened("one")
    assert again.sound("predict", KEY)
    assert text(again) == ("content", "contentcontent")
    assert len(again.reports) == len(list((one.root / "corrupt").iterdir())) == 1


def test_dropped_content_stays_in_the_copy(url, opened):
    one = opened("one")
    make(one)
    assert drop(one, "predict", KEY, "sub")
    assert not one.is_local("predict", KEY)
    assert opened("one").has("predict", KEY)
    assert text(one) == ("content", "contentcontent")


@pytest.mark.parametrize("wrong", ["nonsense://bucket", "s3://bucket", "s3:/bucket"])
def test_a_url_that_cannot_be_opened_is_refused(tmp_path, monkeypatch, wrong):
    monkeypatch.setenv(VARIABLE, wrong)
    if wrong.startswith("s3"):
        monkeypatch.setitem(__import__("sys").modules, "s3fs", None)
    with pytest.raises(BadRequest, match=f"{VARIABLE}={wrong}: "):
        Store(tmp_path / "store")
