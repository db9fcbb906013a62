-- Experiments, their variants, and who was assigned which.

GRANT USAGE ON SCHEMA experimentation TO experiment_reader, experiment_writer;
-- For what the migrator creates from here on; the ledger of migrations was before.
ALTER DEFAULT PRIVILEGES IN SCHEMA experimentation GRANT SELECT ON TABLES TO experiment_reader, experiment_writer;
ALTER DEFAULT PRIVILEGES IN SCHEMA experimentation GRANT INSERT ON TABLES TO experiment_writer;
ALTER DEFAULT PRIVILEGES IN SCHEMA experimentation GRANT USAGE ON SEQUENCES TO experiment_writer;

CREATE TABLE experimentation.experiments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL UNIQUE CHECK (key ~ '^[a-z0-9][a-z0-9_.-]{0,99}$'),
    status text NOT NULL DEFAULT 'draft' CHECK (status IN ('draft', 'running', 'stopped')),
    created_at timestamptz NOT NULL DEFAULT now()
);
GRANT UPDATE ON experimentation.experiments TO experiment_writer;

CREATE TABLE experimentation.variants (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    experiment_id bigint NOT NULL REFERENCES experimentation.experiments (id),
    key text NOT NULL CHECK (key ~ '^[a-z0-9][a-z0-9_.-]{0,99}$'),
    weight integer NOT NULL DEFAULT 1 CHECK (weight >= 0),
    UNIQUE (experiment_id, key),
    UNIQUE (experiment_id, id)
);
GRANT UPDATE ON experimentation.variants TO experiment_writer;

-- The primary key is the look-up: one unit of one experiment.
CREATE TABLE experimentation.assignments (
    experiment_id bigint NOT NULL,
    unit_id text NOT NULL,
    variant_id bigint NOT NULL,
    assigned_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (experiment_id, unit_id),
    FOREIGN KEY (experiment_id, variant_id) REFERENCES experimentation.variants (experiment_id, id)
);

-- The first assignment of a unit stays, whoever asks next. Two statements, for the second one then sees what another
-- transaction committed while the first one waited for it.
CREATE FUNCTION experimentation.assign(experiment bigint, unit text, variant bigint) RETURNS bigint
LANGUAGE plpgsql
SET search_path = experimentation, pg_temp
AS $$
DECLARE
    assigned bigint;
BEGIN
    INSERT INTO assignments (experiment_id, unit_id, variant_id)
    VALUES (experiment, unit, variant)
    ON CONFLICT (experiment_id, unit_id) DO NOTHING
    RETURNING variant_id INTO assigned;
    IF assigned IS NULL THEN
        SELECT a.variant_id INTO STRICT assigned
        FROM assignments AS a
        WHERE a.experiment_id = experiment AND a.unit_id = unit;
    END IF;
    RETURN assigned;
END
$$;
