"""What has to be done now and then, each from the first command to the last, for an environment as it is.

Sources: Amazon Aurora User Guide, "Failing over an Amazon Aurora DB cluster", "Rebooting an Amazon Aurora DB cluster",
"Restoring a DB cluster to a specified time", "Password management with Amazon RDS and Secrets Manager", "Upgrading the
PostgreSQL DB engine" (checks before a major version) and "Deleting Aurora DB clusters", 2026-04; PostgreSQL 17, 9.28.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import engine_versions, regions
from operations.runbook.page import Section, says, shell, sql
from settings import bill_choices, topology
from settings.state import S3State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from settings.loaded import Loaded


LOCK: Final = 'alter role "<user>" nologin;'
SESSIONS: Final = "select pid, client_addr, backend_start from pg_stat_activity where usename = '<user>';"
END_SESSIONS: Final = "select pg_terminate_backend(pid) from pg_stat_activity where usename = '<user>';"


def procedures(loaded: Loaded) -> Iterator[Section]:
    """Yield every procedure that the environment has a use for."""
    for each in ORDER:
        found = each(loaded)
        if found is not None:
            yield found


def _instances(loaded: Loaded) -> list[str]:
    """Return the instances' identifiers, the first to be promoted in front."""
    placed = topology.in_order_of_promotion(topology.instances(loaded.environment))
    return [loaded.names.instance(one.key) for one in placed]


def _members(loaded: Loaded) -> str:
    """Return the command that says who is the writer."""
    query = "'DBClusters[0].DBClusterMembers[].[DBInstanceIdentifier, IsClusterWriter, PromotionTier]'"
    return f"aws rds describe-db-clusters --db-cluster-identifier {loaded.names.cluster} --query {query} --output table"


def _snapshot(loaded: Loaded, why: str) -> str:
    return (
        f"aws rds create-db-cluster-snapshot --db-cluster-identifier {loaded.names.cluster} "
        f"--db-cluster-snapshot-identifier {loaded.names.prefix}-before-{why}"
    )


def _deploy(loaded: Loaded) -> tuple[str, str]:
    return f"make review ENV={loaded.name} STACK=database", f"make deploy ENV={loaded.name} STACK=database"


def fail_over(loaded: Loaded) -> Section | None:
    """Return how to make a reader the writer; a cluster of one instance has none."""
    identifiers = _instances(loaded)
    if len(identifiers) == 1:
        return None
    return Section(
        title="Fail over",
        look="Who is the writer now, and that the reader that shall be it is of the writer's class.",
        do="Name it; without a name Aurora takes the one of the lowest promotion tier. Clients reconnect within "
        "seconds by the same endpoint; whatever was open is rolled back.",
        blocks=(
            shell(
                _members(loaded),
                f"aws rds failover-db-cluster --db-cluster-identifier {loaded.names.cluster} "
                f"--target-db-instance-identifier {identifiers[1]}",
                f"aws rds wait db-cluster-available --db-cluster-identifier {loaded.names.cluster}",
            ),
        ),
    )


def restore_point_in_time(loaded: Loaded) -> Section:
    """Return how to go back to a moment, beside the running cluster."""
    name = f"{loaded.name}-restored"
    reach = "'DBClusters[0].[EarliestRestorableTime, LatestRestorableTime]'"
    return Section(
        title="Restore to a point in time",
        look="How far back it reaches, and that the moment is before what went wrong.",
        do=f"Copy envs/{loaded.name}.yaml to envs/{name}.yaml without names, adopt, encryption and accept, nor "
        "exists, generation and successor of database; add the lines below with the moment (UTC), and deploy it: a new "
        "cluster, beside the one that runs. Compare, point clients to it by its contract, and keep the old one until "
        "somebody has judged. To put it into this one's place: docs/replacing.md.",
        blocks=(
            shell(f"aws rds describe-db-clusters --db-cluster-identifier {loaded.names.cluster} --query {reach}"),
            says(
                f"envs/{name}.yaml",
                "database:",
                f'  origin: {{cluster: {loaded.names.cluster}, time: "2026-11-25T03:00:00Z"}}',
                *_same_bucket(loaded),
            ),
            shell(f"make deploy ENV={name}", f"make output ENV={name}"),
        ),
    )


