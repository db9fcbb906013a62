"""``<environment>-access``: how applications reach the database, where its file says access."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cdktf import TerraformOutput

from modules import access_statements, policies
from modules.access_function import ALIAS, OWNING, READING, AccessFunction, Limits
from modules.client_network import ClientNetwork
from modules.connection_contract import ConnectionContract
from modules.consumer_policies import ConsumerPolicies
from modules.encryption_key import EncryptionKey
from modules.failed_runs import FailedRuns
from modules.log_groups import LogGroups
from modules.module import logical
from modules.network import ANYWHERE
from modules.proxy_name import ProxyName
from modules.rds_proxy import RdsProxy
from modules.schedule import DailyAction
from settings import artifact, topology
from settings.types import is_ipv6
from stacks.environment_stack import EnvironmentStack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from modules.access_function import Part
    from settings.loaded import Loaded
    from settings.model import ConsumerAccess
    from stacks.backends import Outputs
    from stacks.database import DatabaseStack
    from stacks.network import NetworkStack

READER, WRITER, MIGRATOR = "experiment_reader", "experiment_writer", "experiment_migrator"
"""The database's groups, which the first migration creates; they log in themselves where no users are named."""

FUNCTION_READER, FUNCTION_WRITER, FUNCTION_MIGRATOR = (
    f"experiment_function_{role}" for role in ("reader", "writer", "migrator")
)
"""As whom the functions log in where users are named."""

INVOKING = (
    ("invoke-access", "Ask the function for health and queries"),
    ("invoke-owner", "Have the function migrate and make partitions"),
)
"""Policies for whoever calls the functions, so that who may ask for health cannot migrate."""

METRICS_NAMESPACE = "DatabaseAccess"

SERVICE_NAME = "database-access"


