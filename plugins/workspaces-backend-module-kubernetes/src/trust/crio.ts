import { stringify } from 'smol-toml';
import {
  authorityFile,
  emptyPlan,
  fileNameOf,
  TrustPlan,
  WantedTrust,
} from './types';

/** What makes CRI-O trust the registry. It reads authorities at each pull, and the rest when it is told to. */
export function planCrio(wanted: WantedTrust): TrustPlan {
  const { registry, mode } = wanted;
  if (mode === 'caBundle') {
    return {
      ...emptyPlan(),
      edits: [
        {
          kind: 'put',
          path: `/etc/containers/certs.d/${registry}/slipway.crt`,
          content: authorityFile(wanted),
          description: 'as a whole',
        },
      ],
    };
  }
  return {
    ...emptyPlan(),
    edits: [
      {
        kind: 'put',
        path: `/etc/containers/registries.conf.d/50-slipway-${fileNameOf(
          registry,
        )}.conf`,
        content: stringify({
          registry: [{ prefix: registry, location: registry, insecure: true }],
        }),
        description: 'as a whole',
      },
    ],
    restart: ['systemctl reload crio'],
    notes: [
      'CRI-O first tries TLS without looking at the certificate, then plain HTTP: it knows no difference.',
    ],
  };
}
