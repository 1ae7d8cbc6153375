"""Typical wrong answers to the exercises, and the words that each should get.

One module for each notebook, ``n01`` and so on. In it ``WRONG`` maps a task to pairs: code that
takes the place of the solution's cell, and words that the check must say.
"""