def restore_snapshot(loaded: Loaded) -> Section:
    """Return how to make a database of a snapshot."""
    name = f"{loaded.name}-restored"
    query = "'DBClusterSnapshots[].[DBClusterSnapshotIdentifier, SnapshotCreateTime]'"
    return Section(
        title="Restore a snapshot",
        look="Which snapshots there are.",
        do="As to a point in time, but for the origin.",
        blocks=(
            shell(
                f"aws rds describe-db-cluster-snapshots --db-cluster-identifier {loaded.names.cluster} --query {query} "
                "--output table"
            ),
            says(
                f"envs/{name}.yaml",
                "database:",
                f"  origin: {{snapshot: {loaded.names.prefix}-before-the-release}}",
                *_same_bucket(loaded),
            ),
            shell(f"make deploy ENV={name}", f"make output ENV={name}"),
        ),
    )


def _same_bucket(loaded: Loaded) -> tuple[str, ...]:
    """Return what a copy says of a bucket that its original manages."""
    state = loaded.environment.state
    if not (isinstance(state, S3State) and state.manage_bucket):
        return ()
    return (f"state: {{manage_bucket: false{', migrated: false' if state.migrated else ''}}}",)


def clone(loaded: Loaded) -> Section:
    """Return how to look at production's data without touching it."""
    name = f"{loaded.name}-look"
    return Section(
        title="Clone, to look or to rehearse",
        look="Whoever reads the clone reads this environment's data.",
        do="It is made in minutes whatever the size, shares storage with its source, and goes away whole.",
        blocks=(
            shell(
                f"make clone ENV={loaded.name} AS={name} DAYS=3",
                f"make deploy ENV={name}",
                f"make destroy ENV={name}",
            ),
        ),
    )


def snapshot(loaded: Loaded) -> Section:
    """Return how to take a snapshot."""
    return Section(
        title="Take a snapshot before something risky",
        look="It is kept, and paid for, until somebody deletes it.",
        do="Choose a name that says why.",
        blocks=(
            shell(
                _snapshot(loaded, "the-release"),
                "aws rds wait db-cluster-snapshot-available --db-cluster-snapshot-identifier "
                f"{loaded.names.prefix}-before-the-release",
            ),
        ),
    )


def rotate(loaded: Loaded) -> Section | None:
    """Return how to change the master password at once; one that is kept elsewhere is not ours to change."""
    if not loaded.environment.database.master_user.is_managed:
        return None
    cluster = loaded.names.cluster
    return Section(
        title="Rotate the master secret in an emergency",
        look="Whether the secret is active: a rotation that runs already is waited for.",
        do="RDS makes a new password and keeps it in the same secret; whoever reads the secret goes on. Sessions that "
        "are open stay: end those that are not ours.",
        blocks=(
            shell(
                f"aws rds describe-db-clusters --db-cluster-identifier {cluster} "
                "--query 'DBClusters[0].MasterUserSecret'",
                f"aws rds modify-db-cluster --db-cluster-identifier {cluster} --rotate-master-user-password "
                "--apply-immediately",
            ),
            sql(
                SESSIONS.replace("<user>", loaded.environment.database.master_user.name),
            ),
        ),
    )


def cut_off(loaded: Loaded) -> Section | None:
    """Return how to keep one user out; without access there are none of ours."""
    access = loaded.environment.access
    if access is None:
        return None
    user = next(iter(access.users), "experiment_writer")
    policy = loaded.names.policy(loaded.names.connecting_as(user) if access.users else "connect-writer")
    region = regions.find(loaded.environment.aws.region)
    partition = region.partition if region else "aws"
    return Section(
        title="Cut a user off",
        look="By what it connects: a token of IAM is good for 15 minutes, a session for as long as it likes.",
        do="Lock the role and end its sessions first, by SQL as the master user; here for "
        f"{user}. Then take it out of access.users, or detach {policy} from the roles that have it, and deploy.",
        blocks=(
            sql(
                LOCK.replace("<user>", user),
                END_SESSIONS.replace("<user>", user),
            ),
            shell(
                "aws iam list-entities-for-policy --policy-arn "
                f"arn:{partition}:iam::{loaded.environment.aws.account_id}:policy/{policy}",
                f"make deploy ENV={loaded.name} STACK=access",
            ),
        ),
    )


