-- The rights of the processes, least as they can be: run after every `flask db upgrade` by a superuser of PostgreSQL, in
-- the service's own database. Running it again changes nothing.
--
--   psql --no-psqlrc --dbname=newsletter --file=deploy/roles.sql
--
-- newsletter_web     the web processes
-- newsletter_worker  workers, `flask inbound`, and staff's commands
-- the owner          who ran `flask db upgrade`, and nothing else does: it alone can change tables and triggers
--
-- docs/decisions/0025 says why the web processes read evidence. A test fails when a table is not spoken of here.

\set ON_ERROR_STOP on
SELECT relowner::regrole AS owner FROM pg_class WHERE oid = 'evidence'::regclass \gset

SELECT format('CREATE ROLE %I LOGIN', name) FROM unnest(ARRAY['newsletter_web', 'newsletter_worker']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

BEGIN;

ALTER ROLE newsletter_web NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE newsletter_worker NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
GRANT CONNECT ON DATABASE :"DBNAME" TO newsletter_web, newsletter_worker;
REVOKE TEMPORARY ON DATABASE :"DBNAME" FROM PUBLIC;
GRANT ALL ON SCHEMA public TO :owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC, newsletter_web, newsletter_worker;
GRANT USAGE ON SCHEMA public TO newsletter_web, newsletter_worker;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, newsletter_web, newsletter_worker;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, newsletter_web, newsletter_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO newsletter_web, newsletter_worker;

-- What a later migration makes is usable at once, and narrowed when this runs again.
ALTER DEFAULT PRIVILEGES FOR ROLE :owner IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO newsletter_web, newsletter_worker;
ALTER DEFAULT PRIVILEGES FOR ROLE :owner IN SCHEMA public
    GRANT USAGE ON SEQUENCES TO newsletter_web, newsletter_worker;

-- Proof, and what it is told with: nobody changes a record, and only the worker's retention deletes one. Erasure, which
-- both do, empties values. The triggers ask `forgetting`.
GRANT SELECT, INSERT ON evidence, evidence_values, locked_proofs TO newsletter_web, newsletter_worker;
GRANT UPDATE (salt, value, removed_rule, removed_at) ON evidence_values TO newsletter_web, newsletter_worker;
GRANT SELECT, INSERT, DELETE ON forgetting TO newsletter_web, newsletter_worker;
GRANT DELETE ON evidence, evidence_values, locked_proofs TO newsletter_worker;
GRANT UPDATE (until) ON locked_proofs TO newsletter_worker;  -- to lock a row
GRANT SELECT ON removed_chains, anchors, anchor_leaves, anchor_nodes, catalogs, wordings, letter_versions TO newsletter_web;
GRANT SELECT, INSERT ON removed_chains, anchors, anchor_leaves, anchor_nodes TO newsletter_worker;
GRANT SELECT, INSERT ON catalogs, wordings, letter_versions TO newsletter_worker;
GRANT UPDATE (retired_at) ON wordings TO newsletter_worker;

-- What people ask for and become.
GRANT SELECT, INSERT, UPDATE, DELETE
    ON signups, subscribers, subscriptions, resolutions, address_changes, letters, pushes, suppressions, webhooks,
        webhook_secrets
    TO newsletter_web, newsletter_worker;
GRANT SELECT, INSERT, DELETE ON fresh_links, letter_hits, soft_bounces TO newsletter_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON fresh_links, letter_hits, soft_bounces TO newsletter_worker;
GRANT SELECT, INSERT ON changes TO newsletter_web;
GRANT SELECT, INSERT, UPDATE, DELETE ON changes TO newsletter_worker;

-- What is counted, limited and noted.
GRANT SELECT, INSERT, UPDATE ON counts, post_hits, stale_forms TO newsletter_web;
GRANT INSERT, SELECT (id) ON reads, journal_entries TO newsletter_web;
GRANT SELECT (at) ON journal_entries TO newsletter_web;  -- to tell how late the journal is
GRANT INSERT, UPDATE ON job_runs TO newsletter_web;  -- to note that a forwarding header was ignored
GRANT SELECT, UPDATE (last_used_on, held_at) ON api_keys TO newsletter_web;
GRANT SELECT, DELETE ON progress TO newsletter_web;
GRANT SELECT, INSERT, UPDATE, DELETE
    ON counts, post_hits, stale_forms, reads, journal_entries, api_keys, progress TO newsletter_worker;

-- The worker's own, of which pages and figures tell.
GRANT SELECT ON connectors, copies, disuse, feed_clock, job_runs, journal, mail_way, relay, requests TO newsletter_web;
GRANT SELECT (id) ON mails_aside TO newsletter_web;  -- to count them
GRANT SELECT, UPDATE (reason) ON liftings TO newsletter_web;  -- to tell people of them, and forget why at an erasure
GRANT SELECT, UPDATE (reason, ended_because) ON holds TO newsletter_web;  -- the same
GRANT SELECT, INSERT, UPDATE, DELETE
    ON connectors, copies, disuse, feed_clock, holds, job_runs, journal, liftings, mail_way, mails_aside, relay, requests
    TO newsletter_worker;
GRANT SELECT ON alembic_version TO newsletter_web, newsletter_worker;

COMMIT;
