-- Run as the master user, who on Aurora may create roles and is no superuser; whole each time, so each step asks first.
-- Its session has run nothing before and runs nothing after. No name here can be found in a schema that another role
-- can write to, and nothing that another role owns is touched, so no other role's code is ever run.
--
-- The users have no password: they connect by IAM, where the server has the role rds_iam.
SET LOCAL search_path = pg_catalog, pg_temp;

DO $$
DECLARE
    here CONSTANT pg_catalog.text := pg_catalog.current_database();
    username pg_catalog.text;
    above pg_catalog.text;
    owner pg_catalog.text;
BEGIN
    FOREACH username IN ARRAY ARRAY['experiment_reader', 'experiment_writer', 'experiment_migrator'] LOOP
        IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = username) THEN
            EXECUTE pg_catalog.format('CREATE ROLE %I LOGIN', username);
        END IF;
        IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'rds_iam')
            AND NOT pg_catalog.pg_has_role(username, 'rds_iam', 'MEMBER')
        THEN
            EXECUTE pg_catalog.format('GRANT rds_iam TO %I', username);
        END IF;
        -- What no version gave them, and what one of them may have taken while an earlier version could be misled.
        IF EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = username AND (rolcreaterole OR rolcreatedb)) THEN
            EXECUTE pg_catalog.format('ALTER ROLE %I NOCREATEROLE NOCREATEDB', username);
        END IF;
        FOR above IN
            SELECT granted.rolname
            FROM pg_catalog.pg_auth_members AS membership
            JOIN pg_catalog.pg_roles AS granted ON granted.oid = membership.roleid
            JOIN pg_catalog.pg_roles AS grantee ON grantee.oid = membership.member
            WHERE grantee.rolname = username AND granted.rolname IN (
                'rds_superuser', SESSION_USER, 'experiment_reader', 'experiment_writer', 'experiment_migrator'
            )
        LOOP
            EXECUTE pg_catalog.format('REVOKE %I FROM %I', above, username);
        END LOOP;
        -- What a holder of the role may have set for all of them.
        EXECUTE pg_catalog.format('ALTER ROLE %I RESET ALL', username);
        EXECUTE pg_catalog.format('ALTER ROLE %I IN DATABASE %I RESET ALL', username, here);
        EXECUTE pg_catalog.format('GRANT CONNECT ON DATABASE %I TO %I', here, username);
        EXECUTE pg_catalog.format('ALTER ROLE %I IN DATABASE %I SET search_path = experimentation', username, here);
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

    -- The migrator owns the schema and everything in it. Only who is a member of a role may give it a schema; a member
    -- of a member of rds_iam could log in by IAM only, so nobody stays one.
    SELECT pg_catalog.pg_get_userbyid(nspowner) INTO owner
    FROM pg_catalog.pg_namespace
    WHERE nspname = 'experimentation';
    IF owner IS NULL OR owner = CURRENT_USER THEN
        GRANT experiment_migrator TO CURRENT_USER;
        IF owner IS NULL THEN
            CREATE SCHEMA experimentation AUTHORIZATION experiment_migrator;
        ELSE
            ALTER SCHEMA experimentation OWNER TO experiment_migrator;
        END IF;
        REVOKE experiment_migrator FROM CURRENT_USER;
    ELSIF owner <> 'experiment_migrator' THEN
        RAISE EXCEPTION 'the schema experimentation belongs to %, not to experiment_migrator', owner
            USING ERRCODE = 'insufficient_privilege';
    END IF;

    -- Nobody makes a schema that another user's search path could name. Earlier versions of this file let the migrator.
    EXECUTE pg_catalog.format('REVOKE CREATE ON DATABASE %I FROM PUBLIC', here);
    EXECUTE pg_catalog.format(
        'REVOKE CREATE ON DATABASE %I FROM experiment_reader, experiment_writer, experiment_migrator', here
    );

    -- Until PostgreSQL 14 everybody may create in public, and a database that was upgraded keeps that.
    IF EXISTS (
        SELECT
        FROM pg_catalog.pg_namespace AS schema
        WHERE schema.nspname = 'public' AND pg_catalog.pg_has_role(CURRENT_USER, schema.nspowner, 'USAGE')
    ) THEN
        REVOKE CREATE ON SCHEMA public FROM PUBLIC, experiment_reader, experiment_writer, experiment_migrator;
    END IF;
END
$$;
