"""Typical wrong answers to the exercises, and the words that each should get.

One module for each notebook, ``n01`` and so on. In it ``WRONG`` maps a task and a template to a
table: what takes the place of ``{}`` in the template, and words that the check must then say. The
filled template takes the place of the solution's cell. ``RIGHT`` maps a task to right answers, in
other styles than the solution's.
"""


def changed(code: str, *pairs: tuple[str, str]) -> str:
    """The code with some of its parts replaced, which must all be there."""
    for old, new in pairs:
        assert old in code, old
        code = code.replace(old, new)
    return code
