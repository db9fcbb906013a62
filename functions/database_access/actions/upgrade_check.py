"""What stands against a major upgrade of the cluster, read from the catalogs as a user without any right of its own.

What AWS names before an upgrade (Amazon Aurora User Guide, "Performing a major version upgrade", read April 2026), and
what PostgreSQL's pg_upgrade refuses of the versions that Aurora runs (PostgreSQL 17, src/bin/pg_upgrade/check.c).
Nothing is changed: the transaction is read only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from database_access.connections import connect

if TYPE_CHECKING:
    from database_access.connections import Connection
    from database_access.events import UpgradeCheck

NAMED_AT_MOST = 20
"""How many of what is found are named; the others are counted."""

ALWAYS = 10**6
"""Above every version."""

ABOUT = """
SELECT pg_catalog.current_setting('server_version'), pg_catalog.current_setting('server_version_num')::int,
       pg_catalog.current_database()
"""

OTHERS = """
SELECT datname FROM pg_catalog.pg_database
WHERE datallowconn AND NOT datistemplate AND datname NOT IN ('rdsadmin', pg_catalog.current_database())
ORDER BY datname
"""
"""Databases of the cluster that were not looked into, for a session sees the tables of its own only."""

COLUMNS = """
WITH RECURSIVE holding AS (
    SELECT oid FROM pg_catalog.pg_type
    WHERE typnamespace = 'pg_catalog'::pg_catalog.regnamespace AND typname = ANY (%(types)s)
    UNION
    SELECT outer_type.oid
    FROM holding CROSS JOIN LATERAL (
        SELECT oid FROM pg_catalog.pg_type WHERE typtype = 'd' AND typbasetype = holding.oid
        UNION ALL
        SELECT oid FROM pg_catalog.pg_type WHERE typtype = 'b' AND typlen = -1 AND typelem = holding.oid
        UNION ALL
        SELECT rngtypid FROM pg_catalog.pg_range WHERE rngsubtype = holding.oid
        UNION ALL
        SELECT composite.oid
        FROM pg_catalog.pg_type AS composite
        JOIN pg_catalog.pg_attribute AS part ON part.attrelid = composite.typrelid
        WHERE composite.typtype = 'c' AND part.atttypid = holding.oid AND NOT part.attisdropped
    ) AS outer_type
)
SELECT pg_catalog.format(
    '%%I.%%I.%%I is %%s', space.nspname, relation.relname, attribute.attname,
    pg_catalog.format_type(attribute.atttypid, attribute.atttypmod)
)
FROM holding
JOIN pg_catalog.pg_attribute AS attribute ON attribute.atttypid = holding.oid AND NOT attribute.attisdropped
JOIN pg_catalog.pg_class AS relation ON relation.oid = attribute.attrelid AND relation.relkind IN ('r', 'p', 'm', 'i')
JOIN pg_catalog.pg_namespace AS space ON space.oid = relation.relnamespace
WHERE space.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND space.nspname !~ '^pg_(toast_)?temp_'
"""
"""Stored columns of some types, and of those that are made of them: domains, arrays, ranges, composite types."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """Something that may stand against an upgrade; ``sql`` returns one text for each that is found."""

    key: str
    sql: str
    remedy: str
    blocks: bool = True
    """Whether the upgrade fails, or only what uses it afterwards."""
    below: int = ALWAYS
    """Only servers of an older major version have it."""
    types: tuple[str, ...] = ()


OLD_ARRAY_FUNCTIONS = (
    *("array_append", "array_cat", "array_prepend", "array_remove"),
    *("array_replace", "array_position", "array_positions", "width_bucket"),
)

SPATIAL = "^(postgis|pgrouting|address_standardizer)"

EXTENSIONS = """
SELECT pg_catalog.format('%%I %%s, available is %%s', installed.extname, installed.extversion,
                         coalesce(known.default_version, 'none'))
