"""Where the pictures of a demo's visitors are, and for how long."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from mnist_helpers._support import OwnFolder, gradio_folder

# In seconds: how often what remains of uploads that were cut off is removed, and how long nothing
# must have come of an upload before it counts as cut off.
CUT_OFF = (30, 60)


@contextlib.asynccontextmanager
async def own_uploads(app: Any) -> AsyncIterator[None]:
    """While a demo's server runs, its visitors' pictures are in a folder of its own.

    The folder is removed when the server ends, however that happens. ``app`` is Gradio's server.
    """
    shared = gradio_folder()
    if os.environ["GRADIO_EXAMPLES_CACHE"] != str(shared):  # then Gradio serves nothing beside it
        yield
        return
    folder = OwnFolder(shared)
    app.uploaded_file_dir = str(folder.path)
    for block in app.get_blocks().blocks.values():
        block.GRADIO_CACHE = str(folder.path)
    cleaning = asyncio.create_task(_remove_cut_off(folder.path))
    try:
        yield
    finally:
        cleaning.cancel()
        folder.remove()


async def _remove_cut_off(folder: Path) -> None:
    # Gradio writes an upload into a file beside its folders, and moves it when it is complete.
    while True:
        await asyncio.sleep(CUT_OFF[0])
        for file in folder.glob("tmp*"):
            with contextlib.suppress(OSError):
                if file.is_file() and time.time() - file.stat().st_mtime > CUT_OFF[1]:
                    file.unlink()
