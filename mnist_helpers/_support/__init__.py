"""What every folder may use: files, downloads, limits, servers, the machine, pixels, centring.

Of digits, this folder knows only the scale of their pixels and where they are centred.
"""

from mnist_helpers._support import limits
from mnist_helpers._support.atomic_write import write_atomically
from mnist_helpers._support.centring import centre_on_mass
from mnist_helpers._support.fetching import AwayError, FetchError, fetch, first_answers
from mnist_helpers._support.hosting import (
    AUTH_ADVICE,
    GONE,
    HERE,
    HOST_WARNING,
    LOOPBACK,
    WAIT,
    Guard,
    LaunchError,
    Login,
    avoid_proxy,
    check_place,
    forwarded_address,
    free_port,
    is_host,
    is_open,
    launch_error,
    most_connections,
    no_proxy,
    outer_path,
    proxy_path,
    split_launch,
)
from mnist_helpers._support.library_folders import gradio_folder, user_cache_dir
from mnist_helpers._support.own_folder import OwnFolder, one_at_a_time
from mnist_helpers._support.pixels import MEAN, STD, check_shape, normalize
from mnist_helpers._support.runtime import (
    count_cores,
    in_colab,
    in_notebook,
    progress_bar,
    seed_everything,
)

__all__ = [
    "AUTH_ADVICE",
    "GONE",
    "HERE",
    "HOST_WARNING",
    "LOOPBACK",
    "MEAN",
    "STD",
    "WAIT",
    "AwayError",
    "FetchError",
    "Guard",
    "LaunchError",
    "Login",
    "OwnFolder",
    "avoid_proxy",
    "centre_on_mass",
    "check_place",
    "check_shape",
    "count_cores",
    "fetch",
    "first_answers",
    "forwarded_address",
    "free_port",
    "gradio_folder",
    "in_colab",
    "in_notebook",
    "is_host",
    "is_open",
    "launch_error",
    "limits",
    "most_connections",
    "no_proxy",
    "normalize",
    "one_at_a_time",
    "outer_path",
    "progress_bar",
    "proxy_path",
    "seed_everything",
    "split_launch",
    "user_cache_dir",
    "write_atomically",
]
