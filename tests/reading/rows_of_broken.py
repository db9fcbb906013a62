"""Files with places that are no YAML: each is told, and so is whatever else is wrong."""

from __future__ import annotations

from tests.reading.rows import LEAST, database, row

UNLIKE = "is indented unlike the lines around it, or a quote above is not closed"

UNCLOSED = "the quote that begins here is never closed"

FLOW = "the bracket or brace that begins here is never closed, or a comma is missing in it"

SECOND = 'has a second ": "; write the value in quotes'

PORT = "database.port: 12 is not between 1150 and 65535"

NO_CLASS = "database.instance_class: 'db.x1' is not a class of Aurora PostgreSQL"

MISTAKES = (
    row("quote-beside-others", database('engine_version: "15.10', "port: 12"), f"7: {UNCLOSED}", f"8: {PORT}"),
    row(
        "quote-that-a-later-one-ends",
        database('name: "shop', 'engine_version: "15.10"', "port: 12"),
        f"7: {UNCLOSED}",
        f"9: {PORT}",
    ),
    row("quote-within-quotes", database("master_user: {name: 'bob's'}", "port: 12"), f"7: {FLOW}", f"8: {PORT}"),
    row(
        "two-breaks",
        database("port: 12: 13", "tuning: full", "name: a: b", "instance_class: db.x1"),
        f"7: {SECOND}",
        f"9: {SECOND}",
        f"10: {NO_CLASS}",
    ),
    row("bracket-beside-others", database("preload_libraries: [pg_cron", "port: 12"), f"7: {FLOW}", f"8: {PORT}"),
    row(
        "item-among-keys",
        database("port: 12", "- foo", "instance_class: db.x1"),
        f"7: {PORT}",
        f"8: {UNLIKE}",
        f"9: {NO_CLASS}",
    ),
    row("no-colon", database('engine_version "15.10"', "port: 12"), "7: is not of the form key: value", f"8: {PORT}"),
    row(
        "too-deep-by-one",
        database("tuning: full", " port: 12", "instance_class: db.x1"),
        f"8: {UNLIKE}",
        f"8: {PORT}",
        f"9: {NO_CLASS}",
    ),
    row(
        "block-that-belongs-higher",
        LEAST.format(tier="staging").replace("database:", "  database:") + "    port: 12\n",
        f"6: {UNLIKE}",
        f"7: {PORT}",
    ),
    row(
        "tabs",
        database("tuning: full") + "\tport: 12\n\tinstance_class: db.x1\n",
        "8: is indented with a tab; use spaces",
        f"8: {PORT}",
        "9: is indented with a tab; use spaces",
        f"9: {NO_CLASS}",
    ),
    row(
        "sign-that-begins-no-value",
        database("parameters:", "  work_mem: @big", "  wrk_mem: 4"),
        "8: has a character that cannot begin a value; write the value in quotes",
        "9: database.parameters.wrk_mem: is not a parameter of Aurora PostgreSQL; did you mean work_mem?",
    ),
    row(
        "second-document-of-nonsense",
        database("port: 12") + "---\n[\n",
        f"7: {PORT}",
        "8: starts a second YAML document; one file is one environment",
    ),
    row("nothing-stands-apart", "{tier: staging,\n", f"1: {FLOW}"),
)
