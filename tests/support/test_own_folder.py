"""A process's own temporary folder: private, gone with the process, and swept where it was not."""

import errno
import os
import sys
from types import ModuleType, SimpleNamespace

import pytest

from mnist_helpers._support import LaunchError, OwnFolder, gradio_folder, own_folder
from tests.conftest import is_one_sentence

unix = pytest.mark.skipif(os.name == "nt", reason="Windows has no fork and no owners")


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """The system's temporary folder is empty, and neither Gradio nor a user has named a folder."""
    for name in ("GRADIO_TEMP_DIR", "GRADIO_EXAMPLES_CACHE"):
        monkeypatch.setenv(name, "")  # so that what a test puts there is taken away
        monkeypatch.delenv(name)
    monkeypatch.setattr(own_folder, "_gradios", None)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    yield tmp_path
    if own_folder._gradios:
        own_folder._gradios.remove()


def end_without_a_word(action):
    """Do something in a process that is then gone, without any of its own cleaning up."""
    process = os.fork()
    if process == 0:
        try:
            action()
        finally:
            os._exit(0)
    os.waitpid(process, 0)


def test_only_its_user_can_read_it_and_it_can_be_removed(tmp_path):
    folder = OwnFolder(tmp_path / "new")
    assert folder.path.parent == (tmp_path / "new").resolve()
    if os.name != "nt":
        assert folder.path.stat().st_mode & 0o777 == 0o700
    (folder.path / "upload").write_bytes(b"picture")
    assert folder.usable
    folder.remove()
    folder.remove()
    assert not folder.usable
    assert list((tmp_path / "new").iterdir()) == []


@unix
def test_what_a_dead_process_left_is_swept_and_the_living_keep_theirs(tmp_path, monkeypatch):
    living = OwnFolder(tmp_path)
    monkeypatch.setattr(own_folder, "_start_cleaner", lambda folder: [])
    end_without_a_word(lambda: (OwnFolder(tmp_path).path / "upload").touch())
    dead = set(tmp_path.iterdir()) - {living.path}
    assert len(dead) == 1
    young = tmp_path / f"{own_folder.PREFIX}young"  # another process has not yet locked it
    young.mkdir()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / own_folder.MARK).touch()
    link = tmp_path / f"{own_folder.PREFIX}link"
    link.symlink_to(tmp_path / "other")
    new = OwnFolder(tmp_path)
    assert not any(path.exists() for path in dead)
    expected = {living.path, young, link, tmp_path / "other", new.path}
    assert set(tmp_path.iterdir()) == expected
    assert (tmp_path / "other" / own_folder.MARK).exists()
    end_without_a_word(living.remove)  # a process that was forked from this one
    assert living.usable
    for folder in (living, new):
        folder.remove()


@unix
@pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0,
    reason="permissions do not bind this user to anybody's files but their own",
)
def test_the_folders_of_other_users_are_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(own_folder, "_start_cleaner", lambda folder: [])
    end_without_a_word(lambda: OwnFolder(tmp_path))
    (others,) = tmp_path.iterdir()
    os.chown(others, 1234, 1234)
    OwnFolder(tmp_path).remove()
    assert others.exists()


def full(*_, **__):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_and_a_place_that_is_none_get_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(LaunchError, match=r"TMPDIR") as caught:
        OwnFolder(tmp_path / "file")
    assert is_one_sentence(caught.value)
    with monkeypatch.context() as patch:
        patch.setattr("os.write", full)
        with pytest.raises(LaunchError, match="No space left") as caught:
            OwnFolder(tmp_path)
    assert is_one_sentence(caught.value)
    monkeypatch.setattr("tempfile.gettempdir", full)
    with pytest.raises(LaunchError, match="No space left"):
        OwnFolder()
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_without_a_further_process_it_works_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr("subprocess.run", full)
    folder = OwnFolder(tmp_path)
    assert folder.usable
    folder.remove()
    assert list(tmp_path.iterdir()) == []


# What Gradio gets


def test_gradio_gets_a_folder_as_soon_as_anybody_imports_it(alone):
    finder = next(one for one in sys.meta_path if isinstance(one, own_folder._BeforeGradio))
    assert finder.find_spec("gradients") is None
    assert "GRADIO_TEMP_DIR" not in os.environ
    assert finder.find_spec("gradio") is None
    folder = gradio_folder()
    assert folder.parent == alone.resolve()
    assert os.environ["GRADIO_TEMP_DIR"] == os.environ["GRADIO_EXAMPLES_CACHE"] == str(folder)
    assert gradio_folder() == folder
    own_folder._gradios.remove()  # or somebody has cleared the system's temporary folder
    assert gradio_folder().is_dir()
    assert os.environ["GRADIO_TEMP_DIR"] == str(gradio_folder()) != str(folder)


def test_what_gradio_has_read_already_is_put_right(alone, monkeypatch):
    class Client:
        def __init__(self, *, download_files="/tmp/gradio"):
            self.output = download_files

    routes, client = ModuleType("gradio.x_routes"), ModuleType("gradio_client.client")
    routes.DEFAULT_TEMP_DIR = client.DEFAULT_TEMP_DIR = "/tmp/gradio"
    client.Client = Client
    for module in (routes, client, SimpleNamespace(__name__="gradio.x_none")):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    folder = str(gradio_folder())
    assert routes.DEFAULT_TEMP_DIR == client.DEFAULT_TEMP_DIR == Client().output == folder


def test_a_folder_that_the_user_named_is_kept_and_that_of_a_parent_process_is_not(
    alone, monkeypatch
):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(alone / "mine"))
    monkeypatch.setenv("GRADIO_EXAMPLES_CACHE", str(alone / "examples"))
    assert gradio_folder() == alone / "mine"
    assert os.environ["GRADIO_TEMP_DIR"] == str(alone / "mine")
    assert os.environ["GRADIO_EXAMPLES_CACHE"] == str(alone / "examples")
    assert list(alone.iterdir()) == []
    parents = str(alone / f"{own_folder.PREFIX}parents")
    monkeypatch.setenv("GRADIO_TEMP_DIR", parents)
    monkeypatch.setenv("GRADIO_EXAMPLES_CACHE", parents)
    folder = gradio_folder()
    assert str(folder) != parents
    assert os.environ["GRADIO_TEMP_DIR"] == os.environ["GRADIO_EXAMPLES_CACHE"] == str(folder)
