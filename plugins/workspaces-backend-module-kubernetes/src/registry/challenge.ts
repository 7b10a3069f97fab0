/** How a registry wants to know who asks. */
export type Challenge =
  | { scheme: 'basic' }
  | {
      scheme: 'bearer';
      realm: string;
      service?: string;
      scope?: string;
      /** Why the token that was shown is not enough, for example `insufficient_scope`. */
      error?: string;
    };

/** Reads the header `WWW-Authenticate`; a scheme that no registry uses gives `undefined`. */
export function parseChallenge(
  header: string | undefined,
): Challenge | undefined {
  const [, scheme, rest] = /^\s*(\w+)\s*(.*)$/s.exec(header ?? '') ?? [];
  if (scheme === undefined) return undefined;
  if (/^basic$/i.test(scheme)) return { scheme: 'basic' };
  if (!/^bearer$/i.test(scheme)) return undefined;
  const parameters = new Map(
    [...rest.matchAll(/(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)].map(
      ([, name, quoted, plain]) => [
        name.toLowerCase(),
        quoted?.replace(/\\(.)/g, '$1') ?? plain,
      ],
    ),
  );
  const realm = parameters.get('realm');
  if (realm === undefined) return undefined;
  const service = parameters.get('service');
  const scope = parameters.get('scope');
  const error = parameters.get('error');
  return {
    scheme: 'bearer',
    realm,
    ...(service === undefined ? {} : { service }),
    ...(scope === undefined ? {} : { scope }),
    ...(error === undefined ? {} : { error }),
  };
}
