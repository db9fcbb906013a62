"""Parameters: against the memory of a start, against one another, and what they take away."""
# ruff: noqa: E501 - the messages stand as they are printed, on one line, so that a search finds them

from __future__ import annotations

from tests.reading.rows import database, row

MISTAKES = (
    row(
        "locale-unknown",
        database("parameters: {lc_time: de}"),
        "7: database.parameters.lc_time: 'de' is not a locale as the operating system names them, such as en_US.UTF-8 or C",
    ),
    row(
        "date-styles-apart",
        database('parameters: {datestyle: "ISO, SQL"}'),
        "7: database.parameters.datestyle: 'ISO, SQL' contradicts itself: one style and one order of year, month and day are what it takes",
    ),
    row(
        "date-style-unknown",
        database("parameters: {datestyle: foo}"),
        "7: database.parameters.datestyle: 'foo' is not one of ISO, Postgres, SQL, German, DMY, MDY, YMD, Euro, European, US, NonEuro, NonEuropean",
    ),
    row(
        "force-ssl-off",
        database("parameters: {rds.force_ssl: 0}"),
        "7: database.parameters.rds.force_ssl: cannot be changed: connections without TLS are refused",
    ),
    row(
        "formula-of-thousands-of-digits",
        database("parameters: {work_mem: '{DBInstanceClassMemory*9999999999999999999}'}"),
        "7: database.parameters.work_mem: '{DBInstanceClassMemory*9999999999999999999}' is not a formula AWS takes: at character 24: expected a number of at most 18 digits, found '999999999999'",
    ),
    row(
        "formula-of-a-huge-product",
        database("parameters: {max_connections: '{log(DBInstanceClassMemory*1" + "0" * 400 + ")*3}'}"),
        "7: database.parameters.max_connections: '{log(DBInstanceClassMemory*100000000000000000000000000000000…' is not a formula AWS takes: at character 28: expected a number of at most 18 digits, found '100000000000'",
    ),
    row(
        "formula-that-comes-to-too-much-on-readers",
        database("parameters: {max_connections: 'IF({TrueIfReplica},5000000,100)'}"),
        "7: database.parameters.max_connections: 'IF({TrueIfReplica},5000000,100)', which comes to 5000000, is not within 6 to 262143",
    ),
    row(
        "formula-that-comes-to-too-much-everywhere",
        database("parameters: {max_connections: 'IF({TrueIfReplica},5000000,5000000)'}"),
        "7: database.parameters.max_connections: 'IF({TrueIfReplica},5000000,5000000)', which comes to 5000000, is not within 6 to 262143",
    ),
    row(
        "formula-of-the-port",
        database("parameters: {max_connections: '{EndPointPort*1000}'}"),
        "7: database.parameters.max_connections: '{EndPointPort*1000}', which comes to 1150000, is not within 6 to 262143",
    ),
    row(
        "formula-of-the-logarithm-of-nothing",
        database("parameters: {max_connections: '{log(TrueIfReplica)*10}'}"),
        "7: database.parameters.max_connections: '{log(TrueIfReplica)*10}' is not a formula AWS takes: log of 0 does not exist",
    ),
    row(
        "number-of-thousands-of-digits",
        database("parameters: {max_connections: 0x" + "f" * 2000 + "}"),
        "7: database.parameters.max_connections: '0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffff…' is not an integer",
    ),
    row(
        "locks-end-the-start",
        database("parameters: {max_locks_per_transaction: 100000}"),
        "7: database.parameters.max_locks_per_transaction: the server would not start: it takes 18,211 MB of shared memory at its start, more than the 3,638 MB of db.t3.medium that PostgreSQL can use; lower max_locks_per_transaction",
    ),
    row(
        "predicate-locks-end-the-start",
        database("parameters: {max_pred_locks_per_transaction: 1000000}"),
        "7: database.parameters.max_pred_locks_per_transaction: the server would not start: it takes 102,729 MB of shared memory at its start, more than the 3,638 MB of db.t3.medium that PostgreSQL can use; lower max_pred_locks_per_transaction",
    ),
    row(
        "prepared-transactions-end-the-start",
        database("parameters: {max_prepared_transactions: 200000}"),
        "7: database.parameters.max_prepared_transactions: the server would not start: it takes 11,034 MB of shared memory at its start, more than the 3,638 MB of db.t3.medium that PostgreSQL can use; lower max_prepared_transactions",
    ),
    row(
        "statements-end-the-start",
        database("parameters: {pg_stat_statements.max: 100000000}"),
        "7: database.parameters.pg_stat_statements.max: the server would not start: it takes 37,407 MB of shared memory at its start, more than the 3,638 MB of db.t3.medium that PostgreSQL can use; lower pg_stat_statements.max",
    ),
    row(
        "dynamic-memory-ends-the-start",
        database("parameters: {min_dynamic_shared_memory: 8192}"),
        "7: database.parameters.min_dynamic_shared_memory: the server would not start: it takes 10,315 MB of shared memory at its start, more than the 3,638 MB of db.t3.medium that PostgreSQL can use; lower min_dynamic_shared_memory",
    ),
    row(
        "wal-buffers-end-the-start",
        database("parameters: {wal_buffers: 262143}"),
        "7: database.parameters.wal_buffers: the server would not start: it takes 4,155 MB of shared memory at its start, more than the 3,638 MB of db.t3.medium that PostgreSQL can use; lower wal_buffers",
    ),
    row(
        "activities-end-the-start",
        database("parameters: {track_activity_query_size: 1048576, max_connections: 5000}"),
        "7: database.parameters.track_activity_query_size: the server would not start: it takes 7,348 MB of shared memory at its start, more than the 3,638 MB of db.t3.medium that PostgreSQL can use; lower track_activity_query_size",
    ),
    row(
        "connections-end-the-start",
        database("parameters: {max_connections: 100000}"),
        "7: database.parameters.max_connections: the server would not start: it takes 6,950 MB of shared memory at its start, more than the 3,638 MB of db.t3.medium that PostgreSQL can use; lower max_connections",
    ),
    row(
        "wal-buffers-do-not-fit",
        database("instance_class: db.r5.large", "parameters: {wal_buffers: 262143}"),
        "8: database.parameters.wal_buffers: shared_buffers 9,932 + 417 of 1,668 connections x work_mem 4 + maintenance_work_mem 248 + 3 autovacuum workers x 474 + 2,031 of shared memory = 15,303 MB is more than the 15,170 MB of db.r5.large that PostgreSQL can use; lower wal_buffers or take a larger class",
    ),
    row(
        "workers-beyond-postgresql",
        database("instance_class: db.r5.24xlarge", "parameters: {max_worker_processes: 262143}"),
        "8: database.parameters.max_worker_processes: makes 267,166 connections, workers and senders together on db.r5.24xlarge; a server starts with at most 262,143",
    ),
    row(
        "senders-beyond-postgresql",
        database("instance_class: db.r5.24xlarge", "parameters: {max_wal_senders: 262143}"),
        "8: database.parameters.max_wal_senders: makes 267,348 connections, workers and senders together on db.r5.24xlarge; a server starts with at most 262,143",
    ),
    row(
        "all-connections-reserved",
        database("parameters: {rds.rds_superuser_reserved_connections: 500}"),
        "7: database.parameters.rds.rds_superuser_reserved_connections: leaves none of 400 connections on db.t3.medium: 503 are reserved, of which 3 by Aurora itself, and a server starts with more connections than those only",
    ),
    row(
        "fewer-connections-than-reserved",
        database("parameters: {max_connections: 6, rds.rds_superuser_reserved_connections: 4}"),
        "7: database.parameters.rds.rds_superuser_reserved_connections: leaves none of 6 connections on db.t3.medium: 7 are reserved, of which 3 by Aurora itself, and a server starts with more connections than those only",
    ),
    row(
        "tls-off",
        database("parameters: {ssl: false}"),
        "7: database.parameters.ssl: off would shut out everybody: rds.force_ssl is 1, so only TLS connections are taken",
    ),
    row(
        "tls-maximum-below-the-minimum",
        database("parameters: {ssl_max_protocol_version: TLSv1.1}"),
        "7: database.parameters.ssl_max_protocol_version: TLSv1.1 is below ssl_min_protocol_version, which is TLSv1.2 everywhere, so nobody could connect",
    ),
    row(
        "no-such-time-zone",
        database("parameters: {timezone: Mars/Phobos}"),
        "7: database.parameters.timezone: 'Mars/Phobos' is not a time zone that PostgreSQL knows",
    ),
    row(
        "time-zone-typo",
        database("parameters: {timezone: Europe/Berlni}"),
        "7: database.parameters.timezone: 'Europe/Berlni' is not a time zone that PostgreSQL knows; did you mean 'Europe/Berlin'?",
    ),
    row(
        "no-such-encoding",
        database("parameters: {client_encoding: FOO}"),
        "7: database.parameters.client_encoding: 'FOO' is not an encoding that PostgreSQL knows",
    ),
    row(
        "encoding-typo",
        database("parameters: {client_encoding: LATN1}"),
        "7: database.parameters.client_encoding: 'LATN1' is not an encoding that PostgreSQL knows; did you mean 'LATIN1'?",
    ),
    row(
        "no-such-cipher",
        database("parameters: {ssl_ciphers: foo}"),
        "7: database.parameters.ssl_ciphers: 'foo' is not a cipher suite as OpenSSL spells them, such as ECDHE-RSA-AES256-GCM-SHA384",
    ),
    row(
        "zero-etl-before-it-was-there",
        database('engine_version: "15.10"', "parameters: {aurora.enhanced_logical_replication: 1}"),
        "8: database.parameters.aurora.enhanced_logical_replication: aurora.enhanced_logical_replication exists from PostgreSQL 16 on",
    ),
)

