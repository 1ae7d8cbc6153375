"""Starting the demo: in a notebook, in Colab, behind JupyterHub's proxy, or in a terminal."""

import contextlib
import io
import os
import sys
import time
from collections.abc import Iterator

import gradio as gr
from gradio.utils import colab_check

from mnist_helpers._support import (
    HERE,
    HOST_WARNING,
    LOOPBACK,
    LaunchError,
    check_place,
    free_port,
    in_notebook,
    is_open,
)
from mnist_helpers.demo.app import THEME, TITLE
from mnist_helpers.page import proxy_path, show_frame

MAX_UPLOAD = "20mb"

SHARE_WARNING = (
    "With share=True the demo gets a public address: whoever has it can use the demo, and what "
    "they draw or upload passes through a server of Gradio's makers."
)
AUTH_ADVICE = " Set a password (auth) if not all of them shall use it."
NO_SHARE = (
    "No public address could be made (no internet, or a firewall or virus scanner forbids it); "
    "the demo goes on at {address}"
)

# The demos that `launch` has started in this process, by their titles.
_running: dict[str, gr.Blocks] = {}


def launch(
    demo: gr.Blocks,
    *,
    height: int = 700,
    share: bool = False,
    host: str = HERE,
    port: int | None = None,
    auth: tuple[str, str] | None = None,
    open_browser: bool = False,
    block: bool | None = None,
) -> None:
    """Start the demo and show it: the same call is right everywhere.

    In a notebook it appears below the cell; where the notebook is only looked at, a picture stands
    in its place. In Colab it has a frame that only you can see; on JupyterHub and Binder it comes
    through jupyter-server-proxy. Calling it again replaces the demo of the same title. In a
    terminal its address is printed, and it runs until Ctrl-C.

    It answers this computer alone, and sends nothing anywhere, unless ``share`` or ``host`` say
    otherwise; then it says first what that exposes.

    Args:
        demo: the app, from `build_demo` or of your own.
        height: of the frame in a notebook, in pixels.
        share: whether to make a public address.
        host: the address of this computer to listen at; "0.0.0.0" for all it has.
        port: its port; by default the first free one from 7860 on.
        auth: a user and a password that visitors must give.
        open_browser: whether to open it in the browser, in a terminal.
        block: whether to wait until Ctrl-C; by default only in a terminal.

    Raises:
        LaunchError: if the port is taken, or the host is not one of this computer.
    """
    host = host.strip("[]")
    check_place(host, port)
    exposed = HOST_WARNING.format(host=host, what="demo") + AUTH_ADVICE
    for warning in [SHARE_WARNING] * share + [exposed] * is_open(host):
        print(warning, flush=True)
    _close_former(demo)
    in_colab = colab_check()
    path = None
    if in_notebook() and proxy_path(0):
        port = port or free_port()  # the path needs it before the start
        path = proxy_path(port)
    _start(
        demo,
        inline=in_colab,
        inbrowser=open_browser,
        share=share,
        server_name=f"[{host}]" if ":" in host else host,
        server_port=port,
        root_path=path,
        auth=auth,
        height=height,
    )
    _running[demo.title] = demo
    if share:
        public = f"The public address is {demo.share_url}"
        print(public if demo.share_url else NO_SHARE.format(address=demo.local_url), flush=True)
    if in_colab:
        return
    if in_notebook():
        address = f"{path}/" if path else demo.local_url
        show_frame(demo.title, address, height, picture=demo.title == TITLE)
        return
    print(f"The demo runs at {demo.local_url}", flush=True)
    if block if block is not None else not hasattr(sys, "ps1"):
        _wait(demo)


def _start(demo: gr.Blocks, **options) -> None:
    # Of a public address Gradio prints what it thinks even when it shall be quiet.
    sink = io.StringIO() if options["share"] else sys.stdout
    try:
        with _no_proxy(options["server_name"].strip("[]")), contextlib.redirect_stdout(sink):
            demo.launch(
                theme=THEME,
                quiet=True,
                footer_links=[],
                run_history=False,
                enable_monitoring=False,
                max_file_size=MAX_UPLOAD,
                prevent_thread_lock=True,
                **options,
            )
    except OSError as error:
        host, port = options["server_name"], options["server_port"]
        where = f"{host}, port {port}" if port else f"{host}, ports 7860 to 7959"
        raise LaunchError(
            f"The demo could not start at {where}: the port is taken; stop what runs there, or "
            "name another port."
        ) from error


@contextlib.contextmanager
def _no_proxy(host: str) -> Iterator[None]:
    # Gradio asks its own server whether it is up; a school's proxy cannot know that.
    former = {name: os.environ.get(name) for name in ("no_proxy", "NO_PROXY")}
    os.environ["no_proxy"] = ",".join(filter(None, (*former.values(), *LOOPBACK, host)))
    try:
        yield
    finally:
        for name, value in former.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _close_former(demo: gr.Blocks) -> None:
    for former in {id(one): one for one in (_running.pop(demo.title, None), demo) if one}.values():
        if former.is_running:
            former.close(verbose=False)


def _wait(demo: gr.Blocks) -> None:
    print("Stop it with Ctrl-C.", flush=True)
    try:
        while True:
            time.sleep(60)  # which Ctrl-C ends on Windows, too
    except KeyboardInterrupt:
        demo.close(verbose=False)
        print("\nThe demo is stopped.")
