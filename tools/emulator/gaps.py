"""What moto 5.2.5 gets wrong, mended in the process that serves it. One function per gap, its docstring names it.

A gap that moto closes goes from here; nothing outside this file knows of any.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import uuid
from functools import partialmethod
from typing import Any

ACCESS_KEY = "EMULATED"
"""An access key of this and an account's 12 digits belongs to that account; moto reads keys of 20 characters only."""


def prepare() -> None:
    """Set what moto reads when it is imported."""
    # The Enhanced Monitoring role attaches a policy that AWS manages; moto only knows those when asked to.
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"


def mend() -> None:
    """Mend every gap; call it once, after moto was imported."""
    _accounts()
    _storage_types_of_aurora()
    _scaling_of_serverless_v1()
    _database_insights()
    _default_certificate_authority()
    _schedule_of_rotation()
    _conditions_of_bucket_policies()
    _newer_versions_that_are_kept()
    _descriptions_of_rules()
    _ids_of_policies()
    _keys_of_log_groups()
    _log_groups_of_exports()
    _restores()
    _later_exports_and_authentication()
    _secret_of_a_managed_password()
    _sources_of_subscriptions()
    _saved_queries()
    _composite_alarms()
    _readers_of_scaling()
    _tags_of_scaling()


def _accounts() -> None:
    """Several accounts at once: moto knows an account only by access keys that it has issued itself."""
    from moto.iam import models  # noqa: PLC0415 - imported once the environment is prepared

    known = models.get_account_id_from

    def get_account_id_from(access_key: str) -> str:
        account = access_key.removeprefix(ACCESS_KEY)
        return account if account != access_key else known(access_key)

    models.get_account_id_from = get_account_id_from


def _storage_types_of_aurora() -> None:
    """Aurora's own storage types, ``aurora`` and ``aurora-iopt1``: KeyError, answered as 500, which is retried."""
    from moto.rds.models import DBCluster  # noqa: PLC0415 - imported once the environment is prepared

    known = DBCluster.default_allocated_storage

    def default_allocated_storage(engine: str, storage_type: str) -> int:
        return 1 if storage_type.startswith("aurora") else int(known(engine, storage_type))

    DBCluster.default_allocated_storage = staticmethod(default_allocated_storage)  # type: ignore[method-assign] # mended


def _scaling_of_serverless_v1() -> None:
    """ScalingConfigurationInfo, which belongs to Serverless v1: reported, empty, for every other cluster too."""
    from moto.rds.models import DBCluster  # noqa: PLC0415 - imported once the environment is prepared

    known: Any = DBCluster.scaling_configuration_info

    def scaling_configuration_info(self: DBCluster) -> Any:
        return known.fget(self) if self.scaling_configuration else None

    mended: Any = property(scaling_configuration_info)
    DBCluster.scaling_configuration_info = mended  # type: ignore[method-assign] # mended


def _database_insights() -> None:
    """Database Insights and a cluster's Enhanced Monitoring: accepted at creation and forgotten."""
    from moto.rds.models import DBCluster, DBInstance, RDSBackend  # noqa: PLC0415 - as above

    kept = (
        *("database_insights_mode", "enable_performance_insights", "performance_insights_kms_key_id"),
        *("performance_insights_retention_period", "monitoring_interval", "monitoring_role_arn"),
    )

    def keeping(create: Any) -> Any:
        def created(self: RDSBackend, kwargs: dict[str, Any]) -> Any:
            resource = create(self, kwargs)
            for name in kept:
                if kwargs.get(name) is not None:
                    setattr(resource, name, kwargs[name])
            return resource

        return created

    # The request says Enable…, the answer …Enabled.
    enabled = property(lambda resource: getattr(resource, "enable_performance_insights", False))
    for model in (DBCluster, DBInstance):
        setattr(model, "performance_insights_enabled", enabled)  # noqa: B010 - mypy knows no such attribute
    RDSBackend.create_db_cluster = keeping(RDSBackend.create_db_cluster)  # type: ignore[method-assign] # mended
    RDSBackend.create_db_instance = keeping(RDSBackend.create_db_instance)  # type: ignore[method-assign] # mended


def _default_certificate_authority() -> None:
    """``rds-ca-default`` signs new instances: AWS has no such authority, and the provider reboots to change it."""
    from moto.rds.models import DBInstance  # noqa: PLC0415 - imported once the environment is prepared

    create = DBInstance.__init__

    def created(self: DBInstance, *arguments: Any, **kwargs: Any) -> None:
        create(self, *arguments, **{"ca_certificate_identifier": "rds-ca-rsa2048-g1"} | kwargs)

    DBInstance.__init__ = created  # type: ignore[method-assign] # mended