def upgrade_minor(loaded: Loaded) -> Section | None:
    """Return how to take a newer minor version, where there is one and AWS does not take it by itself."""
    version = loaded.environment.database.engine_version
    newest = engine_versions.latest(engine_versions.major_of(version))
    if engine_versions.is_major(version) or newest == version or not engine_versions.at_least(newest, version):
        return None
    return Section(
        title="Upgrade to a newer minor version",
        look="What AWS offers, and what the release changes.",
        do="Readers go on while the writer restarts, for about a minute; on a clone first. "
        f"{_when(loaded)}Take upgrade out again afterwards.",
        blocks=(
            shell(_targets(version)),
            says(f"envs/{loaded.name}.yaml", "database:", f'  engine_version: "{newest}"', "  upgrade: true"),
            shell(*_deploy(loaded)),
        ),
    )


def _when(loaded: Loaded) -> str:
    """Say that what interrupts does not come with the deployment, where that is so."""
    if loaded.environment.database.changes_apply == "at_once":
        return ""
    return (
        "It waits for the maintenance window; to have it with the deployment, say database.changes_apply: at_once "
        "besides, for this time: what else waits comes with it. "
    )


def _targets(version: str) -> str:
    return (
        f"aws rds describe-db-engine-versions --engine aurora-postgresql --engine-version "
        f"{engine_versions.exact(version)} --query 'DBEngineVersions[0].ValidUpgradeTarget[].EngineVersion'"
    )


def upgrade_major(loaded: Loaded) -> Section | None:
    """Return how to take the next major version."""
    version = loaded.environment.database.engine_version
    later = sorted(one for one in engine_versions.majors() if one > engine_versions.major_of(version))
    if not later:
        return None
    return Section(
        title="Upgrade to the next major version",
        look="Nothing of what the statements list, in any database: each keeps the upgrade from beginning.",
        do="Rehearse it on a clone, with the application. Then, in a quiet hour: a snapshot, the two lines, the "
        "deployment, which interrupts everybody for as long as it takes, usually ten minutes or more; then the "
        "statistics anew, without which plans are bad. Take allow_major_version_upgrade out again.",
        blocks=(
            shell(_targets(version), f"make clone ENV={loaded.name} AS={loaded.name}-rehearsal DAYS=3"),
            sql("select gid, database from pg_prepared_xacts;"),
            sql("select datname from pg_database where datconnlimit = -2;"),
            sql("select slot_name from pg_replication_slots where slot_type = 'logical';"),
            sql(
                "select attrelid::regclass, attname, atttypid::regtype from pg_attribute",
                "where atttypid::regtype::text in ('regcollation', 'regconfig', 'regdictionary', 'regnamespace',",
                "  'regoper', 'regoperator', 'regproc', 'regprocedure') and attrelid >= 16384;",
            ),
            shell(_snapshot(loaded, "the-major-version")),
            says(
                f"envs/{loaded.name}.yaml",
                "database:",
                f'  engine_version: "{engine_versions.latest(later[0])}"',
                "  allow_major_version_upgrade: true",
            ),
            shell(*_deploy(loaded)),
            sql("analyze;"),
        ),
    )


def resize(loaded: Loaded) -> Section | None:
    """Return how to change the class while somebody serves: a cluster of one instance cannot."""
    database = loaded.environment.database
    placed = topology.in_order_of_promotion(topology.instances(loaded.environment))
    if len(placed) == 1 or topology.is_serverless(database):
        return None
    reader = placed[1]
    classes = {one.key: one.instance_class for one in placed}
    larger = bill_choices.neighbour(reader.instance_class, 1)
    classes[reader.key] = larger or reader.instance_class
    return Section(
        title="Resize without an outage",
        look=f"Who is the writer; here {loaded.names.instance(reader.key)} is a reader.",
        do=f"Give one reader the new class and deploy: it alone restarts. {_when(loaded)}Once it has the class, fail "
        "over to it, which takes seconds. Then give the class to the others, or to the cluster, and deploy again; "
        "what instances say already stays.",
        blocks=(
            shell(_members(loaded)),
            says(
                f"envs/{loaded.name}.yaml",
                "database:",
                "  instances:",
                *(
                    f'    "{key}": {{instance_class: {classes[key]}}}'
                    + ("  # the new class" if key == reader.key else "")
                    for key in database.instances
                ),
            ),
            shell(
                *_deploy(loaded),
                f"aws rds failover-db-cluster --db-cluster-identifier {loaded.names.cluster} "
                f"--target-db-instance-identifier {loaded.names.instance(reader.key)}",
            ),
        ),
    )


