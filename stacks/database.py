"""``<environment>-database``: the cluster and everything that is its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cdktf import TerraformOutput

from catalog import engine_versions, limits
from modules import policies
from modules.activity_stream import ActivityStream
from modules.aurora_cluster import AuroraCluster
from modules.aurora_inputs import (
    INSIGHTS,
    Backup,
    Changes,
    Engine,
    EnhancedMonitoring,
    FirstDatabase,
    Network,
    Observation,
    Origin,
    Protection,
    Storage,
    SubnetGroup,
)
from modules.aurora_instances import AuroraInstances
from modules.backup_copies import BackupCopies, Vaults
from modules.cluster_roles import ClusterRoles
from modules.connection_contract import ConnectionContract
from modules.custom_endpoints import CustomEndpoints, Endpoint
from modules.database_access import DatabaseAccess
from modules.encryption_key import EncryptionKey
from modules.log_groups import LogGroups
from modules.master_secret import MasterSecret
from modules.monitoring_role import MonitoringRole
from modules.parameter_groups import ParameterGroups
from modules.reader_scaling import ReaderScaling
from modules.version_check import version_check
from settings import parameters, topology
from settings.types import is_ipv6
from stacks import adoption, succession
from stacks.environment_stack import EnvironmentStack

if TYPE_CHECKING:
    from cdktf import TerraformProvider
    from constructs import Construct

    from settings.copies import Copies
    from settings.generations import Generation
    from settings.loaded import Loaded
    from stacks.backends import Outputs
    from stacks.network import NetworkStack


class DatabaseStack(EnvironmentStack):
    """Keys, parameter groups, log groups, monitoring, the cluster, its secret's rotation and the contract."""

    def __init__(
        self, scope: Construct, *, loaded: Loaded, generation: Generation, network: NetworkStack | None
    ) -> None:
        """Wire the database into the created network, or into the given one if there is none.

        ``loaded`` has the generation as its only one.
        """
        super().__init__(scope, kind=loaded.names.database, loaded=loaded)
        self.generation = generation
        self.let_go: set[str] = set()
        """Addresses that the next plan forgets rather than destroys."""
        environment, names = loaded.environment, loaded.names
        database = environment.database
        outputs = None if environment.network.existing or not network else self.outputs_of(network, "network")
        vpc_id, subnet_ids = self._network(outputs)

        self._keys()
        self.parameter_groups = ParameterGroups(
            self,
            family=engine_versions.family(database.engine_version),
            cluster_name=names.cluster_parameter_group(database.engine_version),
            instance_name=names.instance_parameter_group(database.engine_version),
            cluster_settings=parameters.effective(environment),
            described=(names.given.cluster_parameter_group is None, names.given.instance_parameter_group is None),
        )
        retention = database.logs.model_dump(by_alias=True)
        self.log_groups = LogGroups(
            self,
            groups={kind: (names.log_group(kind), retention[kind]) for kind in limits.LOG_TYPES},
            key_arn=self.logs_key_arn,
            kept=environment.protected,
        )
        self.access = DatabaseAccess(
            self,
            name=names.security_group,
            described=names.given.security_group is None,
            vpc_id=vpc_id,
            port=database.port,
            security_groups=database.access.security_groups,
            blocks=topology.admitted_blocks(environment) | self._vpc_ipv6(outputs),
        )
        self._aurora(subnet_ids)
        self._growth()
        self.secret_arn = self._secret_arn()
        self._contract()
        if environment.adopt:
            adoption.take_over(self, environment.adopt)
        if generation.accompanied:
            succession.hand_over(self)
        exact = not engine_versions.is_major(database.engine_version)
        moves = database.upgrade or database.allow_major_version_upgrade or generation.ended is not None
        if database.exists and exact and not moves:
            self.add_override("check", version_check(database.engine_version))
        access = environment.access
        if access and access.master_secret and self.secrets_key_arn:
            TerraformOutput(
                self,
                "secrets_key_arn",
                static_id=True,
                value=self.secrets_key_arn,
                description="Key of the master user's secret",
            )
        if generation.ended:
            succession.ENDINGS[generation.ended](self)

    def _network(self, outputs: Outputs | None) -> tuple[str, list[str]]:
        existing = self.loaded.environment.network.existing
        if existing is not None:
            return existing.vpc_id, [existing.database_subnets[zone] for zone in sorted(existing.database_subnets)]
        if outputs is None:
            raise ValueError("a database needs a created or an existing network")
        return outputs.get_string("vpc_id"), outputs.get_list("database_subnet_ids")

    def _vpc_ipv6(self, outputs: Outputs | None) -> dict[tuple[str, str], str]:
        """Return all of the VPC's IPv6, if it may connect: the file's blocks, or what Amazon gave a created VPC."""
        if not self.loaded.environment.database.access.vpc_ipv6:
            return {}
        if outputs is not None:
            return {("ipv6", "vpc"): outputs.get_string("vpc_ipv6_cidr")}
        blocks = [block for block in self.loaded.environment.network.blocks if is_ipv6(block)]
        return {("ipv6", "vpc" if index == 0 else f"vpc-{index + 1}"): block for index, block in enumerate(blocks)}

    def _origin(self) -> Origin | None:
        origin = self.loaded.environment.database.origin
        if origin is None:
            return None
        return Origin(
            snapshot=origin.snapshot,
            source_identifier=origin.cluster,
            source_resource_id=origin.resource_id,
            time=origin.time,
            copy_on_write=origin.clone,
            refresh=origin.refresh,
        )

    def _subnet_group(self, subnet_ids: list[str]) -> SubnetGroup:
        existing, names = self.loaded.environment.network.existing, self.loaded.names
        if existing and existing.subnet_group:
            return SubnetGroup(name=existing.subnet_group, subnet_ids=None, described=False)
        return SubnetGroup(name=names.subnet_group, subnet_ids=subnet_ids, described=names.given.subnet_group is None)

    def _keys(self) -> None:
        """Make the keys that the file does not name, each for what it is for."""
        names, given, database = self.loaded.names, self.loaded.environment.encryption, self.loaded.environment.database
        administration = policies.administration(self.place)
        self.keys: dict[str, EncryptionKey] = {}
        self.data_key_arn = given.data or self._key(
            "data",
            f"Aurora storage and Performance Insights of {names.of_generation}",
            [administration, *policies.use_through(self.place, "rds"), *self._use_by_copies()],
        )
        # Where the password is kept elsewhere, RDS makes no secret that a key would be for.
        self.secrets_key_arn: str | None = given.secrets
        if self.secrets_key_arn is None and self._password_is_managed:
            self.secrets_key_arn = self._key(
                "secrets",
                f"Database secrets of {names.of_generation}",
                [administration, *policies.use_through(self.place, "secretsmanager", "rds")],
            )
        log_groups = [names.log_group(kind) for kind in limits.LOG_TYPES]
        self.logs_key_arn = given.logs or self._key(
            "logs",
            f"Database logs of {names.of_generation}",
            [administration, policies.use_by_logs(self.place, log_groups)],
        )

        if database.activity_stream:
            self.activity_key_arn = self._key(
                "activity",
                f"Activity stream of {names.of_generation}",
                [
                    administration,
                    *policies.use_through(self.place, "rds", "kinesis"),
                    policies.read_activity(self.place),
                ],
            )

    def _use_by_copies(self) -> list[policies.Statement]:
        """Let AWS Backup read the cluster's snapshots to copy them, and the account of a foreign vault, too."""
        copies = self.loaded.environment.database.backup.copies
        if copies is None:
            return []
        account = copies.vault.split(":")[4] if copies.vault else self.place.account_id
        return [
            *policies.use_by_role(self.place.role(self.loaded.names.backup), self.place),
            *(policies.use_by_account(self.place, account) if account != self.place.account_id else ()),
        ]

    def _key(self, purpose: str, description: str, statements: list[policies.Statement]) -> str:
        key = EncryptionKey(
            self,
            purpose,
            alias=self.loaded.names.key_alias(purpose),
            description=description,
            statements=statements,
            protected=self.loaded.environment.protected,
        )
        self.keys[purpose] = key
        return key.arn

    @property
    def _password_is_managed(self) -> bool:
        return self.loaded.environment.database.master_user.is_managed

    def _secret_arn(self) -> str:
        """Return the ARN of the master user's secret, or where to look for the password if nobody says it."""
        user = self.loaded.environment.database.master_user
        if not self._password_is_managed:
            return user.secret_arn or user.password
        self.master_secret = MasterSecret(self, cluster=self.aurora.cluster, rotation_days=user.rotation_days)
        return self.master_secret.arn

    @property
    def _protection(self) -> Protection:
        protected, ended = self.loaded.environment.protected, self.generation.ended is not None
        return Protection(refuses_deletion=protected and not ended, leaves_backups=protected or ended)

    def _aurora(self, subnet_ids: list[str]) -> None:
        environment, names = self.loaded.environment, self.loaded.names
        database, protection = environment.database, self._protection
        engine = Engine(
            version=engine_versions.exact(database.engine_version),
            moves=database.upgrade or database.allow_major_version_upgrade,
            automatic_minor_upgrades=engine_versions.is_major(database.engine_version),
            cluster_parameter_group=self.parameter_groups.cluster.name,
            instance_parameter_group=self.parameter_groups.instance.name,
        )
        network = Network(
            subnet_group=self._subnet_group(subnet_ids),
            security_group_ids=[self.access.security_group_id, *database.access.attached],
            port=database.port,
            ca_certificate=database.ca_certificate,
            ip=environment.network.ip,
        )
        insights = INSIGHTS[database.monitoring.insights]
        observation = Observation(
            log_exports=limits.LOG_TYPES,
            logs_ready=list(self.log_groups.groups.values()),
            enhanced=self._monitoring(),
            insights=insights,
            insights_key_arn=environment.encryption.performance_insights or self.data_key_arn,
        )
        changes = Changes(
            window=database.maintenance.window,
            at_once=database.changes_apply == "at_once",
            major_upgrade=database.allow_major_version_upgrade,
        )
        self.aurora = AuroraCluster(
            self,
            identifier=names.cluster,
            engine=engine,
            database=FirstDatabase(
                name=database.name if database.initial_database else None,
                master_username=database.master_user.name,
                secret_key_arn=self.secrets_key_arn if self._password_is_managed else None,
            ),
            network=network,
            storage=Storage(kind=database.storage, key_arn=self.data_key_arn),
            capacity=database.capacity,
            backup=Backup(
                retention_days=database.backup.retention_days,
                window=database.backup.window,
                final_snapshot=topology.takes_final_snapshot(environment) or self.generation.ended is not None,
            ),
            observation=observation,
            changes=changes,
            data_api=database.data_api,
            protection=protection,
            origin=self._origin(),
        )
        self.aurora_instances = AuroraInstances(
            self.aurora,
            placed=topology.instances(environment),
            identifier=names.instance,
            engine=engine,
            network=network,
            observation=observation,
            changes=changes,
            protection=protection,
        )

    def _growth(self) -> None:
        """Add what the cluster grows by: readers that come and go, endpoints over some instances, roles."""
        database, names = self.loaded.environment.database, self.loaded.names
        instances = self.aurora_instances.instances
        if database.readers:
            self.reader_scaling = ReaderScaling(
                self,
                cluster_identifier=self.aurora.cluster.id,
                name=names.reader_scaling,
                readers=database.readers,
                ready=[instances[key] for key in database.instances],
            )
        self.endpoints: dict[str, str] = {}
        if database.endpoints:
            self.custom_endpoints = CustomEndpoints(
                self,
                cluster_id=self.aurora.cluster.id,
                endpoints={
                    key: Endpoint(
                        identifier=names.custom_endpoint(key),
                        includes_writer=one.writer,
                        members=None if one.instances is None else [instances[each].id for each in one.instances],
                        excluded=None if one.excluding is None else [instances[each].id for each in one.excluding],
                    )
                    for key, one in database.endpoints.items()
                },
            )
            self.endpoints = {key: one.endpoint for key, one in self.custom_endpoints.endpoints.items()}
        roles = database.roles.model_dump(by_alias=True, exclude_none=True)
        if roles:
            blocks = self.loaded.environment.network.blocks
            self.cluster_roles = ClusterRoles(
                self,
                cluster_id=self.aurora.cluster.id,
                region=self.place.region,
                roles=roles,
                security_group_id=self.access.security_group_id,
                vpc_cidrs=[block for block in blocks if not is_ipv6(block)],
            )

        if database.activity_stream:
            self.activity_stream = ActivityStream(
                self,
                cluster_arn=self.aurora.cluster.arn,
                mode=database.activity_stream.mode,
                key_arn=self.activity_key_arn,
                ready=list(instances.values()),
            )
        if database.backup.copies:
            self._copies(database.backup.copies)

    def _copies(self, copies: Copies) -> None:
        names, protected = self.loaded.names, self.loaded.environment.protected
        places = {"copies": self.place}
        providers: dict[str, TerraformProvider] = {}
        if copies.region:
            places["copies_elsewhere"] = replace(self.place, region=copies.region)
            providers["copies_elsewhere"] = self.provider_in("aws_copies", copies.region, alias="copies")
        keys = {
            logical_id: EncryptionKey(
                self,
                logical_id,
                alias=names.key_alias(logical_id.replace("_", "-")),
                description=f"Copies of {names.of_generation} by AWS Backup",
                statements=[
                    policies.administration(place),
                    *policies.use_through(place, "backup", "rds"),
                    *policies.use_by_role(place.role(names.backup), place),
                ],
                protected=protected,
                provider=providers.get(logical_id),
            ).arn
            for logical_id, place in places.items()
        }
        self.vaults = Vaults(
            self, name=names.backup, keys=keys, lock=copies.lock, protected=protected, providers=providers
        )
        elsewhere = self.vaults.vaults.get("copies_elsewhere")
        self.backup_copies = BackupCopies(
            self,
            name=names.backup,
            place=self.place,
            cluster_arn=self.aurora.cluster.arn,
            vault_name=self.vaults.vaults["copies"].name,
            rules=copies.rules,
            copied_to=[*([elsewhere.arn] if elsewhere else ()), *([copies.vault] if copies.vault else ())],
        )

    def _monitoring(self) -> EnhancedMonitoring:
        seconds = self.loaded.environment.database.monitoring.interval_seconds
        if seconds == 0:
            return EnhancedMonitoring(interval_seconds=0, role_arn=None, ready=())
        names = self.loaded.names
        self.monitoring_role = MonitoringRole(
            self,
            name=names.monitoring_role,
            place=self.place,
            instances=[names.instance("*"), *sorted(names.given.instances.values())],
            cluster=names.cluster,
        )
        return EnhancedMonitoring(
            interval_seconds=seconds,
            role_arn=self.monitoring_role.role.arn,
            ready=(self.monitoring_role.attachment,),
        )

    def _contract(self) -> None:
        cluster, database = self.aurora.cluster, self.loaded.environment.database
        # A version that this deployment may change is planned as what it will be: the plan knows the running one, and
        # an apply that finds another is refused half way ("inconsistent final plan", seen with hashicorp/aws 5.100.0).
        at_once = database.upgrade and database.changes_apply == "at_once"
        becomes = database.engine_version if at_once or database.allow_major_version_upgrade else None
        self.contract = ConnectionContract(
            self,
            path=self.loaded.names.contract if self.generation.serves else None,
            values={
                "writer-endpoint": (cluster.endpoint, "Host name that follows the writer"),
                "reader-endpoint": (cluster.reader_endpoint, "Host name that spreads over the readers"),
                "port": (str(database.port), "TCP port"),
                "name": (database.name, "Database name"),
                "secret-arn": (self.secret_arn, "Secret of the master user, for administrators only"),
                "cluster-arn": (cluster.arn, "ARN of the cluster"),
                "cluster-resource-id": (
                    cluster.cluster_resource_id,
                    "Resource id for rds-db:connect policies",
                ),
                "security-group-id": (self.access.security_group_id, "Security group of the database"),
                "engine-version": (becomes or cluster.engine_version_actual, "Version that is running"),
                "ssl-mode": ("verify-full", "libpq sslmode to connect with"),
                "ca-bundle-url": (
                    limits.ca_bundle_url(self.place.region),
                    "Certificates to verify the server with",
                ),
                **(
                    {"activity-stream": (self.activity_stream.name, "Kinesis stream of who did what, for auditors")}
                    if database.activity_stream
                    else {}
                ),
                **{
                    f"endpoint-{key}": (endpoint, f"Host name over some of the instances: {key}")
                    for key, endpoint in self.endpoints.items()
                },
            },
            after={"engine-version": [cluster]} if becomes else None,
        )
