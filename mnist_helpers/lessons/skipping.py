"""Lets a notebook end without an error where a package that it needs is missing."""

from importlib.util import find_spec


def skip_without(package: str) -> None:
    """If a package is missing, say so, and let each cell below only say that it is skipped.

    So a reader gets one sentence, and not an error from every cell. If the package is there,
    nothing happens.
    """
    if find_spec(package):
        return
    from IPython import get_ipython

    name = package.capitalize()
    print(f"{name} is missing: restart the kernel, run  %pip install {package}  and begin again.")
    instead = [f'print("skipped: {name} is missing")']
    # IPython calls this with the lines of each cell that comes later, and runs what it returns.
    get_ipython().input_transformers_cleanup.append(lambda lines: instead)