RISKS = (
    row(
        "authority-restarts-new-instances",
        database("ca_certificate: rds-ca-ecc384-g1"),
        "7: warning authority-restarts-new-instances: database.ca_certificate: rds-ca-ecc384-g1 is not AWS's default, so every new instance is changed and restarted right after its creation; make it the account's: aws rds modify-certificates --certificate-identifier rds-ca-ecc384-g1",
    ),
    row(
        "windows-coincide",
        database("instances: {1: {}, 2: {maintenance_window: 'sun:03:30-sun:04:30'}}"),
        "7: warning windows-coincide: database.instances.2.maintenance_window: sun:03:30-sun:04:30 meets that of instance 1, sun:03:30-sun:04:00: both may be away at the same time; leave it out, and it is staggered",
    ),
    row(
        "docker-network",
        database("instances: 2").replace("10.10.0.0/16", "172.17.0.0/16"),
        "4: warning docker-network: network.create.cidr: 172.17.0.0/16 meets 172.17.0.0/16, which Docker, and with it AWS Cloud9 and SageMaker, use inside a machine: what runs there does not reach the database",
    ),
    row(
        "protected-local-state",
        database("instances: 2", tier="production").replace(
            "{backend: s3, bucket: example-terraform-state, region: eu-west-1}", "{backend: local}"
        ),
        "5: warning protected-local-state: state.backend: local keeps the state on one disk, without a lock for others; who loses it cannot change the database by Terraform any more",
    ),
    row(
        "connections-for-the-function",
        database("parameters: {max_connections: 30}").replace(
            "10.10.0.0/16", "10.10.0.0/16, interface_endpoints: [ssm]"
        )
        + "access: {reserved_concurrency: 20}\n",
        "7: warning connections-for-the-function: database.parameters.max_connections: 20 runs of the function keep up to 40 connections, and db.t3.medium has 25 to give; lower reserved_concurrency, or enable access.proxy",
    ),
    row(
        "memory-connections",
        database('engine_version: "16.8"', "parameters: {max_connections: 5000}"),
        "8: warning memory-connections: database.parameters.max_connections: shared_buffers 2,085 + 1,250 of 5,000 connections x work_mem 4 + maintenance_work_mem 64 + 3 autovacuum workers x 113 = 7,490 MB is more than the 3,638 MB of db.t3.medium that PostgreSQL can use, if a quarter of the connections ever sorts at a time; lower max_connections or take a larger class",
    ),
    row(
        "memory-connections-at-one-unit",
        database(
            'engine_version: "16.8"',
            "instance_class: serverless",
            "capacity: {minimum: 0.5, maximum: 1}",
            "parameters: {max_connections: 1000}",
        ),
        "10: warning serverless-parameter: database.parameters.max_connections: 1000 stays as it is when the capacity range changes; Aurora would derive it from the maximum of 1 ACU",
        "10: warning memory-connections: database.parameters.max_connections: shared_buffers 777 + 250 of 1,000 connections x work_mem 4 + maintenance_work_mem 64 + 3 autovacuum workers x 64 = 2,033 MB is more than the 1,716 MB of serverless at 1 ACU that PostgreSQL can use, if a quarter of the connections ever sorts at a time; lower max_connections or raise the maximum capacity",
    ),
    row(
        "dangerous-parameter",
        database("parameters: {autovacuum: false}"),
        "7: warning dangerous-parameter: database.parameters.autovacuum: 0: tables grow without end, and after 2 billion transactions nothing can be written",
    ),
    row(
        "statistics-off",
        database('parameters: {track_counts: "0"}'),
        "7: warning dangerous-parameter: database.parameters.track_counts: 0: autovacuum no longer knows what to do, and neither does the planner",
    ),
    row(
        "commits-not-waited-for",
        database('parameters: {synchronous_commit: "off"}'),
        "7: warning dangerous-parameter: database.parameters.synchronous_commit: off: a commit is answered before it is safe, so a failover loses it",
    ),
    row(
        "no-foreign-keys",
        database("parameters: {session_replication_role: REPLICA}"),
        "7: warning dangerous-parameter: database.parameters.session_replication_role: REPLICA: foreign keys and triggers are not checked",
    ),
    row(
        "md5-for-scram",
        database("parameters: {password_encryption: md5}"),
        "7: warning dangerous-parameter: database.parameters.password_encryption: md5: new passwords are kept as MD5, which scram-only sessions refuse",
    ),
    row(
        "statements-ended-after-30-ms",
        database("parameters: {statement_timeout: 30}"),
        "7: warning dangerous-parameter: database.parameters.statement_timeout: 30 counts milliseconds, 1000 to the second: a statement that takes longer is ended",
    ),
    row(
        "sessions-ended-after-60-ms",
        database("parameters: {idle_session_timeout: 60}"),
        "7: warning dangerous-parameter: database.parameters.idle_session_timeout: 60 counts milliseconds, 1000 to the second: a session that a pool keeps for longer is ended",
    ),
    row(
        "transactions-ended-after-5-ms",
        database("parameters: {idle_in_transaction_session_timeout: 5}"),
        "7: warning dangerous-parameter: database.parameters.idle_in_transaction_session_timeout: 5 counts milliseconds, 1000 to the second: a transaction that waits for its next statement for longer is ended",
    ),
    row(
        "deadlocks-looked-for-at-once",
        database("parameters: {deadlock_timeout: 1}"),
        "7: warning dangerous-parameter: database.parameters.deadlock_timeout: 1 counts milliseconds: below a tenth of a second every short wait looks for deadlocks, above a minute sessions that wait for one another stand that long",
    ),
    row(
        "deadlocks-looked-for-in-ten-minutes",
        database("parameters: {deadlock_timeout: 600000}"),
        "7: warning dangerous-parameter: database.parameters.deadlock_timeout: 600000 counts milliseconds: below a tenth of a second every short wait looks for deadlocks, above a minute sessions that wait for one another stand that long",
    ),
    row(
        "logins-within-a-second",
        database("parameters: {authentication_timeout: 1}"),
        "7: warning dangerous-parameter: database.parameters.authentication_timeout: 1 counts seconds: a login by IAM token takes some under load",
    ),
    row(
        "vacuum-once-a-day",
        database("parameters: {autovacuum_naptime: 86400}"),
        "7: warning dangerous-parameter: database.parameters.autovacuum_naptime: 86400 counts seconds: nothing is vacuumed in between",
    ),
    row(
        "vacuum-of-a-table-that-has-changed",
        database("parameters: {autovacuum_vacuum_scale_factor: 1}"),
        "7: warning dangerous-parameter: database.parameters.autovacuum_vacuum_scale_factor: 1 is a share of the table, which has to change before anything is done about it",
    ),
    row(
        "analyze-of-a-table-that-has-changed",
        database("parameters: {autovacuum_analyze_scale_factor: 0.9}"),
        "7: warning dangerous-parameter: database.parameters.autovacuum_analyze_scale_factor: 0.9 is a share of the table, which has to change before anything is done about it",
    ),
    row(
        "vacuum-after-two-billion-rows",
        database("parameters: {autovacuum_vacuum_threshold: 2147483647}"),
        "7: warning dangerous-parameter: database.parameters.autovacuum_vacuum_threshold: 2147483647 counts rows: no table but the largest is ever vacuumed or analyzed",
    ),
    row(
        "vacuum-that-sleeps",
        database("parameters: {autovacuum_vacuum_cost_delay: 100}"),
        "7: warning dangerous-parameter: database.parameters.autovacuum_vacuum_cost_delay: 100 counts milliseconds that vacuum sleeps after little work, so that it never gets through a large table",
    ),
    row(
        "vacuum-by-little",
        database("parameters: {autovacuum_vacuum_cost_limit: 1}"),
        "7: warning dangerous-parameter: database.parameters.autovacuum_vacuum_cost_limit: 1 is less work between two pauses than PostgreSQL's 200, so that vacuum does not get through a large table",
    ),
    row(
        "one-vacuum",
        database("parameters: {autovacuum_max_workers: 1}"),
        "7: warning dangerous-parameter: database.parameters.autovacuum_max_workers: 1 lets one large table hold up all others",
    ),
    row(
        "multixacts-run-out",
        database("parameters: {autovacuum_multixact_freeze_max_age: 2000000000}"),
        "7: warning dangerous-parameter: database.parameters.autovacuum_multixact_freeze_max_age: 2000000000 leaves little before multixact ids run out",
    ),
    row(
        "rows-that-freeze-late",
        database("parameters: {vacuum_freeze_min_age: 1000000000}"),
        "7: warning dangerous-parameter: database.parameters.vacuum_freeze_min_age: 1000000000 leaves rows unfrozen until ids are short",
    ),
    row(
        "indexes-too-dear",
        database("parameters: {random_page_cost: 1000}"),
        "7: warning dangerous-parameter: database.parameters.random_page_cost: 1000 keeps the planner from indexes, whose pages Aurora mostly has in memory",
    ),
    row(
        "scans-too-dear",
        database("parameters: {seq_page_cost: 100}"),
        "7: warning dangerous-parameter: database.parameters.seq_page_cost: 100 keeps the planner from every sequential read",
    ),
    row(
        "statistics-of-one",
        database("parameters: {default_statistics_target: 1}"),
        "7: warning dangerous-parameter: database.parameters.default_statistics_target: 1 leaves the planner guessing what is in a column",
    ),
    row(
        "no-temporary-files",
        database("parameters: {temp_file_limit: 0}"),
        "7: warning dangerous-parameter: database.parameters.temp_file_limit: 0 counts kB: a session whose sort needs more fails",
    ),
    row(
        "fuzzy-search",
        database("parameters: {gin_fuzzy_search_limit: 10}"),
        "7: warning dangerous-parameter: database.parameters.gin_fuzzy_search_limit: 10 lets searches by GIN indexes leave out rows, at random",
    ),
    row(
        "ten-connections",
        database("parameters: {max_connections: 10}"),
        "7: warning dangerous-parameter: database.parameters.max_connections: 10 leaves few after those that Aurora and its administrators keep",
    ),
    row(
        "log-in-german",
        database("parameters: {lc_messages: de_DE.UTF-8}"),
        "7: warning dangerous-parameter: database.parameters.lc_messages: de_DE.UTF-8: the log is in a language that its readers do not know, the alarms on it among them",
    ),
    row(
        "sessions-unseen",
        database("parameters: {track_activities: false}"),
        "7: warning dangerous-parameter: database.parameters.track_activities: 0: nobody sees what runs: pg_stat_activity and Performance Insights are blind",
    ),
    row(
        "statements-unseen",
        database("parameters: {pg_stat_statements.track: none}"),
        "7: warning dangerous-parameter: database.parameters.pg_stat_statements.track: none: nobody sees which statements take the time",
    ),
    row(
        "no-hurry",
        database("parameters: {rds.adaptive_autovacuum: 0}"),
        "7: warning dangerous-parameter: database.parameters.rds.adaptive_autovacuum: 0: autovacuum no longer hurries when transaction ids run out",
    ),
    row(
        "strings-with-escapes",
        database("parameters: {standard_conforming_strings: false}"),
        "7: warning dangerous-parameter: database.parameters.standard_conforming_strings: 0: a backslash in a plain string is an escape, which lets statements in through values",
    ),
    row(
        "quotes-with-escapes",
        database('parameters: {backslash_quote: "on"}'),
        "7: warning dangerous-parameter: database.parameters.backslash_quote: on: a quote after a backslash lets statements in through values",
    ),
    row(
        "null-equals-null",
        database("parameters: {transform_null_equals: true}"),
        "7: warning dangerous-parameter: database.parameters.transform_null_equals: 1: x = NULL finds rows here, and nowhere else",
    ),
    row(
        "errors-unlogged",
        database("parameters: {log_min_messages: fatal}"),
        "7: warning dangerous-parameter: database.parameters.log_min_messages: fatal: errors, deadlocks among them, are no longer logged, and the alarms that count them see none",
    ),
    row(
        "partitions-unpruned",
        database("parameters: {enable_partition_pruning: false}"),
        "7: warning dangerous-parameter: database.parameters.enable_partition_pruning: 0: every query reads every partition",
    ),
    row(
        "no-sequential-scans",
        database("parameters: {enable_seqscan: false}"),
        "7: warning dangerous-parameter: database.parameters.enable_seqscan: 0: PostgreSQL has it for looking at plans in a session: the planner avoids what it needs",
    ),
    row(
        "maintenance-of-one-megabyte",
        database("parameters: {maintenance_work_mem: 1024}"),
        "7: warning memory-unit: database.parameters.maintenance_work_mem: is counted in kB and comes to 1,024 kB, so that vacuum and CREATE INDEX go over their data again and again",
    ),
    row(
        "memory-unit",
        database("parameters: {shared_buffers: 128}"),
        "7: warning memory-unit: database.parameters.shared_buffers: is counted in pages of 8 kB and comes to 1 MB of the 3,638 MB of db.t3.medium; Aurora gives two thirds, for nothing else caches its storage",
    ),
    row(
        "work-memory-unit",
        database("parameters: {work_mem: 64}"),
        "7: warning memory-unit: database.parameters.work_mem: is counted in kB and comes to 64 kB, so that every sort goes to disk",
    ),
    row(
        "temporary-buffers",
        database("parameters: {temp_buffers: 131072}"),
        "7: warning memory-unit: database.parameters.temp_buffers: is counted in pages of 8 kB and comes to 1,024 MB for each connection with temporary tables; a quarter of them would take 102,400 MB of the 3,638 MB of db.t3.medium, beside the 2,890 MB that are planned",
    ),
    row(
        "hash-multiplier",
        database("parameters: {hash_mem_multiplier: 100}"),
        "7: warning memory-unit: database.parameters.hash_mem_multiplier: 100 lets one hash take 400 MB; PostgreSQL's documentation stops at 8",
    ),
    row(
        "audit-of-everything",
        database("parameters: {pgaudit.log: all}", tier="production"),
        "7: warning protected-logs-data: database.parameters.pgaudit.log: all puts audited statements, with their values into the log, and CloudWatch charges for each",
    ),
    row(
        "audit-of-what-is-read",
        database('parameters: {pgaudit.log: "ddl, read"}', tier="production"),
        "7: warning protected-logs-data: database.parameters.pgaudit.log: ddl, read puts audited statements, with their values into the log, and CloudWatch charges for each",
    ),
    row(
        "every-plan-logged",
        database("parameters: {auto_explain.log_min_duration: 0}", tier="production"),
        "7: warning protected-logs-data: database.parameters.auto_explain.log_min_duration: 0 puts the plan of every statement, with its values into the log, and CloudWatch charges for each",
    ),
    row(
        "statements-of-ten-milliseconds",
        database("parameters: {log_min_duration_statement: 10}", tier="production"),
        "7: warning protected-logs-data: database.parameters.log_min_duration_statement: 10 puts every statement, with its values into the log, and CloudWatch charges for each",
    ),
    row(
        "statements-sampled",
        database("parameters: {log_min_duration_sample: 0, log_statement_sample_rate: 0.5}", tier="production"),
        "7: warning protected-logs-data: database.parameters.log_min_duration_sample: 0 puts a sample of statements, with their values into the log, and CloudWatch charges for each",
    ),
    row(
        "transactions-sampled",
        database("parameters: {log_transaction_sample_rate: 0.1}", tier="production"),
        "7: warning protected-logs-data: database.parameters.log_transaction_sample_rate: 0.1 puts every statement of a sample of transactions, with its values into the log, and CloudWatch charges for each",
    ),
    row(
        "plans-printed",
        database("parameters: {debug_print_plan: true}", tier="production"),
        "7: warning protected-logs-data: database.parameters.debug_print_plan: 1 puts every statement, with its values into the log, and CloudWatch charges for each",
    ),
    row(
        "values-of-errors",
        database("parameters: {log_parameter_max_length_on_error: -1}", tier="production"),
        "7: warning protected-logs-data: database.parameters.log_parameter_max_length_on_error: -1 puts the bound values of statements into the log, and CloudWatch charges for each",
    ),
    row(
        "protected-without-monitoring",
        database("monitoring: {interval_seconds: 0}", tier="production"),
        "7: warning protected-without-monitoring: database.monitoring.interval_seconds: 0 turns Enhanced Monitoring off: memory and processes of an instance are then unknown, also afterwards",
    ),
    row(
        "cache-of-serverless",
        database(
            "instance_class: serverless", "capacity: {minimum: 1, maximum: 8}", "parameters: {apg_ccm_enabled: 1}"
        ),
        "9: warning parameter-without-effect: database.parameters.apg_ccm_enabled: is of no effect: cluster cache management needs provisioned instances of one class",
    ),
)

NOTES = (
    row(
        "parameter-pinned",
        database("parameters: {rds.force_ssl: true}"),
        "7: note parameter-pinned: database.parameters.rds.force_ssl: 1 is what every environment has; the line can go",
    ),
    row(
        "parameter-pinned-in-quotes",
        database('parameters: {rds.force_ssl: "1"}'),
        "7: note parameter-pinned: database.parameters.rds.force_ssl: 1 is what every environment has; the line can go",
    ),
    row(
        "parameter-pinned-protocol",
        database("parameters: {ssl_min_protocol_version: tlsv1.2}"),
        "7: note parameter-pinned: database.parameters.ssl_min_protocol_version: TLSv1.2 is what every environment has; the line can go",
    ),
)
