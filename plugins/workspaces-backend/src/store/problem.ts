import { isError } from '@backstage/errors';

const STATEMENT =
  /^\s*(insert|update|delete|select|with|begin|commit|rollback|savepoint|release)\b/i;

/**
 * What went wrong, as a text for logs. The messages of failed statements begin with the whole
 * statement and its values, which belong to users: of these only what the database said is kept.
 */
export function problemOf(error: unknown): string {
  if (!isError(error)) return String(error);
  const { message } = error;
  const end = message.lastIndexOf(' - ');
  if (!STATEMENT.test(message)) return String(error);
  const said = end < 0 ? 'a statement failed' : message.slice(end + 3);
  return `${error.name}: ${said}`;
}
