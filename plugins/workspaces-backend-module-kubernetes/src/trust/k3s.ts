import { dumpYaml } from '@kubernetes/client-node';
import { authorityFile, emptyPlan, TrustPlan, WantedTrust } from './types';

/** What makes k3s or RKE2 trust the registry: they write the configuration of their containerd when they start. */
export function planK3s(
  wanted: WantedTrust,
  distribution: 'k3s' | 'rke2',
): TrustPlan {
  const { registry, mode } = wanted;
  const folder = `/etc/rancher/${distribution}`;
  const authority = `${folder}/slipway-registry.crt`;
  const [server, agent] =
    distribution === 'k3s'
      ? ['k3s', 'k3s-agent']
      : ['rke2-server', 'rke2-agent'];
  const settings = {
    caBundle: { configs: { [registry]: { tls: { ca_file: authority } } } },
    skipVerify: {
      configs: { [registry]: { tls: { insecure_skip_verify: true } } },
    },
    plainHttp: {
      mirrors: { [registry]: { endpoint: [`http://${registry}`] } },
    },
  }[mode];
  return {
    ...emptyPlan(),
    edits: [
      ...(mode === 'caBundle'
        ? [
            {
              kind: 'put' as const,
              path: authority,
              content: authorityFile(wanted),
              description: 'as a whole',
            },
          ]
        : []),
      {
        kind: 'put',
        path: `${folder}/registries.yaml`,
        content: dumpYaml(settings),
        description: 'as a whole',
      },
    ],
    restart: [`systemctl restart ${server}  # on an agent: ${agent}`],
    notes: [
      `If ${folder}/registries.yaml is there already, add these keys to it instead.`,
    ],
  };
}
