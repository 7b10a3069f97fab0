/**
 * A shell script that sets the password of a PostgreSQL user, to be run beside the server. It comes by the server's
 * socket, where its images let that user in without one, and takes `LOGIN_PORT`, `LOGIN_USER` and `PGPASSWORD`, the
 * new password, from the environment. Its output says why it failed.
 *
 * @public
 */
export const SET_POSTGRES_PASSWORD = `psql --port="$LOGIN_PORT" --username="$LOGIN_USER" --dbname=postgres --no-password --quiet --set=ON_ERROR_STOP=1 <<'SQL' 2>&1
\\set user \`printf %s "$LOGIN_USER"\`
\\set password \`printf %s "$PGPASSWORD"\`
SET log_min_error_statement = panic;
ALTER ROLE :"user" PASSWORD :'password';
SQL`;