def _schedule_of_rotation() -> None:
    """Rotation of a secret that RDS manages: its schedule is forgotten, and it cannot be ended without a Lambda.

    AWS does end it (terraform-aws-modules/terraform-aws-rds#580), which is what a destroy asks for.
    """
    from moto.secretsmanager.models import FakeSecret, SecretsManagerBackend  # noqa: PLC0415 - as above

    describe, rotate, cancel = (
        FakeSecret.to_dict,
        SecretsManagerBackend.rotate_secret,
        SecretsManagerBackend.cancel_rotate_secret,
    )

    def to_dict(self: FakeSecret) -> dict[str, Any]:
        rules = getattr(self, "rotation_rules", None)
        return describe(self) | ({"RotationEnabled": True, "RotationRules": rules} if rules else {})

    def rotate_secret(self: SecretsManagerBackend, secret_id: str, **kwargs: Any) -> str:
        answer = rotate(self, secret_id, **kwargs)
        self.secrets[secret_id].rotation_rules = kwargs.get("rotation_rules")  # type: ignore[union-attr] # mended
        return answer

    def cancel_rotate_secret(self: SecretsManagerBackend, secret_id: str) -> str:
        secret = self.secrets.get(secret_id)
        if not isinstance(secret, FakeSecret) or secret.owning_service != "rds" or secret.is_deleted():
            return cancel(self, secret_id)
        secret.rotation_rules = None  # type: ignore[attr-defined] # mended
        return secret.to_short_dict()

    FakeSecret.to_dict = to_dict  # type: ignore[method-assign] # mended
    SecretsManagerBackend.rotate_secret = rotate_secret  # type: ignore[method-assign,assignment] # mended
    SecretsManagerBackend.cancel_rotate_secret = cancel_rotate_secret  # type: ignore[method-assign] # mended


def _conditions_of_bucket_policies() -> None:
    """Conditions in a bucket's policy: not evaluated, so that refusing what is not TLS refuses everything."""
    from moto.iam.access_control import IAMPolicy  # noqa: PLC0415 - imported once the environment is prepared
    from moto.s3.models import FakeBucket  # noqa: PLC0415 - as above

    known = FakeBucket.get_permission

    def get_permission(self: FakeBucket, action: str, resource: str) -> Any:
        if self.policy is None:
            return known(self, action, resource)
        policy = json.loads(self.policy)
        policy["Statement"] = [one for one in policy["Statement"] if "Condition" not in one]
        return IAMPolicy(json.dumps(policy)).is_action_permitted(action, resource)

    FakeBucket.get_permission = get_permission  # type: ignore[method-assign] # mended


def _newer_versions_that_are_kept() -> None:
    """NewerNoncurrentVersions of an expiry: forgotten, and the provider waits until it is reported."""
    from moto.s3.models import FakeBucket  # noqa: PLC0415 - imported once the environment is prepared
    from moto.s3.responses import S3Response  # noqa: PLC0415 - as above

    remember, report = FakeBucket.set_lifecycle, S3Response.get_bucket_lifecycle

    def set_lifecycle(self: FakeBucket, rules: list[dict[str, Any]]) -> None:
        remember(self, rules)
        expiries = [rule["NoncurrentVersionExpiration"] for rule in rules if "NoncurrentVersionExpiration" in rule]
        self.newer_versions = [one.get("NewerNoncurrentVersions") for one in expiries]  # type: ignore[attr-defined]

    def get_bucket_lifecycle(self: S3Response) -> Any:
        code, headers, body = report(self)
        newer = iter(self.backend.get_bucket(self.bucket_name).newer_versions)  # type: ignore[attr-defined]

        def completed(end: re.Match[str]) -> str:
            number = next(newer)
            return f"<NewerNoncurrentVersions>{number}</NewerNoncurrentVersions>{end[0]}" if number else end[0]

        return code, headers, re.sub("</NoncurrentVersionExpiration>", completed, str(body))

    FakeBucket.set_lifecycle = set_lifecycle  # type: ignore[method-assign] # mended
    S3Response.get_bucket_lifecycle = get_bucket_lifecycle  # type: ignore[method-assign] # mended


