"""A preview environment: a clone of another one's database, for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from catalog import engine_versions
from operations import yaml_text
from settings.generations import ALIKE
from settings.model import SERVERLESS

if TYPE_CHECKING:
    from datetime import date

    from settings.loaded import Loaded

OF_THE_SOURCE = ("names", "encryption", "adopt", "accept", "protected", "expires")
"""What a running environment has for itself alone."""

OF_THE_CLUSTER = ("exists", "backup", "generation", "successor", "readers", "endpoints", "activity_stream")
"""What its cluster has for itself alone, or by more instances than one."""


def written(source: Loaded, said: dict[str, Any], *, expires: date) -> str:
    """Return the file of a clone of an environment, of which ``said`` is what its own file says.

    It has one instance, of the class of the source's first, which what else the file says may rest on. It is not
    protected, pages nobody, and ends with its last day. Its state is beside the source's.
    """
    data = {key: value for key, value in said.items() if key not in OF_THE_SOURCE}
    database = {key: value for key, value in (data.get("database") or {}).items() if key not in OF_THE_CLUSTER}
    successor = (data.get("database") or {}).get("successor") or {}
    if successor.get("serves"):
        database |= {key: value for key, value in successor.items() if key in ALIKE}
    first = next(iter(source.environment.database.instances.items()))
    key, own = first
    zone = own.zone or None
    database["instances"] = 1 if key.isdecimal() and zone is None else {key: {"zone": zone} if zone else {}}
    database["instance_class"] = own.instance_class or source.environment.database.instance_class
    if database["instance_class"] != SERVERLESS:
        database.pop("capacity", None)
    window = ((data.get("database") or {}).get("backup") or {}).get("window")
    if window:
        # The maintenance window, which stays, was chosen beside it.
        database["backup"] = {"window": window}
    # Version, name and user are the source's, whatever a tier would have.
    version = source.environment.database.engine_version
    database["engine_version"] = version
    if not engine_versions.is_major(version) and version not in engine_versions.creatable():
        # What a clone runs is what its source does, where nobody could create it.
        database["exists"] = True
    database["origin"] = {"cluster": source.names.cluster, "clone": True}
    if source.environment.tier == "production":
        data["tier"] = "staging"
    data["database"] = database
    monitoring = {key: value for key, value in (data.pop("monitoring", None) or {}).items() if key != "notify"}
    if monitoring:
        data["monitoring"] = monitoring
    data["expires"] = expires.isoformat()
    state = dict(data.get("state") or {})
    if state.get("backend") == "s3":
        state["manage_bucket"] = False
        for of_the_bucket in ("migrated", "protected"):
            state.pop(of_the_bucket, None)
    if state:
        data["state"] = state
    comments = {
        "database.instance_class": f"That of {source.file}; a smaller one is cheaper, where all of this fits it.",
        "database.origin": f"Made of {source.file}; whoever reads it reads that one's data.",
        "expires": "make destroy takes it away, whole, before or after that day.",
        "state.manage_bucket": f"The bucket is that of {source.file}.",
    }
    return yaml_text.written(data, comments)
