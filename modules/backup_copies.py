"""Copies of the cluster by AWS Backup: a vault here, perhaps one elsewhere, a plan, and the role that copies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.backup_plan import (
    BackupPlan,
    BackupPlanRule,
    BackupPlanRuleCopyAction,
    BackupPlanRuleCopyActionLifecycle,
    BackupPlanRuleLifecycle,
)
from cdktf_cdktf_provider_aws.backup_selection import BackupSelection
from cdktf_cdktf_provider_aws.backup_vault import BackupVault
from cdktf_cdktf_provider_aws.backup_vault_lock_configuration import BackupVaultLockConfiguration
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment

from modules import policies
from modules.module import Module

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cdktf import TerraformProvider
    from constructs import Construct

    from settings.copies import CopyRule, Lock

MANAGED_POLICY: Final = "service-role/AWSBackupServiceRolePolicyForBackup"


class Vaults(Module):
    """The vault ``copies`` and, with a provider for another region, ``copies_elsewhere`` under the same name.

    A vault goes only when it is empty; where it is not protected, a destroy deletes what is in it.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        name: str,
        keys: Mapping[str, str],
        lock: Lock | None,
        protected: bool,
        providers: Mapping[str, TerraformProvider],
    ) -> None:
        """Make a vault for each key's ARN, by logical id, in the region of its provider if it has one."""
        super().__init__(scope, "backup_vaults")
        self.vaults: dict[str, BackupVault] = {}
        for logical_id, key_arn in keys.items():
            vault = self.add(
                BackupVault,
                logical_id,
                name=name,
                kms_key_arn=key_arn,
                force_destroy=not protected,
                lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
                provider=providers.get(logical_id),
            )
            self.vaults[logical_id] = vault
            if lock is not None:
                self.add(
                    BackupVaultLockConfiguration,
                    logical_id,
                    backup_vault_name=vault.name,
                    min_retention_days=lock.minimum_days,
                    max_retention_days=lock.maximum_days,
                    changeable_for_days=lock.final_after_days,
                    provider=providers.get(logical_id),
                )


class BackupCopies(Module):
    """The plan ``copies`` over one cluster, named by its ARN, and the role in which AWS Backup works.

    Snapshots only: with AWS Backup's continuous backups, AWS Backup would set the cluster's own retention and window,
    and every plan of Terraform would set them back (AWS Backup Developer Guide, continuous backups).
    """

    def __init__(
        self,
        scope: Construct,
        *,
        name: str,
        place: policies.Place,
        cluster_arn: str,
        vault_name: str,
        rules: Mapping[str, CopyRule],
        copied_to: list[str],
    ) -> None:
        """Copy by these rules into the vault, and from there to each vault in ``copied_to``, by ARN."""
        super().__init__(scope, "backup_copies")
        self.role = self.add(
            IamRole,
            "copies",
            name=name,
            description="AWS Backup copies Aurora PostgreSQL",
            assume_role_policy=policies.trust("backup.amazonaws.com", place),
        )
        self.attachment = self.add(
            IamRolePolicyAttachment,
            "copies",
            role=self.role.name,
            policy_arn=f"arn:{place.partition}:iam::aws:policy/{MANAGED_POLICY}",
        )
        self.plan = self.add(
            BackupPlan,
            "copies",
            name=name,
            rule=[
                BackupPlanRule(
                    rule_name=key,
                    target_vault_name=vault_name,
                    schedule=f"cron({rule.cron})",
                    schedule_expression_timezone=rule.time_zone,
                    lifecycle=BackupPlanRuleLifecycle(delete_after=rule.keep_days),
                    copy_action=[
                        BackupPlanRuleCopyAction(
                            destination_vault_arn=arn,
                            lifecycle=BackupPlanRuleCopyActionLifecycle(delete_after=rule.keep_days),
                        )
                        for arn in copied_to
                    ]
                    or None,
                )
                for key, rule in rules.items()
            ],
        )
        self.selection = self.add(
            BackupSelection,
            "copies",
            name=name,
            plan_id=self.plan.id,
            iam_role_arn=self.role.arn,
            resources=[cluster_arn],
            depends_on=[self.attachment],
        )
