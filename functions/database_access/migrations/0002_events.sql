-- What happened: exposures to a variant, and the events that metrics are made of. One partition a day, in UTC.
-- No foreign keys: an event is never refused because its experiment was tidied away, and none is worth a look-up each.

-- An exposure that is sent again is the same exposure: the primary key is its identity.
CREATE TABLE experimentation.exposures (
    experiment_id bigint NOT NULL,
    unit_id text NOT NULL,
    occurred_at timestamptz NOT NULL,
    variant_id bigint NOT NULL,
    PRIMARY KEY (experiment_id, unit_id, occurred_at)
) PARTITION BY RANGE (occurred_at);

-- Two events of a metric may happen to a unit at the same moment, so each has an identity that its sender gave it.
CREATE TABLE experimentation.metric_events (
    metric text NOT NULL,
    unit_id text NOT NULL,
    occurred_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    value double precision NOT NULL DEFAULT 1,
    PRIMARY KEY (metric, unit_id, occurred_at, event_id)
) PARTITION BY RANGE (occurred_at);

-- Which tables are partitioned by day, and for how many days they are kept.
CREATE TABLE experimentation.partitioned_tables (
    table_name name PRIMARY KEY,
    retention_days integer NOT NULL CHECK (retention_days >= 1)
);
REVOKE INSERT ON experimentation.partitioned_tables FROM experiment_writer;
INSERT INTO experimentation.partitioned_tables (table_name, retention_days)
VALUES ('exposures', 90), ('metric_events', 400);
