// The keys of a cluster: one authority for all of Kubernetes, one for its
// aggregated APIs, one for the registry, which nothing trusts by itself.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../../scripts/command.mjs';
import { nodeName, sources } from '../settings.mjs';

const days = '3650';
const configuration = join(sources, 'node', 'config', 'openssl.cnf');

/** Elliptic curves: their keys are made in milliseconds. */
const newKey = [
  ...['req', '-x509', '-config', configuration, '-days', days, '-nodes'],
  ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'],
];

const authorities = {
  ca: '/CN=slipway-cluster',
  'front-proxy-ca': '/CN=slipway-cluster-front-proxy',
  'registry-ca': '/CN=slipway-cluster-registry',
};

/** Who gets a certificate: by which name, from whom, for which addresses. */
export function certificates({ node, kubernetes }) {
  const service = 'kubernetes.default.svc.cluster.local'.split('.');
  return {
    apiserver: {
      subject: '/CN=kube-apiserver',
      names: [
        'DNS:localhost',
        ...[1, 2, 3, 5].map(
          length => `DNS:${service.slice(0, length).join('.')}`,
        ),
        ...['127.0.0.1', node, kubernetes].map(address => `IP:${address}`),
      ],
    },
    'apiserver-kubelet-client': {
      subject: '/O=system:masters/CN=apiserver-kubelet-client',
    },
    'front-proxy-client': {
      subject: '/CN=front-proxy-client',
      authority: 'front-proxy-ca',
    },
    kubelet: {
      subject: `/O=system:nodes/CN=system:node:${nodeName}`,
      names: [`DNS:${nodeName}`, `IP:${node}`],
    },
    admin: { subject: '/O=system:masters/CN=admin' },
    'controller-manager': { subject: '/CN=system:kube-controller-manager' },
    scheduler: { subject: '/CN=system:kube-scheduler' },
    proxy: { subject: '/CN=system:kube-proxy' },
    registry: {
      subject: '/CN=registry',
      authority: 'registry-ca',
      names: [`IP:${node}`],
    },
  };
}

/** Makes all keys in a folder, as NAME.crt and NAME.key. */
export async function makeKeys(folder, addresses, { log, signal }) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const openssl = args =>
    run('openssl', args, { cwd: folder, log, signal, append: true });
  const files = name => ['-keyout', `${name}.key`, '-out', `${name}.crt`];

  for (const [name, subject] of Object.entries(authorities)) {
    await openssl([
      ...[...newKey, ...files(name), '-subj', subject],
      ...['-addext', 'basicConstraints=critical,CA:true'],
      ...['-addext', 'subjectKeyIdentifier=hash'],
    ]);
  }
  for (const [name, certificate] of Object.entries(certificates(addresses))) {
    const { subject, authority = 'ca', names } = certificate;
    await openssl([
      ...[...newKey, ...files(name), '-subj', subject],
      ...['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`],
      ...['-addext', 'keyUsage=digitalSignature'],
      ...['-addext', 'extendedKeyUsage=serverAuth,clientAuth'],
      ...(names ? ['-addext', `subjectAltName=${names.join(',')}`] : []),
    ]);
  }
  const pair = [
    ['ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', 'sa.key'],
    ['ec', '-in', 'sa.key', '-pubout', '-out', 'sa.pub'],
  ];
  for (const args of pair) {
    await openssl(args);
  }
}
