"""CI cannot pass after checking little: odd skips fail, and each system's browser is found."""

import ntpath
import os
import re
import subprocess
import sys
from pathlib import Path, PurePath

import pytest

from tools import browser, skips

ROOT = Path(__file__).resolve().parents[2]

FILES = {
    "conftest.py": "from tools.skips import pytest_sessionfinish",
    "test_one.py": """
import pytest
@pytest.mark.skipif(True, reason="no browser")
def test_odd(): pass
@pytest.mark.skipif(True, reason="needs a GPU")
def test_expected(): pass
def test_passes(): pass
""",
    "test_two.py": "import pytest; pytest.importorskip('no_such_package', reason='no package')",
}


def run_tests(folder, *options, strict="1"):
    plugins = ["-pxdist.plugin", "-pno:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *plugins, *options],
        cwd=folder,
        env=os.environ
        | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "STRICT_SKIPS": strict},
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("options", [[], ["-n2"]], ids=["alone", "xdist"])
def test_a_skip_that_nobody_expected_fails_the_run(tmp_path, options):
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    done = run_tests(tmp_path, *options)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 passed, 3 skipped" in done.stdout
    (told,) = re.findall(r"STRICT_SKIPS: .*\n((?:  .*\n)+)", done.stdout)
    assert sorted(line.split(": ", 1)[1] for line in told.splitlines()) == [
        "no browser",
        "no package",
    ]
    if not options:
        assert run_tests(tmp_path, strict="0").returncode == 0
        (tmp_path / "test_two.py").unlink()
        assert run_tests(tmp_path, "-k", "not odd").returncode == 0


def test_each_system_has_its_own_reasons_and_none_is_left_over():
    class Skipped:
        nodeid, longrepr = "test_it", ("test_it.py", 1, "Skipped: a signal of Unix")

    assert skips.unexpected([Skipped], "linux") == ["test_it: a signal of Unix"]
    assert skips.unexpected([Skipped], "win32") == []
    files = [*(ROOT / "tests").rglob("*.py"), *(ROOT / "tools").glob("*.py")]
    text = "\n".join(f.read_text(encoding="utf-8") for f in files if "skips" not in f.name)
    for reason in (*skips.EXPECTED, *skips.EXPECTED_ON["win32"]):
        assert f'"{reason}' in text, f"no test is skipped because {reason}"


@pytest.mark.parametrize(
    ("system", "there"),
    [
        ("darwin", "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
        ("darwin", "/Users/ada/Applications/Chromium.app/Contents/MacOS/Chromium"),
        ("win32", r"C:\Program Files\Google\Chrome\Application\chrome.exe"),
        ("win32", r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe"),
        ("linux", None),
    ],
)
def test_a_browser_is_found_where_the_system_keeps_it(monkeypatch, system, there):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(browser.shutil, "which", lambda _: None)
    monkeypatch.delenv("CHROMIUM", raising=False)
    folders = {"ProgramFiles": r"C:\Program Files", "ProgramFiles(x86)": r"C:\Program Files (x86)"}
    for name, folder in folders.items():
        monkeypatch.setenv(name, folder)
    monkeypatch.setenv("HOME", "/Users/ada")
    if system == "win32":  # as Python does it there
        monkeypatch.setattr(browser.os.path, "expandvars", ntpath.expandvars)
    wanted = there and there.replace("\\", "/")
    monkeypatch.setattr(
        Path, "is_file", lambda path: PurePath(path).as_posix().replace("\\", "/") == wanted
    )
    found = browser.chromium()
    assert (found and found.replace("\\", "/")) == wanted
    monkeypatch.setenv("CHROMIUM", "/opt/mine")
    assert browser.chromium() == "/opt/mine"


@pytest.mark.parametrize(
    ("installed", "taken"),
    [
        ({"google-chrome", "chromium", "chromium-headless-shell"}, "chromium-headless-shell"),
        ({"google-chrome", "chromium"}, "chromium"),
        ({"google-chrome"}, "google-chrome"),
    ],
)
def test_the_lightest_of_the_browsers_is_taken(monkeypatch, installed, taken):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(browser.shutil, "which", lambda name: name if name in installed else None)
    assert browser.chromium() == taken
