"""What a file says of versions: what runs, what can be created, and what moves it."""
# ruff: noqa: E501 - the messages stand as they are printed, on one line, so that a search finds them

from __future__ import annotations

from tests.reading.rows import database, row

CREATABLE_15 = "15.10, 15.12, 15.13, 15.14, 15.15, 15.17, 15.18, 15.19"

EXACT = "needs an exact version, for AWS takes a bare major for its default minor, which the running one may not be able to reach"

MISTAKES = (
    row(
        "major-upgrade-to-a-bare-major",
        database('engine_version: "16"', "allow_major_version_upgrade: true"),
        f'7: database.engine_version: 16: allow_major_version_upgrade {EXACT}; did you mean "16.8" (LTS)?',
    ),
    row(
        "upgrade-to-a-bare-major",
        database('engine_version: "18"', "upgrade: true", "exists: true"),
        f'7: database.engine_version: 18: upgrade {EXACT}; did you mean "18.6"?',
    ),
    row(
        "upgrade-to-a-version-that-is-gone",
        database('engine_version: "15.7"', "upgrade: true", "exists: true"),
        f'7: database.engine_version: 15.7: AWS no longer creates it; allowed are {CREATABLE_15}; did you mean "15.10" (LTS)?',
    ),
    row(
        "version-that-is-gone-of-a-new-cluster",
        database('engine_version: "16.4"'),
        '7: database.engine_version: 16.4: AWS no longer creates it; allowed are 16.8, 16.9, 16.10, 16.11, 16.13, 16.14, 16.15; did you mean "16.8" (LTS)?',
    ),
    row(
        "major-that-is-gone-of-a-cluster-that-exists",
        database('engine_version: "12.9"', "exists: true"),
        "7: database.engine_version: Aurora PostgreSQL 12 is not supported here; allowed are the majors 14, 15, 16, 17, 18",
    ),
    row(
        "class-that-a-running-old-version-lacks",
        database('engine_version: "15.3"', "instance_class: db.r8g.large", "exists: true"),
        "8: database.instance_class: db.r8g.large needs Aurora PostgreSQL 15.7 or newer, not 15.3",
    ),
    row(
        "capacity-that-a-running-old-version-lacks",
        database(
            'engine_version: "16.2"', "instance_class: serverless", "capacity: {minimum: 0, maximum: 8}", "exists: true"
        ),
        "9: database.capacity.minimum: capacity 0 (automatic pause) needs Aurora PostgreSQL 16.3 or newer, not 16.2",
    ),
    row(
        "upgrade-in-words",
        database('engine_version: "15.12"', "upgrade: yes"),
        "8: database.upgrade: 'yes' is not true or false; did you mean true?",
    ),
)

RISKS = (
    row(
        "engine-not-creatable",
        database('engine_version: "16.3"', "exists: true"),
        "7: warning engine-not-creatable: database.engine_version: 16.3: AWS creates no more clusters with it; the running cluster stays on it, but after a destroy it could not be created again",
    ),
    row(
        "version-that-runs-and-is-unknown",
        database('engine_version: "15.9"', "exists: true"),
        "7: warning engine-not-creatable: database.engine_version: 15.9: this catalogue does not know it; the running cluster stays on it, but after a destroy it could not be created again",
    ),
    row(
        "upgrade-switch",
        database('engine_version: "16.15"', "upgrade: true"),
        "8: warning upgrade-switch: database.upgrade: belongs to one deployment: as long as it is true, every plan would take back a minor upgrade by AWS, which it refuses together with all else; take it out after the upgrade",
    ),
    row(
        "major-upgrade-switch",
        database('engine_version: "16.8"', "allow_major_version_upgrade: true"),
        "8: warning major-upgrade-switch: database.allow_major_version_upgrade: belongs to one deployment: as long as it is true, every change applies at once; take it out after the upgrade",
    ),
    row(
        "major-upgrade-switch-against-the-window",
        database('engine_version: "16.8"', "allow_major_version_upgrade: true", "changes_apply: in_window"),
        "8: warning major-upgrade-switch: database.allow_major_version_upgrade: belongs to one deployment: as long as it is true, every change applies at once, also what should wait for the maintenance window; take it out after the upgrade",
    ),
)

NOTES = (
    row(
        "version-newer-than-the-catalogue",
        database('engine_version: "16.99"', "exists: true"),
        "7: note engine-newer: database.engine_version: 16.99 is newer than the catalogue of 2026-10-20; it is taken as it is",
    ),
    row(
        "provider-of-advanced-insights",
        database('engine_version: "15.10"', "monitoring: {insights: advanced}"),
        "8: note provider-release: database.monitoring.insights: advanced asks for hashicorp/aws 6.10.0 (2025-08-21) or newer: before it, a change of the mode leaves out the key of Performance Insights, which AWS takes for another key and refuses (#43942)",
    ),
)