def _descriptions_of_rules() -> None:
    """Descriptions of rules that admit a security group: kept beside the group, and not reported."""
    from moto.ec2.models.security_groups import SecurityGroupRule  # noqa: PLC0415 - as above

    def description(self: SecurityGroupRule) -> str | None:
        return self.ip_range.get("Description") or self.source_group.get("Description")

    SecurityGroupRule.description = property(description)  # type: ignore[method-assign,assignment] # mended


def _ids_of_policies() -> None:
    """Ids of IAM policies: random from their second character on, where AWS begins each with ANPA."""
    from moto.iam.models import Policy  # noqa: PLC0415 - imported once the environment is prepared

    create = Policy.__init__

    def created(self: Policy, *arguments: Any, **kwargs: Any) -> None:
        create(self, *arguments, **kwargs)
        self.id = f"ANPA{self.id[4:]}"

    Policy.__init__ = created  # type: ignore[method-assign] # mended


def _keys_of_log_groups() -> None:
    """AssociateKmsKey and DisassociateKmsKey of CloudWatch Logs: not there at all, answered as 500."""
    from moto.logs.responses import LogsResponse  # noqa: PLC0415 - imported once the environment is prepared

    def set_key(self: LogsResponse, key: str | None) -> str:
        group = self.logs_backend.groups[self._get_param("logGroupName")]
        group.kms_key_id = key
        return "{}"

    LogsResponse.associate_kms_key = lambda self: set_key(self, self._get_param("kmsKeyId"))  # type: ignore[attr-defined]
    LogsResponse.disassociate_kms_key = lambda self: set_key(self, None)  # type: ignore[attr-defined] # mended


def _log_groups_of_exports() -> None:
    """Log groups of exports: RDS makes those that it does not find, without a key and without an end."""
    from moto.logs.exceptions import ResourceAlreadyExistsException  # noqa: PLC0415 - as above
    from moto.logs.models import logs_backends  # noqa: PLC0415 - as above
    from moto.rds.models import DBCluster, RDSBackend  # noqa: PLC0415 - as above

    create = RDSBackend.create_db_cluster

    def created(self: RDSBackend, kwargs: dict[str, Any]) -> DBCluster:
        cluster = create(self, kwargs)
        logs = logs_backends[self.account_id][self.region_name]
        for export in kwargs.get("enable_cloudwatch_logs_exports") or ():
            with contextlib.suppress(ResourceAlreadyExistsException):
                name = f"/aws/rds/cluster/{cluster.db_cluster_identifier}/{export}"
                logs.create_log_group(name, {}, logGroupName=name)
        return cluster

    RDSBackend.create_db_cluster = created  # type: ignore[method-assign] # mended


def _restores() -> None:
    """Clusters made of a snapshot (KeyError, for want of a password) or of another (with a managed secret at once).

    They have the source's engine, user, database, retention and password; what else the request leaves out is as in a
    new cluster (Aurora User Guide, restoring). From a snapshot, the name of a database is taken from there. A deleted
    cluster's backups are retained as long as the emulator runs.
    """
    from moto.rds.exceptions import DBClusterNotFoundError  # noqa: PLC0415 - as above
    from moto.rds.models import DBCluster, RDSBackend  # noqa: PLC0415 - as above

    deleted: dict[int, list[DBCluster]] = {}
    delete = RDSBackend.delete_db_cluster

    def buried(self: RDSBackend, cluster_identifier: str, snapshot_name: str | None = None) -> DBCluster:
        cluster = delete(self, cluster_identifier, snapshot_name)
        deleted.setdefault(id(self), []).append(cluster)
        return cluster

    RDSBackend.delete_db_cluster = buried  # type: ignore[method-assign] # mended
    inherited = ("engine", "engine_version", "master_username", "database_name", "port", "storage_encrypted")

    def restored(self: RDSBackend, source: DBCluster, said: dict[str, Any], *kept: str) -> DBCluster:
        taken = {name: getattr(source, name) for name in (*inherited, *kept)}
        said = {name: value for name, value in said.items() if value is not None and name != "database_name"}
        return self.create_db_cluster(taken | {"master_user_password": "as in the source"} | said)

    def from_snapshot(self: RDSBackend, from_snapshot_id: str, overrides: dict[str, Any]) -> DBCluster:
        (snapshot,) = self.describe_db_cluster_snapshots(
            db_cluster_identifier=None, db_snapshot_identifier=from_snapshot_id.rpartition(":")[2]
        )
        said = {name: value for name, value in overrides.items() if name != "snapshot_identifier"}
        return restored(self, snapshot.cluster, said)

    def to_point_in_time(self: RDSBackend, **said: Any) -> DBCluster:
        identifier = str(said.pop("source_db_cluster_identifier", "")).rpartition(":")[2]
        resource_id = said.pop("source_db_cluster_resource_id", None)
        for name in ("restore_type", "restore_to_time", "use_latest_restorable_time"):
            said.pop(name, None)
        for cluster in (*self.clusters.values(), *deleted.get(id(self), ())):
            if identifier == cluster.db_cluster_identifier or resource_id == cluster.db_cluster_resource_id:
                return restored(self, cluster, said, "backup_retention_period")
        raise DBClusterNotFoundError(identifier or str(resource_id))

    RDSBackend.restore_db_cluster_from_snapshot = from_snapshot  # type: ignore[method-assign] # mended
    RDSBackend.restore_db_cluster_to_point_in_time = to_point_in_time  # type: ignore[method-assign,assignment] # mended


