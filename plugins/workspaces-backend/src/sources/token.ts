/** What git hosts expect, or do not look at, where the password is a token. */
const TOKEN_USER = 'x-access-token';

/**
 * The value of an Authorization header. A token of the form `user:password` is sent as such;
 * for any other the scheme says how.
 */
export function authorization(
  token: string,
  scheme: 'Basic' | 'Bearer',
): string {
  if (token.includes(':')) return `Basic ${base64(token)}`;
  return scheme === 'Bearer'
    ? `Bearer ${token}`
    : `Basic ${base64(`${TOKEN_USER}:${token}`)}`;
}

/** Takes a token, in each of the forms in which it travels, out of what others said. */
export function withoutToken(text: string, token: string | undefined): string {
  if (token === undefined) return text;
  const [, password] = /^[^:]*:(.*)$/s.exec(token) ?? [];
  const secrets = [
    token,
    password,
    base64(token),
    base64(`${TOKEN_USER}:${token}`),
  ].filter(secret => secret !== undefined && secret !== '');
  return secrets
    .flatMap(secret => [secret as string, encodeURIComponent(secret as string)])
    .reduce((result, secret) => result.replaceAll(secret, '***'), text);
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
