import type { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import type { OciRegistry } from '../registry';
import { TRUST_MODES, TrustMode, WantedTrust } from './types';

const KEY = 'workspaces.kubernetes.registry.trust';

/** What the portal may do about the trust of nodes. */
export interface TrustSettings {
  /** Without it nothing is changed on nodes. */
  mode?: TrustMode;
  /** Whether nodes that joined lately get it by themselves. */
  newNodes: boolean;
  /** Image of the privileged pod. */
  image?: string;
}

/** Reads `registry.trust`; `registry` is what stands around it. */
export function readTrustSettings(registry: Config): TrustSettings {
  const given = registry.getOptionalConfig('trust');
  const mode = given?.getOptionalString('mode');
  const newNodes = given?.getOptionalBoolean('newNodes') ?? false;
  const image = given?.getOptionalString('image');
  if (mode === undefined) {
    if (newNodes) throw new InputError(`${KEY}.newNodes needs ${KEY}.mode`);
    return { newNodes, image };
  }
  if (!isMode(mode)) {
    throw new InputError(
      `${KEY}.mode must be one of ${TRUST_MODES.join(', ')}`,
    );
  }
  const plainHttp = registry.getOptionalBoolean('plainHttp') ?? false;
  if (plainHttp !== (mode === 'plainHttp')) {
    throw new InputError(
      `${KEY}.mode must be plainHttp where the registry is asked without TLS (plainHttp), and only there`,
    );
  }
  if (mode === 'caBundle' && !registry.has('caFile')) {
    throw new InputError(
      `${KEY}.mode: caBundle needs the file of the authority, workspaces.kubernetes.registry.caFile`,
    );
  }
  return { mode, newNodes, image };
}

/** What nodes are to trust; by what the portal itself does where nothing is said. `undefined` where that is nothing special. */
export async function wantedTrust(
  { mode }: TrustSettings,
  registry: OciRegistry,
): Promise<WantedTrust | undefined> {
  const authority = await registry.authority();
  const usual = authority === undefined ? undefined : 'caBundle';
  const wanted = mode ?? (registry.isPlain ? 'plainHttp' : usual);
  return wanted && { registry: registry.address, mode: wanted, authority };
}

function isMode(mode: string): mode is TrustMode {
  return (TRUST_MODES as string[]).includes(mode);
}
