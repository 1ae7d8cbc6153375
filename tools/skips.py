"""With ``STRICT_SKIPS=1``, a test that is skipped for an unexpected reason fails the run.

A skipped test neither passes nor fails. Without a browser, nearly a hundred tests are skipped, and
the run would still be green. `.ci/run` and the workflows therefore set ``STRICT_SKIPS``.
"""

import os
import sys
from collections.abc import Iterable
from typing import Any

import pytest

# How the reasons begin that are allowed even where everything is installed: there is no graphics
# card or no data, the user is an administrator, or the system lacks something.
EXPECTED = (
    "there is no CUDA device",
    "needs a GPU",
    "this PyTorch has no door for a pretended GPU",
    "MNIST_DATA_DIR is not set",
    "MNIST is not here",
    "DRAWN_DIR names no folder of drawings",
    "permissions do not bind this user",
    "no IPv6 here",
    "this Gradio begins uploads outside its folder",
    "this version of PyTorch draws another dropout",
    "this Pillow has no AVIF",
    "no disk of one's own",
    "a program cannot be cut off here",
    "Keras was imported with the backend",
)
NOT_LINUX = (
    "only Linux has builds to choose from",
    "needs names of any bytes",
    "reads memory from /proc",
)
EXPECTED_ON: dict[str, tuple[str, ...]] = {
    "linux": (),
    "darwin": NOT_LINUX,
    "win32": (
        *NOT_LINUX,
        "needs sh",
        "needs bash",
        "needs make and sh",
        "Windows ",
        "a signal of Unix",
        "signals of Unix",
        "this system does not allow symbolic links",
    ),
}


def unexpected(reports: Iterable[Any], system: str = sys.platform) -> list[str]:
    """The tests that were skipped for an unexpected reason on this system, with the reason."""
    expected = EXPECTED + EXPECTED_ON.get(system, ())
    told = ((report.nodeid, report.longrepr[2].removeprefix("Skipped: ")) for report in reports)
    return [f"{test}: {reason}" for test, reason in told if not reason.startswith(expected)]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run, and name what was skipped; a conftest.py imports this."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("STRICT_SKIPS", "0") == "0" or reporter is None:  # None: a helper of xdist
        return
    if odd := unexpected(reporter.stats.get("skipped", [])):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        lines = ["STRICT_SKIPS: these skips were not expected (see tools/skips.py)", *odd]
        reporter.write_line("\n" + "\n  ".join(lines), red=True)
