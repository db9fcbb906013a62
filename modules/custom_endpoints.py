"""Host names over some of the cluster's instances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.rds_cluster_endpoint import RdsClusterEndpoint

from modules.module import Module, logical

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from constructs import Construct


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One custom endpoint: its name, and the identifiers of its members, or of those that are none."""

    identifier: str
    includes_writer: bool
    members: Sequence[str] | None
    excluded: Sequence[str] | None


class CustomEndpoints(Module):
    """One ``aws_rds_cluster_endpoint.endpoint_<key>`` for each key; name and cluster are its identity."""

    def __init__(self, scope: Construct, *, cluster_id: str, endpoints: Mapping[str, Endpoint]) -> None:
        """Create the endpoints; members are references, so that each endpoint follows its instances."""
        super().__init__(scope, "custom_endpoints")
        self.endpoints = {
            key: self.add(
                RdsClusterEndpoint,
                logical("endpoint", key),
                cluster_identifier=cluster_id,
                cluster_endpoint_identifier=endpoint.identifier,
                custom_endpoint_type="ANY" if endpoint.includes_writer else "READER",
                static_members=list(endpoint.members) if endpoint.members is not None else None,
                excluded_members=list(endpoint.excluded) if endpoint.excluded is not None else None,
            )
            for key, endpoint in endpoints.items()
        }
