"""Why the sockets of a Worker-Master Socket.IO system disconnect, from their logs alone."""

from typing import Final

__version__: Final = "0.1.0"
