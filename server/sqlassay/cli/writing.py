"""Writing a file so that it is never half-written."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile

from sqlassay.cli.exits import Failure


def write_atomically(path: str, data: bytes) -> None:
    """Put `data` in place of the file at `path` in one step, with the same mode; a symlink's target is written.

    Raises Failure, and then the file is as it was.
    """
    real = os.path.realpath(path)
    try:
        mode = stat.S_IMODE(os.stat(real).st_mode) if os.path.exists(real) else None
        if mode is not None and not os.access(real, os.W_OK):
            raise Failure(f"{path}: not written: permission denied")
        handle, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(real)[:100]}.", dir=os.path.dirname(real))
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(temporary, _usual_mode() if mode is None else mode)
            os.replace(temporary, real)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise
    except OSError as error:
        raise Failure(f"{path}: not written: {error.strerror}") from None


def _usual_mode() -> int:
    """What the umask leaves of a new file's mode; a temporary file is private."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
