"""Starting the demo: in a notebook, in Colab, behind JupyterHub's proxy, or in a terminal."""

import contextlib
import io
import sys
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import gradio as gr
from gradio.utils import colab_check

from mnist_helpers._support import (
    AUTH_ADVICE,
    HERE,
    HOST_WARNING,
    Guard,
    OwnFolder,
    check_place,
    forwarded_address,
    free_port,
    gradio_folder,
    in_notebook,
    is_open,
    launch_error,
    limits,
    no_proxy,
    proxy_path,
)
from mnist_helpers.demo.app import NUMBER_TITLE, TITLE
from mnist_helpers.demo.connections import patient
from mnist_helpers.demo.guarding import guarded
from mnist_helpers.demo.uploads import own_uploads
from mnist_helpers.page import show_embedded

SHARE_WARNING = (
    "With share=True the demo gets a public address: whoever has it can use the demo, and what "
    "they draw or upload passes through a server of Gradio's makers."
)
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
    # A notebook's frame has little room.
    "css": ".main.app { padding-block: 4px !important } .tabitem { padding-block: 2px !important }",
    "quiet": True,
    "footer_links": [],
    "run_history": False,
    "enable_monitoring": False,
    "max_file_size": limits.MAX_UPLOAD_BYTES,
    "state_session_capacity": limits.MAX_SESSIONS,
    "prevent_thread_lock": True,
}

# The demos that `launch` has started in this process, by their cells and titles.
_running: dict[object, gr.Blocks] = {}


def launch(
    demo: gr.Blocks,
    *,
    height: int = 700,
    share: bool = False,
    host: str = HERE,
    port: int | None = None,
    auth: tuple[str, str] | None = None,
    allow_hosts: Sequence[str] = (),
    open_browser: bool = False,
    block: bool | None = None,
) -> None:
    """Start the demo and show it; the same call works everywhere.

    In a notebook it appears below the cell; a picture or a sentence stands in its place until the
    cell has run. In Colab only you can see it; on JupyterHub and Binder it comes through
    jupyter-server-proxy. Running the cell again replaces its demo of the same title. In a terminal
    its address is printed, and it runs until Ctrl-C.

    Only this computer can reach it, and it sends nothing anywhere, unless ``share`` or ``host``
    says otherwise; then a warning first says what that exposes. On this computer it answers to the
    names of this computer only, and nowhere to requests that another site's page sends.

    Args:
        demo: the app, from `build_demo` or one of your own.
        height: the height of the demo in a notebook, in pixels.
        share: whether to make a public address.
        host: the address of this computer to listen on; "0.0.0.0" for all of them.
        port: the port to listen on; by default the first free one from 7860 on.
        auth: a user and a password, which visitors must then give.
        allow_hosts: further names to which it answers, such as that of a proxy in front of it.
        open_browser: in a terminal, whether to open it in the browser.
        block: whether to wait until Ctrl-C; by default only in a terminal.

    Raises:
        LaunchError: if the port is taken, the host is not an address of this computer, or there is
            no room for temporary files.
    """
    host = host.strip("[]")
    check_place(host, port)
    exposed = HOST_WARNING.format(host=host, what="demo") + ("" if auth else AUTH_ADVICE)
    for warning in [SHARE_WARNING] * share + [exposed] * is_open(host):
        print(warning, flush=True)
    key = (_cell(), demo.title)
    for former in (_running.pop(key, None), demo):
        if former is not None and former.is_running:
            former.close(verbose=False)
    in_colab, guard = colab_check(), Guard(host, allow_hosts)
    if in_notebook() and proxy_path(0):
        guard.port = port = port or free_port()  # the path needs it before the start
    _start(
        demo,
        app_kwargs=guarded(demo, guard),
        inline=in_colab,
        inbrowser=open_browser,
        share=share,
        server_name=f"[{host}]" if ":" in host else host,
        server_port=port,
        auth=auth,
        height=height,
    )
    _running[key] = demo
    guard.port = urlsplit(demo.local_url).port or 0
    guard.allow(demo.share_url)
    guard.allow(forwarded_address(guard.port))
    if share:
        public = f"The public address is {demo.share_url}"
        print(public if demo.share_url else NO_SHARE.format(address=demo.local_url), flush=True)
    if in_colab:
        return
    if in_notebook():
        pictures = {TITLE: "demo.png", NUMBER_TITLE: "number.png"}
        picture, address = pictures.get(str(demo.title), ""), str(demo.local_url)
        show_embedded(str(demo.title), address, height, secret=guard.secret, picture=picture)
        return
    print(f"The demo runs at {demo.local_url}", flush=True)
    if block if block is not None else not hasattr(sys, "ps1"):
        _wait(demo)


def _cell() -> object:
    """Which cell of a notebook runs, if that is known: each cell has its own demos."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    kernel: Any = getattr(shell, "kernel", None)
    message = kernel.get_parent() if hasattr(kernel, "get_parent") else {}
    return message.get("metadata", {}).get("cellId")


def _start(demo: gr.Blocks, **options: Any) -> None:
    OwnFolder(gradio_folder()).remove()  # if there is no room for uploads, it says so at once
    options["app_kwargs"] |= {"lifespan": own_uploads}  # Gradio changes this dictionary
    # Even when it should be quiet, Gradio prints its own sentences about a public address.
    sink = io.StringIO() if options["share"] else sys.stdout
    host = options["server_name"].strip("[]")
    try:
        with no_proxy(host), patient(), contextlib.redirect_stdout(sink):
            demo.launch(**OPTIONS, **options)
    except OSError as error:
        raise launch_error("demo", host, options["server_port"], error) from error


def _wait(demo: gr.Blocks) -> None:
    try:
        print("Stop it with Ctrl-C.", flush=True)
        while True:
            time.sleep(60)  # which Ctrl-C ends on Windows, too
    except KeyboardInterrupt:
        demo.close(verbose=False)
        print("\nThe demo is stopped.")
