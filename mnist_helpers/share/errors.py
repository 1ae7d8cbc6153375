"""What can go wrong when a network or a demo is exported."""


class ExportError(Exception):
    """A network or a demo that cannot be exported; the message says why and what to do."""