class AccessStack(EnvironmentStack):
    """The functions with all they need, policies for applications, RDS Proxy if asked for, and their contract."""

    def __init__(
        self,
        scope: Construct,
        *,
        loaded: Loaded,
        access: ConsumerAccess,
        databases: Sequence[DatabaseStack],
        network: NetworkStack | None,
    ) -> None:
        """Wire access to the databases' outputs, into the created network or the given one.

        There are two while one takes the other's place, which applications reach both; ``loaded`` has the one that
        serves as the only one.
        """
        super().__init__(scope, kind="access", loaded=loaded)
        self.settings = access
        outputs = {each.loaded.names.database: each for each in databases}
        self.databases = {kind: self.outputs_of(stack, kind) for kind, stack in outputs.items()}
        self.database = self.databases[loaded.names.database]
        self.cluster_resource_ids = [each.get_string("cluster_resource_id") for each in self.databases.values()]
        self.network = self.outputs_of(network, "network") if network else None
        self.vpc_id, self.subnet_ids = self._place_in_network(self.network)
        self._logs()
        self.proxy = self._proxy() if access.proxy.enabled else None
        self._functions()
        self._policies()
        self._contract()

    def _place_in_network(self, created: Outputs | None) -> tuple[str, list[str]]:
        existing = self.loaded.environment.network.existing
        if existing is not None:
            subnets = existing.private_subnets or existing.database_subnets
            return existing.vpc_id, [subnets[zone] for zone in sorted(subnets)]
        if created is None:
            raise ValueError("access needs a created or an existing network")
        zones = topology.zones(self.loaded.environment.aws)
        # One by one rather than as a list, because policies name each.
        return created.get_string("vpc_id"), [
            created.get_string(f"private_subnet_ids[{index}]") for index, _ in enumerate(zones)
        ]

    def _parts(self) -> list[tuple[Part, str]]:
        return [(READING, self.loaded.names.function), (OWNING, self.loaded.names.owner_function)]

    def _logs(self) -> None:
        names, protected = self.loaded.names, self.loaded.environment.protected
        groups = {part.role: names.log_group_of(name) for part, name in self._parts()}
        encrypted = [*groups.values()]
        if self.settings.proxy.enabled:
            self.proxy_name = ProxyName(
                self, usual=names.proxy, elsewhere=names.proxy_elsewhere, subnet_ids=self.subnet_ids
            ).name
            groups["proxy"] = names.proxy_log_group(self.proxy_name)
            encrypted += [names.proxy_log_group(name) for name in (names.proxy, f"{names.proxy_elsewhere}????")]
            TerraformOutput(
                self, "proxy_name", static_id=True, value=self.proxy_name, description="What RDS Proxy is called"
            )
        self.key = EncryptionKey(
            self,
            "access",
            alias=names.key_alias("access"),
            description=f"Logs and function of database access in {names.prefix}",
            statements=[
                policies.administration(self.place),
                *policies.use_through(self.place, "lambda"),
                policies.use_by_logs(self.place, encrypted),
            ],
            protected=protected,
        )
        self.key_arn = self.key.arn
        self.log_groups = LogGroups(
            self,
            groups={kind: (name, self.settings.log_retention_days) for kind, name in groups.items()},
            key_arn=self.key_arn,
            kept=protected,
            renamed=("proxy",),
        )

    def _client(self, logical_id: str, name: str, description: str) -> ClientNetwork:
        return ClientNetwork(
            self,
            logical_id,
            name=name,
            description=description,
            vpc_id=self.vpc_id,
            databases={logical(kind): each.get_string("security_group_id") for kind, each in self.databases.items()},
            port=self.loaded.environment.database.port,
        )

    def _connect(self, user: str, *, directly: bool = True, by_proxy: bool = False) -> policies.Statement:
        resource_ids = [*self.cluster_resource_ids] if directly or not self.proxy else []
        if by_proxy and self.proxy:
            resource_ids.append(self.proxy.resource_id)
        return access_statements.connect(self.place, user, resource_ids)

    def _secret(self) -> list[policies.Statement]:
        environment = self.loaded.environment
        has_key = environment.database.master_user.is_managed or environment.encryption.secrets
        return access_statements.read_secret(
            self.place,
            self.database.get_string("secret_arn"),
            self.database.get_string("secrets_key_arn") if has_key else None,
        )

    def _proxy(self) -> RdsProxy:
        names, sources = self.loaded.names, self.loaded.environment.database.access
        self.proxy_network = self._client("proxy", names.proxy, "RDS Proxy")
        # The proxy itself has addresses of IPv4 alone.
        blocks = {
            source: block
            for source, block in topology.admitted_blocks(self.loaded.environment).items()
            if not is_ipv6(block)
        }
        self.proxy_network.admit(security_groups=sources.security_groups, blocks=blocks)
        return RdsProxy(
            self,
            name=names.proxy,
            proxy_name=self.proxy_name,
            role_name=names.proxy_role,
            place=self.place,
            cluster_identifier=names.cluster,
            subnet_ids=self.subnet_ids,
            security_group_id=self.proxy_network.security_group_id,
            pool=self.settings.proxy.pool,
            statements=self._proxied(),
            ready=[self.log_groups.groups["proxy"]],
        )

    def _proxied(self) -> list[policies.Statement]:
        """As whom the proxy connects to the database: whoever may connect to the proxy."""
        users = self.settings.users
        if not users:
            return [self._connect(READER), self._connect(WRITER)]
        groups = (READER, WRITER) if self.settings.shared_logins else ()
        own = [name for name, user in users.items() if user.role != "migrator"]
        everybody = sorted({*own, *groups, FUNCTION_READER, FUNCTION_WRITER})
        return [access_statements.connect_as_any(self.place, everybody, self.cluster_resource_ids)]

    def _functions(self) -> None:
        names, environment, users = self.loaded.names, self.loaded.environment, self.settings.users
        reader, writer, migrator = (
            (FUNCTION_READER, FUNCTION_WRITER, FUNCTION_MIGRATOR) if users else (READER, WRITER, MIGRATOR)
        )
        # Both stand behind one security group: they reach the same, and their rights are their roles'.
        self.function_network = self._client("function", names.function, "function database-access")
        endpoints, blocks = self._way_to_aws()
        self.function_network.reach_aws(endpoints_security_group_id=endpoints, blocks=blocks)
        if self.proxy:
            self.function_network.reach_proxy(self.proxy_network.security_group_id)
        self.function = self._function_of(
            READING,
            names.function,
            # As its library does it: by the proxy where there is one, but for migrations.
            [self._connect(user, directly=False, by_proxy=True) for user in (reader, writer)],
            variables={"DATABASE_USER_READER": reader, "DATABASE_USER_WRITER": writer} if users else {},
            reserved_concurrency=self.settings.reserved_concurrency,
        )
        self.owner = self._function_of(
            OWNING,
            names.owner_function,
            [
                self._connect(migrator),
                *(self._secret() if self.settings.master_secret else ()),
                access_statements.hand_over(self.place, names.failed_runs),
            ],
            variables={
                "DATABASE_USERS": json.dumps({name: user.role for name, user in users.items()}, sort_keys=True),
                **({"DATABASE_USER_MIGRATOR": migrator} if users else {}),
                **({"DATABASE_SHARED_LOGINS": "true"} if self.settings.shared_logins else {}),
            },
            reserved_concurrency=None,
        )
        self.failed_runs = FailedRuns(
            self,
            name=names.failed_runs,
            place=self.place,
            function_name=names.owner_function,
            alias=self.owner.alias,
            rule_name=names.function,
            alarm_actions=self.heard_by("page"),
            ready=[self.owner.policy],
        )
        self.partitions = DailyAction(
            self,
            "partitions",
            name=names.function,
            description=f"Partitions of the coming days in {environment.project} {self.loaded.name}",
            time=self.settings.partitions_at,
            function_name=names.owner_function,
            alias=self.owner.alias,
            failed_runs=self.failed_runs.queue,
        )

    def _function_of(
        self,
        part: Part,
        name: str,
        statements: list[policies.Statement],
        *,
        variables: dict[str, str],
        reserved_concurrency: int | None,
    ) -> AccessFunction:
        names = self.loaded.names
        if self.loaded.function_hash is None:
            raise ValueError("the function is not built")
        security_group = self.function_network.security_group_id
        return AccessFunction(
            self,
            part,
            name=name,
            place=self.place,
            archive=f"../../../{artifact.ARCHIVE}",
            archive_hash=self.loaded.function_hash,
            statements=[
                access_statements.read_contract(self.place, names.contract),
                *statements,
                access_statements.write_logs(self.place, names.log_group_of(name)),
                *([access_statements.trace()] if self.settings.tracing else ()),
                *access_statements.network_interfaces(
                    self.place,
                    function=name,
                    subnets=[self.place.arn("ec2", f"subnet/{subnet}") for subnet in self.subnet_ids],
                    security_group=security_group,
                ),
            ],
            subnet_ids=self.subnet_ids,
            security_group_id=security_group,
            variables={
                "CONTRACT_PREFIX": names.contract,
                "POWERTOOLS_LOG_LEVEL": self.settings.log_level.upper(),
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
                "POWERTOOLS_SERVICE_NAME": SERVICE_NAME,
                **variables,
            },
            key_arn=self.key_arn,
            limits=Limits(
                memory_mb=self.settings.memory_mb,
                timeout_seconds=self.settings.timeout_seconds,
                reserved_concurrency=reserved_concurrency,
            ),
            tracing=self.settings.tracing,
            # The first run finds its way to the database open.
            ready=[self.log_groups.groups[part.role], *self.function_network.admitted],
        )

    def _way_to_aws(self) -> tuple[str | None, list[str]]:
        """Return where HTTPS goes: the endpoints where there are all that are needed, else out by NAT."""
        created, existing = self.loaded.environment.network.create, self.loaded.environment.network.existing
        given = created or existing
        needed = {*topology.called_services(self.settings)}
        if given is None or not needed <= {*given.interface_endpoints}:
            return None, [ANYWHERE]
        if existing is None and self.network:
            return self.network.get_string("endpoints_security_group_id"), []
        # In which of them the endpoints stand is somebody else's to say.
        return None, [block for block in self.loaded.environment.network.blocks if not is_ipv6(block)]

    def _policies(self) -> None:
        names = self.loaded.names
        purposes: dict[str, tuple[str, list[policies.Statement]]] = {
            "read-contract": (
                "Read the connection contract",
                [
                    access_statements.read_contract(self.place, names.contract),
                    access_statements.read_contract_by_name(self.place, names.contract),
                ],
            ),
            "connect-reader": (f"Connect as {READER}", [self._connect(READER, by_proxy=True)]),
            "connect-writer": (f"Connect as {WRITER}", [self._connect(WRITER, by_proxy=True)]),
            # Directly, never by the proxy: it would pin a migration's session to a connection (SET, advisory locks).
            "connect-migrator": (f"Connect as {MIGRATOR}", [self._connect(MIGRATOR)]),
        }
        for name, user in self.settings.users.items():
            connecting = self._connect(name, by_proxy=user.role != "migrator") | {"Sid": "ConnectAsUser"}
            purposes[names.connecting_as(name)] = (f"Connect as {name}, a {user.role}", [connecting])
        for (part, name), (purpose, about) in zip(self._parts(), INVOKING, strict=True):
            purposes[purpose] = (about, [access_statements.invoke(self.place, part.function, f"{name}:{ALIAS}")])
        if self.loaded.environment.database.data_api:
            # With a secret's credentials, which whoever calls has to be allowed to read besides.
            about = "Call the Data API"
            purposes["data-api"] = (about, [access_statements.data_api(self.place, names.cluster)])
        if self.settings.master_secret:
            purposes["read-secret"] = ("Read the master user's secret", self._secret())
        self.policies = ConsumerPolicies(self, name=names.policy, purposes=purposes)
        self.purposes = {purpose: about for purpose, (about, _) in purposes.items()}

    def _contract(self) -> None:
        values = {
            f"policies/{purpose}": (policy.arn, f"ARN of a policy to attach: {self.purposes[purpose]}")
            for purpose, policy in self.policies.policies.items()
        }
        values["query-enabled"] = (str(self.settings.query).lower(), "Whether the function answers queries")
        if self.proxy:
            values["proxy-endpoint"] = (self.proxy.endpoint, "Host name of RDS Proxy, which follows the writer")
            values["proxy-reader-endpoint"] = (self.proxy.reader_endpoint, "Host name of RDS Proxy for the readers")
        self.contract = ConnectionContract(self, path=self.loaded.names.contract, values=values)
        for output, function, about in (
            ("function_alias_arn", self.function, "Alias of the function that reads, to be called"),
            ("owner_function_alias_arn", self.owner, "Alias of the function that migrates, to be called"),
        ):
            TerraformOutput(self, output, static_id=True, value=function.alias.arn, description=about)
