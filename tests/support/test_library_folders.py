"""Libraries write where their user alone can read, also without a home to write into."""

import os
import sys
from types import ModuleType, SimpleNamespace

import pytest

from mnist_helpers._support import gradio_folder, library_folders, user_cache_dir
from mnist_helpers._support.own_folder import PREFIX


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """The system's temporary folder is empty, and neither Gradio nor a user has named a folder."""
    for name in ("GRADIO_TEMP_DIR", "GRADIO_EXAMPLES_CACHE"):
        monkeypatch.setenv(name, "")  # so that what a test puts there is taken away
        monkeypatch.delenv(name)
    monkeypatch.setattr(library_folders, "_gradios", None)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    yield tmp_path
    if library_folders._gradios:
        library_folders._gradios.remove()


def test_gradio_gets_a_folder_as_soon_as_anybody_imports_it(alone):
    finder = next(one for one in sys.meta_path if isinstance(one, library_folders._BeforeImports))
    assert finder.find_spec("gradients") is None
    assert "GRADIO_TEMP_DIR" not in os.environ
    assert finder.find_spec("gradio") is None
    folder = gradio_folder()
    assert folder.parent == alone.resolve()
    assert os.environ["GRADIO_TEMP_DIR"] == os.environ["GRADIO_EXAMPLES_CACHE"] == str(folder)
    assert gradio_folder() == folder
    library_folders._gradios.remove()  # or somebody has cleared the system's temporary folder
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
    parents = str(alone / f"{PREFIX}parents")
    monkeypatch.setenv("GRADIO_TEMP_DIR", parents)
    monkeypatch.setenv("GRADIO_EXAMPLES_CACHE", parents)
    folder = gradio_folder()
    assert str(folder) != parents
    assert os.environ["GRADIO_TEMP_DIR"] == os.environ["GRADIO_EXAMPLES_CACHE"] == str(folder)


# Without a home


@pytest.mark.parametrize("library", library_folders.IN_THE_HOME)
def test_a_library_gets_a_folder_where_the_home_cannot_be_written(library, alone, monkeypatch):
    variable = library_folders.IN_THE_HOME[library]
    library_folders._instead_of_home.cache_clear()
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.setenv(variable, "mine")
    finder = library_folders._BeforeImports()
    monkeypatch.setattr("pathlib.Path.home", lambda: alone / "none")
    finder.find_spec(library)
    assert os.environ[variable] == "mine"
    monkeypatch.delenv(variable)
    finder.find_spec(library)
    assert os.path.dirname(os.environ[variable]) == str(alone.resolve())
    monkeypatch.delenv(variable)
    monkeypatch.setattr("pathlib.Path.home", lambda: alone)
    finder.find_spec(library)
    assert variable not in os.environ


def test_somebody_without_a_home_keeps_downloads_until_the_end(alone, monkeypatch):
    def no_home(*_, **__):
        raise RuntimeError("could not determine the home directory")

    library_folders._instead_of_home.cache_clear()
    monkeypatch.setattr("platformdirs.user_cache_dir", no_home)
    assert os.path.dirname(user_cache_dir()) == str(alone.resolve())
    assert user_cache_dir() == user_cache_dir()
