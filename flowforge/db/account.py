"""The system user that the embedded server runs as: we, or an unprivileged one when we are root, whom PostgreSQL refuses."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flowforge.errors import ConfigurationError


@dataclass(frozen=True)
class Account:
    """A system user; without ids it is the user that we are."""

    name: str | None = None
    user: int | None = None
    group: int | None = None

    @property
    def options(self) -> dict[str, Any]:
        """What subprocess needs to run a program as this user."""
        return {} if self.user is None else {"user": self.user, "group": self.group, "extra_groups": []}

    def own(self, path: Path) -> None:
        """Give `path` to this user."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)


def server_account() -> Account:
    """Who runs the server. Raises ConfigurationError when we are root and there is neither `postgres` nor `nobody`."""
    if os.geteuid() != 0:
        return Account()
    import pwd  # not on Windows

    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise ConfigurationError("root needs a user 'postgres' or 'nobody' to run the database as", hint="make one, or set DATABASE_URL")