def _later_exports_and_authentication() -> None:
    """Log exports and IAM authentication that a running cluster is given: accepted and forgotten."""
    from moto.rds.models import DBCluster, RDSBackend  # noqa: PLC0415 - imported once the environment is prepared

    modify = RDSBackend.modify_db_cluster

    def modified(self: RDSBackend, kwargs: dict[str, Any]) -> DBCluster:
        cluster = self.clusters[kwargs["db_cluster_identifier"]]
        if kwargs.get("enable_iam_database_authentication") is not None:
            cluster.iam_auth = kwargs["enable_iam_database_authentication"]
        exports = kwargs.get("cloudwatch_logs_export_configuration") or {}
        kept = [one for one in cluster.enabled_cloudwatch_logs_exports if one not in exports.get("DisableLogTypes", ())]
        cluster.enabled_cloudwatch_logs_exports = [*kept, *exports.get("EnableLogTypes", ())]
        return modify(self, kwargs)

    RDSBackend.modify_db_cluster = modified  # type: ignore[method-assign] # mended


def _secret_of_a_managed_password() -> None:
    """Secrets of passwords that RDS manages already: made anew when asked for again, where AWS keeps them.

    An imported cluster is asked so: the provider cannot read whether the password is managed.
    """
    from moto.rds.models import DBCluster, RDSBackend  # noqa: PLC0415 - imported once the environment is prepared

    modify = RDSBackend.modify_db_cluster

    def modified(self: RDSBackend, kwargs: dict[str, Any]) -> DBCluster:
        cluster = self.clusters[kwargs["db_cluster_identifier"]]
        if cluster.manage_master_user_password and kwargs.get("manage_master_user_password"):
            for name in ("manage_master_user_password", "master_user_secret_kms_key_id"):
                kwargs.pop(name, None)
        return modify(self, kwargs)

    RDSBackend.modify_db_cluster = modified  # type: ignore[method-assign] # mended


def _sources_of_subscriptions() -> None:
    """Event subscriptions: their sources cannot be changed, neither by one more nor by one less."""
    from moto.core.responses import ActionResult  # noqa: PLC0415 - imported once the environment is prepared
    from moto.rds.responses import RDSResponse  # noqa: PLC0415 - as above

    def changed(self: RDSResponse, *, without: bool) -> ActionResult:
        (found,) = self.backend.describe_event_subscriptions(self.params["SubscriptionName"])
        source = self.params["SourceIdentifier"]
        found.source_ids = [one for one in found.source_ids if one != source] + ([] if without else [source])
        return ActionResult({"EventSubscription": found})

    for action, without in (("add_source_identifier_to", False), ("remove_source_identifier_from", True)):
        setattr(RDSResponse, f"{action}_subscription", partialmethod(changed, without=without))


def _saved_queries() -> None:
    """No query of Logs Insights can be saved."""
    from moto.logs.responses import LogsResponse  # noqa: PLC0415 - imported once the environment is prepared

    known = ("name", "queryString", "logGroupNames", "queryLanguage")

    def kept(self: LogsResponse) -> dict[str, dict[str, Any]]:
        queries: dict[str, dict[str, Any]] = self.logs_backend.__dict__.setdefault("query_definitions", {})
        return queries

    def put_query_definition(self: LogsResponse) -> str:
        identifier = self._get_param("queryDefinitionId") or str(uuid.uuid4())
        said = {name: self._get_param(name) for name in known}
        kept(self)[identifier] = {name: value for name, value in said.items() if value is not None} | {
            "queryDefinitionId": identifier
        }
        return json.dumps({"queryDefinitionId": identifier})

    def describe_query_definitions(self: LogsResponse) -> str:
        prefix = self._get_param("queryDefinitionNamePrefix") or ""
        found = [one for one in kept(self).values() if one["name"].startswith(prefix)]
        return json.dumps({"queryDefinitions": found})

    def delete_query_definition(self: LogsResponse) -> str:
        gone = kept(self).pop(self._get_param("queryDefinitionId"), None)
        return json.dumps({"success": gone is not None})

    for action in (put_query_definition, describe_query_definitions, delete_query_definition):
        setattr(LogsResponse, action.__name__, action)


