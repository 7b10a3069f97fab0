import { isError } from '@backstage/errors';

const TRANSIENT_CODES = [
  /^SQLITE_(BUSY|LOCKED|IOERR|FULL|CANTOPEN)/,
  /^08/, // PostgreSQL: connection
  /^25P03$/, // idle in a transaction for too long
  /^40(001|P01)$/, // serialization, deadlock
  /^53/, // out of memory, disk, connections
  /^55P03$/, // lock not available
  /^57P0[1-5]$/, // shutting down, starting up
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/,
];

const TRANSIENT_MESSAGES =
  /Connection terminated|connection error|Connection ended|server closed the connection|timeout exceeded when trying to connect|Unable to acquire a connection|Client was closed/i;

/** Whether a database may take the same write a moment later: busy, out of reach, full, restarting. */
export function isTransientDatabaseError(error: unknown): boolean {
  if (!isError(error)) return false;
  const { code } = error as { code?: unknown };
  return (
    error.name === 'KnexTimeoutError' ||
    (typeof code === 'string' &&
      TRANSIENT_CODES.some(pattern => pattern.test(code))) ||
    TRANSIENT_MESSAGES.test(error.message)
  );
}
