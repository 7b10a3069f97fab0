import type { JsonObject } from '@backstage/types';
import {
  evidenceOf,
  failure,
} from '@slipway/backstage-plugin-workspaces-node/engines';
import type { Challenge } from './challenge';
import type { RegistryHttp } from './RegistryHttp';

/** What a token service gave: proof for some rights, for some time. */
export interface Token {
  value: string;
  /** Milliseconds since the epoch. */
  until: number;
}

/** Milliseconds: it must hold for the request that it goes with. */
const MARGIN = 10_000;
/** Seconds, as the protocol has it where the service says nothing. */
const USUAL_LIFE = 60;

/** Asks the token service that a registry named. */
export async function fetchToken(
  http: RegistryHttp,
  challenge: Challenge & { scheme: 'bearer' },
  asked: {
    registry: string;
    scope: string;
    authorization?: string;
    /** Whether the password may travel in clear. */
    plainHttp: boolean;
    /** What the evidence of a failure is to say besides. */
    facts: JsonObject;
    signal?: AbortSignal;
  },
): Promise<Token> {
  const { registry, authorization, signal } = asked;
  const url = realmOf(challenge.realm, registry, asked.plainHttp);
  if (challenge.service) url.searchParams.set('service', challenge.service);
  // Ours first: the challenge of a request that only looks does not ask for the right to push.
  const scope = asked.scope || challenge.scope;
  if (scope) url.searchParams.set('scope', scope);
  const facts = { ...asked.facts, registry, realm: url.host };
  const wanted = { method: 'GET' as const, url, authorization, signal, facts };
  const answer = await http.accepted(wanted, await http.request(wanted));
  const token = readToken(await answer.body.text());
  if (!token) {
    const text = `${url.origin}${url.pathname} answered without a token`;
    throw failure(`The token service of the registry ${registry}: ${text}`, [
      evidenceOf('error', 'token service', text, { facts }),
    ]);
  }
  return token;
}

/** The address of the token service. A registry behind TLS may not have the password sent in clear. */
function realmOf(realm: string, registry: string, plainHttp: boolean): URL {
  const url = URL.canParse(realm) ? new URL(realm) : undefined;
  const isPlain = url?.protocol === 'http:';
  if (url && (url.protocol === 'https:' || (isPlain && plainHttp))) return url;
  const facts = { registry, ...(url?.host ? { realm: url.host } : {}) };
  throw failure(
    `The registry ${registry} names a token service that is not asked: ${realm}`,
    [
      evidenceOf(
        'error',
        'registry',
        `WWW-Authenticate: Bearer realm="${realm}"`,
        { facts },
      ),
    ],
  );
}

function readToken(text: string): Token | undefined {
  try {
    const {
      token,
      access_token: accessToken,
      expires_in: life,
    } = JSON.parse(text) as {
      token?: string;
      access_token?: string;
      expires_in?: number;
    };
    const value = token ?? accessToken;
    const milliseconds = (life ?? USUAL_LIFE) * 1000 - MARGIN;
    return value ? { value, until: Date.now() + milliseconds } : undefined;
  } catch {
    return undefined;
  }
}