def _readers_of_scaling() -> None:
    """Readers that Application Auto Scaling made: nothing scales, so nothing goes when the bounds are lowered.

    AWS calls them ``application-autoscaling-`` and an id of its own (Aurora User Guide, Aurora Auto Scaling).
    """
    from moto.applicationautoscaling.models import (  # noqa: PLC0415 - imported once the environment is prepared
        ApplicationAutoscalingBackend,
    )
    from moto.rds.models import rds_backends  # noqa: PLC0415 - as above

    known = ApplicationAutoscalingBackend.register_scalable_target

    def registered(self: ApplicationAutoscalingBackend, namespace: str, r_id: str, *said: Any, **named: Any) -> Any:
        target = known(self, namespace, r_id, *said, **named)
        if namespace == "rds":
            rds = rds_backends[self.account_id][self.region_name]
            members = rds.clusters[r_id.partition(":")[2]].members
            made = [one for one in members if one.db_instance_identifier.startswith("application-autoscaling-")]
            surplus = max(0, len(members) - 1 - int(target.max_capacity or 0))
            for one in made[:surplus]:
                rds.delete_db_instance(one.db_instance_identifier)
        return target

    ApplicationAutoscalingBackend.register_scalable_target = registered  # type: ignore[method-assign] # mended


def _tags_of_scaling() -> None:
    """Tags of scalable targets: forgotten, and ListTagsForResource not known, answered as 500, which is retried."""
    from moto.applicationautoscaling.responses import (  # noqa: PLC0415 - imported once the environment is prepared
        ApplicationAutoScalingResponse,
    )

    tags: dict[str, dict[str, str]] = {}
    known = ApplicationAutoScalingResponse.register_scalable_target

    def register_scalable_target(self: ApplicationAutoScalingResponse) -> str:
        answer = known(self)
        tags.setdefault(json.loads(answer)["ScalableTargetARN"], {}).update(self._get_param("Tags") or {})
        return answer

    def list_tags_for_resource(self: ApplicationAutoScalingResponse) -> str:
        return json.dumps({"Tags": tags.get(self._get_param("ResourceARN"), {})})

    def tag_resource(self: ApplicationAutoScalingResponse) -> str:
        tags.setdefault(self._get_param("ResourceARN"), {}).update(self._get_param("Tags") or {})
        return "{}"

    def untag_resource(self: ApplicationAutoScalingResponse) -> str:
        for key in self._get_param("TagKeys") or ():
            tags.get(self._get_param("ResourceARN"), {}).pop(key, None)
        return "{}"

    mended: Any = ApplicationAutoScalingResponse
    mended.register_scalable_target = register_scalable_target
    mended.list_tags_for_resource = list_tags_for_resource
    mended.tag_resource = tag_resource
    mended.untag_resource = untag_resource


def _composite_alarms() -> None:
    """Composite alarms: known when they are described, and nothing makes one. Nor is a rule held against the alarms.

    CloudWatch refuses a rule with an alarm that does not exist (CloudWatch API Reference, PutCompositeAlarm).
    """
    from moto.cloudwatch.exceptions import ValidationError  # noqa: PLC0415 - imported once the environment is prepared
    from moto.cloudwatch.responses import CloudWatchResponse  # noqa: PLC0415 - as above

    def put_composite_alarm(self: CloudWatchResponse) -> Any:
        named = re.findall(r'(?:ALARM|OK|INSUFFICIENT_DATA)\("?([^")]+)"?\)', self._get_param("AlarmRule"))
        missing = [name for name in named if name not in self.cloudwatch_backend.alarms]
        if missing:
            raise ValidationError(f"AlarmRule names alarms that do not exist: {', '.join(missing)}")
        return self.put_metric_alarm()

    CloudWatchResponse.put_composite_alarm = put_composite_alarm  # type: ignore[attr-defined] # mended
