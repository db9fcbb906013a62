"""What moto 5.2.5 gets wrong about Aurora, mended in the process that serves it. One function per gap.

A gap that moto closes goes from here; nothing outside this file knows of any.
"""

from __future__ import annotations

import os


def prepare() -> None:
    """Set what moto reads when it is imported."""
    # The Enhanced Monitoring role attaches a policy that AWS manages; moto only knows those when asked to.
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"


def mend() -> None:
    """Mend every gap; call it once, after moto was imported."""
    _storage_types_of_aurora()


def _storage_types_of_aurora() -> None:
    """Aurora's own storage types, ``aurora`` and ``aurora-iopt1``: KeyError, answered as 500, which is retried."""
    from moto.rds.models import DBCluster  # noqa: PLC0415 - imported once the environment is prepared

    known = DBCluster.default_allocated_storage

    def default_allocated_storage(engine: str, storage_type: str) -> int:
        return 1 if storage_type.startswith("aurora") else int(known(engine, storage_type))

    DBCluster.default_allocated_storage = staticmethod(default_allocated_storage)  # type: ignore[method-assign] # mended
