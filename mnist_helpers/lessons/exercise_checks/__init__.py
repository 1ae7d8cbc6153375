"""The checks of the exercises: a module for each notebook that has some, and one function to call.

`check_machine`, which looks at the computer, is in `mnist_helpers.lessons.machine_check`.
"""

# Importing them registers the tasks.
from . import n01, n02, n03, n04, n05, n06, n07, n08, n09, n10, n11  # noqa: F401
from .core import check as check
from .core import listen_to_ipython

listen_to_ipython()