def add_reader(loaded: Loaded) -> Section | None:
    """Return how to add a reader, where the file counts its instances."""
    database = loaded.environment.database
    keys = list(database.instances)
    numbered = keys == [str(number) for number in range(1, len(keys) + 1)]
    plain = all(own == type(own)() for own in database.instances.values())
    if not (numbered and plain):
        return None
    return Section(
        title="Add a reader",
        look="Whether readers are what is short, rather than the writer: the dashboard has both side by side.",
        do="It takes about ten minutes; nobody is interrupted. The reader's endpoint takes it in by itself.",
        blocks=(
            says(f"envs/{loaded.name}.yaml", "database:", f"  instances: {len(keys) + 1}"),
            shell(f".venv/bin/python main.py cost {loaded.name}", *_deploy(loaded)),
        ),
    )


def reboot(loaded: Loaded) -> Section:
    """Return in which order to restart."""
    identifiers = _instances(loaded)
    lines = [_members(loaded)]
    for identifier in reversed(identifiers):
        lines += [
            f"aws rds reboot-db-instance --db-instance-identifier {identifier}",
            f"aws rds wait db-instance-available --db-instance-identifier {identifier}",
        ]
    return Section(
        title="Reboot, in the right order",
        look="Who is the writer, and which parameters wait for it: `main.py show` marks them.",
        do="Readers first, one after the other, the writer last, so that there is always one to read from; the order "
        "below is right as long as nobody has failed over. Each keeps its old parameters until its own turn.",
        blocks=(shell(*lines),),
    )


def move_state(loaded: Loaded) -> Section:
    """Return how to keep the states somewhere else."""
    state = loaded.environment.state
    if isinstance(state, S3State) and state.manage_bucket and not state.migrated:
        return Section(
            title="Move the state",
            look="The state stack's own state is still on the machine that made the bucket.",
            do="Bring it into its bucket, and commit the line.",
            blocks=(
                says(f"envs/{loaded.name}.yaml", "state: {migrated: true}"),
                shell(f"make migrate-state ENV={loaded.name}", f"make plan ENV={loaded.name} STACK=state"),
            ),
        )
    stacks = [loaded.names.stack(kind) for kind in loaded.stacks if kind != "state"]
    return Section(
        title="Move the state",
        look="Nobody deploys meanwhile; docs/state.md has what can go wrong.",
        do="Say the new place under state in the environment's file, synthesize, and let Terraform copy what is "
        "in the old one.",
        blocks=(
            shell(
                f".venv/bin/python main.py synth {loaded.name}",
                *(f"terraform -chdir=cdktf.out/stacks/{stack} init -migrate-state" for stack in stacks),
                f"make plan ENV={loaded.name}",
            ),
        ),
    )


def tear_down(loaded: Loaded) -> Section:
    """Return how to take an environment away."""
    if not loaded.environment.protected:
        return Section(
            title="Tear down",
            look="Nobody needs it any more: an environment that is not protected takes no final snapshot.",
            do="One step; a snapshot first, if in doubt.",
            blocks=(shell(_snapshot(loaded, "the-end"), f"make destroy ENV={loaded.name}"),),
        )
    return Section(
        title="Tear down, in two steps",
        look="Nobody needs it any more, and somebody besides you has said so.",
        do="First take the protection away and deploy, which deletes nothing. Then destroy, which asks. Keys wait for "
        "their window before they go, and snapshots that they encrypt cannot be read afterwards.",
        blocks=(
            shell(_snapshot(loaded, "the-end")),
            says(f"envs/{loaded.name}.yaml", "protected: false"),
            shell(f"make deploy ENV={loaded.name}", f"make destroy ENV={loaded.name}"),
        ),
    )


def adopt(loaded: Loaded) -> Section:
    """Return how to take over another cluster, or this one with a state that was lost."""
    return Section(
        title="Adopt a cluster, or this one after its state was lost",
        look="What AWS says of it, or the old state, if somebody has it.",
        do=f"Write the file of what runs, here as {loaded.name}-found, read it, and plan: nothing may be destroyed or "
        "replaced. docs/operations.md has the rest.",
        blocks=(
            shell(
                f"make adopt ENV={loaded.name}-found FROM=aws:{loaded.names.cluster}",
                f"make plan ENV={loaded.name}-found STACK=database",
            ),
        ),
    )


ORDER: Final[tuple[Callable[[Loaded], Section | None], ...]] = (
    *(fail_over, restore_point_in_time, restore_snapshot, clone, snapshot, rotate, cut_off),
    *(upgrade_minor, upgrade_major, resize, add_reader, reboot, move_state, tear_down, adopt),
)
"""The most urgent first."""
