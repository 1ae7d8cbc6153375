"""The core code of the notebook series, one module per step.

``data`` → ``augment`` → ``model`` → ``train`` → ``evaluate`` → ``plots``; each imports only from
its left. ``notebooks`` runs the series, ``python -m mnist_helpers`` is the command line.
"""
