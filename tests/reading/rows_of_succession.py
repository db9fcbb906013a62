"""A cluster that is to take another's place: what is refused of it, and what is risky."""
# ruff: noqa: E501 - the messages stand as they are printed, on one line, so that a search finds them

from __future__ import annotations

from tests.reading.rows import database, row

OWN = "{cluster: experimentation-test, latest: true}"


def successor(*keys: str, beside: tuple[str, ...] = ()) -> str:
    """Return a file with these keys of the successor, the first on the eighth line."""
    return database("successor:", *(f"  {key}" for key in keys), *beside)


MISTAKES = (
    row(
        "generation-that-runs",
        successor("generation: one", f"origin: {OWN}"),
        "8: database.successor.generation: one is the generation that runs, whose names it would share; take another name; say database.generation if one is not what runs",
        "9: database.successor.origin.cluster: experimentation-test is this environment's own cluster; it cannot be made of itself",
    ),
    row(
        "generation-that-runs-by-name",
        successor("generation: two", "origin: {snapshot: before}", beside=("generation: two",)),
        "8: database.successor.generation: two is the generation that runs, whose names it would share; take another name",
    ),
    row(
        "generation-named-like-a-stack",
        successor("generation: access", f"origin: {OWN}"),
        "8: database.successor.generation: 'access' is not a generation's name of 1 to 10 lower-case letters and digits, a letter first, that is no stack's",
    ),
    row(
        "generation-missing",
        successor(f"origin: {OWN}"),
        "7: database.successor.generation: is missing: Its name, the end of every name and of the stack that are its own; take another one each time",
    ),
    row(
        "successor-serves-before-it-runs",
        successor("generation: two", f"origin: {OWN}", "serves: true"),
        "10: database.successor.serves: nothing runs yet that could serve; deploy it, say exists: true, deploy again, then let it serve",
    ),
    row(
        "end-of-the-one-that-serves",
        successor("generation: two", f"origin: {OWN}", "exists: true", "ended: {generation: one, how: forgotten}"),
        "11: database.successor.ended.generation: one serves; say serves: true and deploy before it ends, or end the other one",
    ),
    row(
        "end-of-the-successor-that-serves",
        successor(
            "generation: two",
            f"origin: {OWN}",
            "exists: true",
            "serves: true",
            "ended: {generation: two, how: released}",
        ),
        "12: database.successor.ended.generation: two serves; say serves: false and deploy before it ends, or end the other one",
    ),
    row(
        "end-of-nobody",
        successor("generation: two", f"origin: {OWN}", "ended: {generation: tow, how: destroyed}"),
        "10: database.successor.ended.generation: tow is neither one nor two; did you mean two?",
    ),
    row(
        "successor-of-itself",
        successor("generation: two", "origin: {cluster: experimentation-test-two, latest: true}"),
        "9: database.successor.origin.cluster: experimentation-test-two is this environment's own cluster; it cannot be made of itself",
    ),
    row(
        "successor-of-two-sources",
        successor("generation: two", "origin: {cluster: experimentation-test, snapshot: one, latest: true}"),
        "9: database.successor.origin: has snapshot and cluster; keep one: a cluster is made of a snapshot, of one that runs, or of one that was deleted",
    ),
    row(
        "successor-unlike-its-source",
        successor(
            "generation: two", f"origin: {OWN}", "engine_version: '16.8'", "name: other", "master_user: {name: chief}"
        ),
        "10: database.successor.engine_version: 16.8 is another major version than the source's 15.10 (the cluster that runs); upgrade once it is made",
        "11: database.successor.name: other is not what the source has (the cluster that runs): experimentation",
        "12: database.successor.master_user.name: chief is not what the source has (the cluster that runs): clusteradmin",
    ),
    row(
        "successor-of-an-unknown-class",
        successor("generation: two", f"origin: {OWN}", "instance_class: db.r6g.large2"),
        "10: database.successor.instance_class: 'db.r6g.large2' is not a class of Aurora PostgreSQL; did you mean db.r6g.large?",
    ),
    row(
        "successor-with-the-other-instances-names",
        successor(
            "generation: two",
            f"origin: {OWN}",
            "instances: {x: {zone: eu-west-1a}}",
            beside=("instances: {two-x: {zone: eu-west-1a}, y: {zone: eu-west-1b}}",),
        ),
        "8: database.successor.generation: its instance x would be experimentation-test-two-x, as the other's instance two-x is; take another name",
    ),
)

RISKS = (
    row(
        "empty-successor",
        successor("generation: two", beside=()),
        "7: warning empty-successor: database.successor: it is made of nothing, so it serves an empty database until somebody has brought the data there; say origin to make it of a snapshot, a point in time or a clone",
    ),
)
