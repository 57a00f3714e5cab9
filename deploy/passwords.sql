-- What web and worker log in with where the database asks for a password: run after roles.sql, by a superuser, with
-- WEB_PASSWORD and WORKER_PASSWORD in the environment. compose.yaml does so at every start.

\set ON_ERROR_STOP on
\getenv web WEB_PASSWORD
\getenv worker WORKER_PASSWORD
ALTER ROLE newsletter_web PASSWORD :'web';
ALTER ROLE newsletter_worker PASSWORD :'worker';
