// Writes what the node's components read: kubeconfigs, configuration files,
// and the manifests that are applied once the API server answers.
import {
  copyFileSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { clusterName, kubeconfig, runFolder, sources } from '../settings.mjs';
import { clusterValues, render } from './template.mjs';

const privately = { mode: 0o600 };

/** A kubeconfig for the holder of a certificate. JSON is YAML too. */
function kubeconfigOf(name, server) {
  const encoded = file =>
    readFileSync(join(runFolder, 'pki', file)).toString('base64');
  return JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        {
          name: clusterName,
          cluster: { server, 'certificate-authority-data': encoded('ca.crt') },
        },
      ],
      users: [
        {
          name,
          user: {
            'client-certificate-data': encoded(`${name}.crt`),
            'client-key-data': encoded(`${name}.key`),
          },
        },
      ],
      contexts: [
        { name: clusterName, context: { cluster: clusterName, user: name } },
      ],
      'current-context': clusterName,
    },
    undefined,
    2,
  );
}

function renderFolder(from, to, addresses) {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    writeFileSync(
      join(to, name),
      render(readFileSync(join(from, name), 'utf8'), clusterValues(addresses)),
    );
  }
}

/** Writes all files, for that major version of containerd; the keys are made already. */
export function writeConfiguration(addresses, { tekton, containerd }) {
  const etc = join(runFolder, 'etc');
  const manifests = join(runFolder, 'manifests');
  renderFolder(join(sources, 'node', 'config'), etc, addresses);
  renameSync(
    join(etc, `containerd-${containerd}.toml`),
    join(etc, 'containerd.toml'),
  );
  renderFolder(join(sources, 'manifests'), manifests, addresses);
  copyFileSync(tekton, join(manifests, 'tekton.yaml'));
  const server = `https://${addresses.node}:6443`;
  for (const name of ['controller-manager', 'scheduler', 'proxy', 'kubelet']) {
    writeFileSync(
      join(etc, `${name}.kubeconfig`),
      kubeconfigOf(name, server),
      privately,
    );
  }
  writeFileSync(kubeconfig, kubeconfigOf('admin', server), privately);
}
