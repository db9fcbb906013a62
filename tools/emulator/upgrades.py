"""What RDS does with versions and parameters that change, and moto 5.2.5 does not."""

from __future__ import annotations

from typing import Any


def hold() -> None:
    """Refuse what RDS refuses, and take parameters back; call it once, after moto was mended."""
    _versions()
    _parameters()


def _versions() -> None:
    """ModifyDBCluster: never to an older version, and to another major version only where that is allowed.

    Amazon RDS API Reference, ModifyDBCluster, AllowMajorVersionUpgrade: it has to be given when EngineVersion is of
    another major version than the cluster's; Aurora User Guide, upgrading: an upgrade cannot be undone.
    """
    from moto.rds.exceptions import InvalidParameterCombination  # noqa: PLC0415 - once moto is prepared
    from moto.rds.models import DBCluster, RDSBackend  # noqa: PLC0415 - as above

    modify = RDSBackend.modify_db_cluster

    def modified(self: RDSBackend, kwargs: dict[str, Any]) -> DBCluster:
        cluster = self.clusters.get(kwargs["db_cluster_identifier"])
        wanted = kwargs.get("engine_version")
        if cluster is not None and wanted and cluster.engine_version:
            before, after = _number(cluster.engine_version), _number(wanted)
            # A major version alone stands for whichever of its minor versions there is.
            if after < before[: len(after)]:
                message = f"Cannot upgrade {cluster.engine} from {cluster.engine_version} to {wanted}"
                raise InvalidParameterCombination(message)
            if after[:1] != before[:1] and not kwargs.get("allow_major_version_upgrade"):
                message = "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
                raise InvalidParameterCombination(message)
        return modify(self, kwargs)

    RDSBackend.modify_db_cluster = modified  # type: ignore[method-assign] # mended


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _parameters() -> None:
    """ResetDBClusterParameterGroup, ResetDBParameterGroup: parameters get their default values again.

    Amazon RDS API Reference, both. Terraform asks for it when a parameter is taken out of a file.
    """
    from moto.core.responses import ActionResult  # noqa: PLC0415 - as above
    from moto.rds.exceptions import (  # noqa: PLC0415 - as above
        DBClusterParameterGroupNotFoundError,
        DBParameterGroupNotFoundError,
    )
    from moto.rds.responses import RDSResponse  # noqa: PLC0415 - as above

    def reset(group: Any, asked: Any) -> None:
        names = [one["ParameterName"] for one in asked.get("Parameters", [])]
        for name in [*group.parameters] if asked.get("ResetAllParameters") else names:
            group.parameters.pop(name, None)

    def cluster_group_reset(self: RDSResponse) -> ActionResult:
        name = self.params["DBClusterParameterGroupName"]
        group = self.backend.db_cluster_parameter_groups.get(name)
        if group is None:
            raise DBClusterParameterGroupNotFoundError(name)
        reset(group, self.params)
        return ActionResult({"DBClusterParameterGroupName": name})

    def instance_group_reset(self: RDSResponse) -> ActionResult:
        name = self.params["DBParameterGroupName"]
        group = self.backend.db_parameter_groups.get(name)
        if group is None:
            raise DBParameterGroupNotFoundError(name)
        reset(group, self.params)
        return ActionResult({"DBParameterGroupName": name})

    RDSResponse.reset_db_cluster_parameter_group = cluster_group_reset  # type: ignore[attr-defined] # has none
    RDSResponse.reset_db_parameter_group = instance_group_reset  # type: ignore[attr-defined] # as above
