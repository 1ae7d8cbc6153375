"""What every folder may use: files, downloads, limits, servers, the machine, pixels, centring.

Of digits, this folder knows only the scale of their pixels and where they are centred.
"""

from mnist_helpers._support import limits
from mnist_helpers._support.atomic_write import (
    WriteError,
    check_ordinary,
    try_folder,
    write_atomically,
)
from mnist_helpers._support.centring import centre_on_mass
from mnist_helpers._support.fetching import AwayError, FetchError, fetch, first_answers
from mnist_helpers._support.hosting import (
    HERE,
    HOST_WARNING,
    LOOPBACK,
    LaunchError,
    check_place,
    free_port,
    is_open,
)
from mnist_helpers._support.library_folders import gradio_folder, user_cache_dir
from mnist_helpers._support.own_folder import OwnFolder, one_at_a_time
from mnist_helpers._support.pixels import MEAN, STD, check_shape, normalize, to_array
from mnist_helpers._support.runtime import (
    count_cores,
    in_colab,
    in_notebook,
    progress_bar,
    seed_everything,
    take,
    to_device,
)

__all__ = [
    "HERE",
    "HOST_WARNING",
    "LOOPBACK",
    "MEAN",
    "STD",
    "AwayError",
    "FetchError",
    "LaunchError",
    "OwnFolder",
    "WriteError",
    "centre_on_mass",
    "check_ordinary",
    "check_place",
    "check_shape",
    "count_cores",
    "fetch",
    "first_answers",
    "free_port",
    "gradio_folder",
    "in_colab",
    "in_notebook",
    "is_open",
    "limits",
    "normalize",
    "one_at_a_time",
    "progress_bar",
    "seed_everything",
    "try_folder",
    "take",
    "to_array",
    "to_device",
    "user_cache_dir",
    "write_atomically",
]
