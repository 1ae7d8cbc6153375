"""Starting the demo: in a notebook, in Colab, behind JupyterHub's proxy, or in a terminal."""

import contextlib
import io
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.utils import colab_check

from mnist_helpers._support import (
    HERE,
    HOST_WARNING,
    LOOPBACK,
    LaunchError,
    check_place,
    free_port,
    gradio_folder,
    in_notebook,
    is_open,
    limits,
)
from mnist_helpers.demo.app import TITLE
from mnist_helpers.demo.uploads import own_uploads
from mnist_helpers.page import proxy_path, show_embedded

SHARE_WARNING = (
    "With share=True the demo gets a public address: whoever has it can use the demo, and what "
    "they draw or upload passes through a server of Gradio's makers."
)
AUTH_ADVICE = " Set a password (auth) unless everybody there may use it."
NO_SHARE = (
    "No public address could be made (no internet, or a firewall or virus scanner forbids it); "
    "the demo still runs at {address}"
)
OPTIONS: dict[str, Any] = {
    # The fonts of the visitor's own system: nothing is fetched, and the page appears sooner.
    "theme": gr.themes.Default(
        primary_hue="blue",
        font=["system-ui", "sans-serif"],
        font_mono=["ui-monospace", "monospace"],
    ),
    "quiet": True,
    "footer_links": [],
    "run_history": False,
    "enable_monitoring": False,
    "max_file_size": limits.MAX_UPLOAD_BYTES,
    "prevent_thread_lock": True,
}

# The demos that `launch` has started in this process, by their titles.
_running: dict[object, gr.Blocks] = {}


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
    """Start the demo and show it; the same call works everywhere.

    In a notebook it appears below the cell; a picture or a sentence stands in its place until the
    cell has run. In Colab only you can see it; on JupyterHub and Binder it comes through
    jupyter-server-proxy. Calling `launch` again replaces the demo of the same title. In a terminal
    its address is printed, and it runs until Ctrl-C.

    Only this computer can reach it, and it sends nothing anywhere, unless ``share`` or ``host``
    says otherwise; then a warning first says what that exposes.

    Args:
        demo: the app, from `build_demo` or one of your own.
        height: the height of the demo in a notebook, in pixels.
        share: whether to make a public address.
        host: the address of this computer to listen on; "0.0.0.0" for all of them.
        port: the port to listen on; by default the first free one from 7860 on.
        auth: a user and a password, which visitors must then give.
        open_browser: in a terminal, whether to open it in the browser.
        block: whether to wait until Ctrl-C; by default only in a terminal.

    Raises:
        LaunchError: if the port is taken, the host is not an address of this computer, or there is
            no room for temporary files.
    """
    host = host.strip("[]")
    check_place(host, port)
    exposed = HOST_WARNING.format(host=host, what="demo") + AUTH_ADVICE
    for warning in [SHARE_WARNING] * share + [exposed] * is_open(host):
        print(warning, flush=True)
    for former in (_running.pop(demo.title, None), demo):
        if former is not None and former.is_running:
            former.close(verbose=False)
    in_colab, path = colab_check(), None
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
        address = f"{path}/" if path else str(demo.local_url)
        show_embedded(str(demo.title), address, height, picture=demo.title == TITLE)
        return
    print(f"The demo runs at {demo.local_url}", flush=True)
    if block if block is not None else not hasattr(sys, "ps1"):
        _wait(demo)


def _start(demo: gr.Blocks, **options: Any) -> None:
    gradio_folder()  # which somebody may have removed, and which needs room on the disk
    options["app_kwargs"] = {"lifespan": own_uploads}  # Gradio changes this dictionary
    # Even when it should be quiet, Gradio prints its own sentences about a public address.
    sink = io.StringIO() if options["share"] else sys.stdout
    try:
        with _no_proxy(options["server_name"].strip("[]")), contextlib.redirect_stdout(sink):
            demo.launch(**OPTIONS, **options)
    except OSError as error:
        where = f"{options['server_name']}, port {options['server_port'] or '7860 to 7959'}"
        raise LaunchError(
            f"The demo could not start at {where}: the port is taken; stop what runs there, or "
            "name another port."
        ) from error


@contextlib.contextmanager
def _no_proxy(host: str) -> Iterator[None]:
    # Gradio asks its own server whether it is up; a school's proxy could not pass that on.
    kept = os.environ.get("no_proxy")
    hosts = (kept, os.environ.get("NO_PROXY"), *LOOPBACK, host)
    os.environ["no_proxy"] = ",".join(filter(None, hosts))
    try:
        yield
    finally:
        del os.environ["no_proxy"]
        os.environ.update({"no_proxy": kept} if kept is not None else {})


def _wait(demo: gr.Blocks) -> None:
    try:
        print("Stop it with Ctrl-C.", flush=True)
        while True:
            time.sleep(60)  # which Ctrl-C ends on Windows, too
    except KeyboardInterrupt:
        demo.close(verbose=False)
        print("\nThe demo is stopped.")