FROM pg_catalog.pg_extension AS installed
LEFT JOIN pg_catalog.pg_available_extensions AS known ON known.name = installed.extname
WHERE installed.extversion IS DISTINCT FROM known.default_version AND installed.extname {} %(spatial)s
"""

CHECKS = (
    Check(
        key="prepared-transactions",
        sql="SELECT pg_catalog.format('%%L of %%I in %%I', gid, owner, database) FROM pg_catalog.pg_prepared_xacts",
        remedy="COMMIT PREPARED or ROLLBACK PREPARED each, in its database.",
    ),
    Check(
        key="logical-slots",
        sql="""
        SELECT pg_catalog.format('%%I in %%I by %%I', slot_name, database, plugin)
        FROM pg_catalog.pg_replication_slots WHERE slot_type = 'logical'
        """,
        remedy="Let their readers catch up, then pg_drop_replication_slot each; make them anew afterwards.",
    ),
    Check(
        key="reg-columns",
        sql=COLUMNS,
        types=(
            *("regcollation", "regconfig", "regdictionary", "regnamespace"),
            *("regoper", "regoperator", "regproc", "regprocedure"),
        ),
        remedy="Store their names as text; only regclass, regtype and regrole survive.",
    ),
    Check(
        key="unknown-columns",
        sql=COLUMNS,
        types=("unknown",),
        remedy="ALTER TABLE ... ALTER COLUMN ... TYPE text.",
    ),
    Check(
        key="aclitem-columns",
        sql=COLUMNS,
        types=("aclitem",),
        below=16,
        remedy="Store them as text: their form changes in version 16.",
    ),
    Check(
        key="invalid-databases",
        sql="SELECT pg_catalog.format('%%I', datname) FROM pg_catalog.pg_database WHERE datconnlimit = -2",
        remedy="DROP DATABASE each: a DROP DATABASE that was interrupted has left it.",
    ),
    Check(
        key="closed-databases",
        sql="""
        SELECT pg_catalog.format('%%I', datname) FROM pg_catalog.pg_database
        WHERE NOT datallowconn AND datname <> 'template0'
        """,
        remedy="ALTER DATABASE ... ALLOW_CONNECTIONS true, or drop each.",
    ),
    Check(
        key="templates",
        sql="""
        SELECT pg_catalog.format('%%I', wanted.name)
        FROM pg_catalog.unnest('{template0,template1}'::text[]) AS wanted (name)
        LEFT JOIN pg_catalog.pg_database AS found ON found.datname = wanted.name
        WHERE found.datistemplate IS NOT TRUE
        """,
        remedy="Make each again from the other one, or ALTER DATABASE ... IS_TEMPLATE true.",
    ),
    Check(
        key="postfix-operators",
        sql="""
        SELECT pg_catalog.format('%%s', operator.oid::pg_catalog.regoperator) FROM pg_catalog.pg_operator AS operator
        WHERE operator.oprright = 0
        """,
        below=14,
        remedy="Drop them: version 14 knows none.",
    ),
    Check(
        key="encoding-conversions",
        sql="""
        SELECT pg_catalog.format('%%I.%%I', space.nspname, conversion.conname)
        FROM pg_catalog.pg_conversion AS conversion
        JOIN pg_catalog.pg_namespace AS space ON space.oid = conversion.connamespace
        WHERE space.nspname <> 'pg_catalog'
        """,
        below=14,
        remedy="Drop them, and make them anew afterwards: their functions take one argument more in version 14.",
    ),
    Check(
        key="array-aggregates",
        sql="""
        SELECT pg_catalog.format('%%s', aggregate.aggfnoid::pg_catalog.regprocedure)
        FROM pg_catalog.pg_aggregate AS aggregate
        JOIN pg_catalog.pg_proc AS own ON own.oid = aggregate.aggfnoid
        JOIN pg_catalog.pg_proc AS called ON called.oid IN (aggregate.aggtransfn, aggregate.aggfinalfn)
        WHERE own.pronamespace <> 'pg_catalog'::pg_catalog.regnamespace
            AND called.pronamespace = 'pg_catalog'::pg_catalog.regnamespace AND called.proname = ANY (%(functions)s)
        """,
        below=14,
        remedy="Drop them, and make them anew afterwards, of anycompatiblearray.",
    ),
    Check(
        key="spatial-extensions",
        sql=EXTENSIONS.format("~"),
        remedy="Update each before the upgrade: SELECT postgis_extensions_upgrade(), or ALTER EXTENSION ... UPDATE.",
    ),
    Check(
        key="extensions",
        sql=EXTENSIONS.format("!~"),
        blocks=False,
        remedy="ALTER EXTENSION ... UPDATE, before or after; one that is not available any more has to be dropped.",
    ),
    Check(
        key="views-over-catalogs",
        sql="""
        SELECT DISTINCT pg_catalog.format('%%I.%%I over %%s', space.nspname, view.relname, catalog.oid::regclass)
        FROM pg_catalog.pg_rewrite AS rule
        JOIN pg_catalog.pg_class AS view ON view.oid = rule.ev_class AND view.relkind IN ('v', 'm')
        JOIN pg_catalog.pg_namespace AS space ON space.oid = view.relnamespace
        -- The catalogs that a server starts from are in no pg_depend.
        CROSS JOIN LATERAL pg_catalog.regexp_matches(rule.ev_action::text, ':relid ([0-9]+)', 'g') AS named (relation)
        JOIN pg_catalog.pg_class AS catalog ON catalog.oid = named.relation[1]::pg_catalog.oid
        JOIN pg_catalog.pg_namespace AS below ON below.oid = catalog.relnamespace
        WHERE below.nspname IN ('pg_catalog', 'information_schema')
            AND space.nspname NOT IN ('pg_catalog', 'information_schema')
            AND NOT EXISTS (
                SELECT FROM pg_catalog.pg_depend AS membership
                WHERE membership.objid = view.oid AND membership.deptype = 'e'
                    AND membership.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
            )
        """,
        blocks=False,
        remedy="Drop those that use a column which the new version renames or lacks, and make them anew afterwards.",
    ),
    Check(
        key="regrole-columns",
        sql=COLUMNS,
        types=("regrole",),
        blocks=False,
        remedy="AWS names regclass and regtype alone as safe; pg_upgrade takes regrole as well. Rehearse it.",
    ),
)

FOUND = "SELECT one.found, pg_catalog.count(*) OVER () FROM ({}) AS one (found) ORDER BY 1 LIMIT %(most)s"


def run(event: UpgradeCheck) -> dict[str, Any]:  # noqa: ARG001 - takes nothing
    """Return whether anything blocks a major upgrade, what does, and what has to be looked at."""
    with connect("writer") as connection:
        connection.execute("SET LOCAL transaction_read_only = on")
        version, number, database = connection.execute(ABOUT).fetchone() or ("", 0, "")
        checks = [check for check in CHECKS if number // 10_000 < check.below]
        found = [(check.blocks, one) for check in checks for one in _found(connection, check)]
        others = [name for (name,) in connection.execute(OTHERS)]
    blockers = [one for blocks, one in found if blocks]
    return {
        "ready": not blockers,
        "server_version": version,
        "database": database,
        "blockers": blockers,
        "warnings": [one for blocks, one in found if not blocks],
        "databases_not_looked_into": others,
    }


def _found(connection: Connection, check: Check) -> list[dict[str, Any]]:
    parameters = {
        "most": NAMED_AT_MOST,
        "types": [*check.types],
        "functions": [*OLD_ARRAY_FUNCTIONS],
        "spatial": SPATIAL,
    }
    rows = connection.execute(FOUND.format(check.sql).encode(), parameters).fetchall()
    if not rows:
        return []
    named = [name for name, _ in rows]
    return [{"check": check.key, "found": named, "more": rows[0][1] - len(named), "remedy": check.remedy}]
