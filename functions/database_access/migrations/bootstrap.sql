-- Run as the master user, who on Aurora may create roles and is no superuser; whole each time, so each step asks first.
-- The users have no password: they connect by IAM, where the server has the role rds_iam. Elsewhere an administrator
-- gives them one.
DO $$
DECLARE
    member text;
BEGIN
    FOREACH member IN ARRAY ARRAY['experiment_reader', 'experiment_writer', 'experiment_migrator'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = member) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', member);
        END IF;
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'rds_iam') AND NOT pg_has_role(member, 'rds_iam', 'MEMBER') THEN
            EXECUTE format('GRANT rds_iam TO %I', member);
        END IF;
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), member);
        EXECUTE format('ALTER ROLE %I IN DATABASE %I SET search_path = experimentation', member, current_database());
    END LOOP;

    -- The timeouts count where a client sets none of its own, as behind RDS Proxy.
    ALTER ROLE experiment_writer SET statement_timeout = '10s';
    ALTER ROLE experiment_writer SET lock_timeout = '2s';
    ALTER ROLE experiment_writer SET idle_in_transaction_session_timeout = '10s';
    ALTER ROLE experiment_reader SET statement_timeout = '30s';
    ALTER ROLE experiment_reader SET lock_timeout = '2s';
    ALTER ROLE experiment_reader SET idle_in_transaction_session_timeout = '30s';
    ALTER ROLE experiment_reader SET default_transaction_read_only = on;
    ALTER ROLE experiment_migrator SET statement_timeout = '300s';
    ALTER ROLE experiment_migrator SET lock_timeout = '5s';
    ALTER ROLE experiment_migrator SET idle_in_transaction_session_timeout = '60s';

    -- The migrator owns the schema and everything in it. To create it the migrator needs CREATE on the database.
    EXECUTE format('GRANT CREATE ON DATABASE %I TO experiment_migrator', current_database());
END
$$;
