import { randomUUID } from 'node:crypto';
import type { RequestListener } from 'node:http';
import {
  all,
  needsNodeFiles,
  test,
  usePortalWith,
  type Cause,
  type FaultyWorkspace,
} from '../support/faults';
import { FaultyWorkspace as Workspace } from '../support/faults/FaultyWorkspace';
import { NodeRegistry, type Elsewhere } from '../support/faults/NodeRegistry';

/** A new image, which the node does not have, and its pull that goes elsewhere. */
async function failsToPull(
  workspace: FaultyWorkspace,
  registry: NodeRegistry,
  elsewhere: Elsewhere,
  cause: Pick<Cause, 'code' | 'first' | 'fix' | 'fixedBy'>,
): Promise<void> {
  await registry.elsewhere(elsewhere, async () => {
    const run = await workspace.deploy({}, { text: randomUUID() });
    await workspace.fails(run, { ...cause, stage: 'deploy' });
  });
}

const answering =
  (status: number, code: string, headers = {}): RequestListener =>
  (_, response) =>
    response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(JSON.stringify({ errors: [{ code, message: code.toLowerCase() }] }));

test('a node that does not trust the registry', async ({
  workspace,
  cluster,
}) => {
  needsNodeFiles(cluster);
  const server = `https://${cluster.registry.address}`;
  await failsToPull(
    workspace,
    new NodeRegistry(cluster),
    { server },
    {
      code: 'X509_UNKNOWN_CA',
      first:
        /^Failed to pull image .*x509: certificate signed by unknown authority/,
      fix: /\/etc\/containerd\/certs\.d\/.*\/ca\.crt/,
    },
  );
});

const onNode: [
  title: string,
  elsewhere: Elsewhere,
  cause: Parameters<typeof failsToPull>[3],
][] = [
  [
    'a certificate for another name',
    { certificate: 'name' },
    {
      code: 'X509_SAN_MISMATCH',
      first:
        /x509: cannot validate certificate for \S+ because it doesn't contain any IP SANs/,
      fix: /have a certificate issued/,
    },
  ],
  [
    'a certificate that has run out',
    { certificate: 'expired' },
    {
      code: 'X509_EXPIRED',
      first: /x509: certificate has expired/,
      fix: /^Renew the certificate/,
    },
  ],
  [
    'a registry that speaks plain HTTP',
    { certificate: 'none' },
    {
      code: 'HTTP_ON_HTTPS',
      first: /server gave HTTP response to HTTPS client/,
      fix: /host\."http:/,
    },
  ],
  [
    'a registry whose name has no address',
    { server: 'https://registry.invalid' },
    {
      code: 'REGISTRY_DNS',
      first: /lookup registry\.invalid/,
      fix: /that knows "registry\.invalid"/,
    },
  ],
  [
    'a registry that does not run',
    { server: 'https://127.0.0.1:1' },
    {
      code: 'REGISTRY_UNREACHABLE',
      first: /connect: connection refused/,
      fix: /between it and the node/,
    },
  ],
  [
    'a registry whose token service cannot be reached',
    {
      answer: answering(401, 'UNAUTHORIZED', {
        'www-authenticate':
          'Bearer realm="https://127.0.0.1:1/token",service="r"',
      }),
    },
    {
      code: 'REGISTRY_REALM_UNREACHABLE',
      first: /127\.0\.0\.1:1\/token/,
      fix: /token service be reached at 127\.0\.0\.1:1/,
    },
  ],
  [
    'a login that the registry does not accept',
    {
      answer: answering(401, 'UNAUTHORIZED', {
        'www-authenticate': 'Basic realm="r"',
      }),
    },
    {
      code: 'PULL_UNAUTHORIZED',
      first: /401 Unauthorized/,
      fix: /^Correct workspaces\.kubernetes\.registry\.username/,
    },
  ],
  [
    'an account that may not pull',
    { answer: answering(403, 'DENIED') },
    {
      code: 'PULL_FORBIDDEN',
      first: /403 Forbidden/,
      fix: /have the access granted/,
    },
  ],
  [
    'an image that is not there',
    { answer: answering(404, 'MANIFEST_UNKNOWN') },
    {
      code: 'MANIFEST_UNKNOWN',
      first: /not found/,
      fix: /start a new run/,
      fixedBy: 'user',
    },
  ],
];

for (const [title, elsewhere, cause] of onNode) {
  test(title, all, async ({ workspace, cluster }) => {
    needsNodeFiles(cluster);
    await failsToPull(workspace, new NodeRegistry(cluster), elsewhere, cause);
  });
}

test('a program for another processor', all, async ({ workspace }) => {
  // The beginning of a program for 32-bit ARM.
  const program = `\x7fELF\x01\x01\x01${'\0'.repeat(
    9,
  )}\x02\0\x28\0\x01\0\0\0${'\0'.repeat(28)}`;
  const run = await workspace.deploy(
    {},
    {
      text: 'another processor',
      dockerfile: `FROM node:22-slim\nRUN printf '${Array.from(
        program,
        each => `\\${each.charCodeAt(0).toString(8).padStart(3, '0')}`,
      ).join('')}' > /server && chmod +x /server\nUSER node\nCMD ["/server"]\n`,
    },
  );
  await workspace.fails(run, {
    code: 'ARCH_MISMATCH',
    stage: 'deploy',
    first: /exit code 1/,
    fix: /^Build the program for this machine's platform/,
    fixedBy: 'user',
  });
});

test('a name that is none of an image', all, async ({ workspace }) => {
  const run = await workspace.deploy(
    {},
    { text: 'bad name', dockerfile: 'FROM UPPER/Case:1\n' },
  );
  await workspace.fails(run, {
    code: 'IMAGE_NAME_INVALID',
    stage: 'build',
    first: /invalid reference format/,
    fix: /in lower case/,
    fixedBy: 'user',
  });
});

test(
  'a password of the portal that is wrong',
  all,
  async ({ cluster, kubectl }) => {
    const { address, authority: caFile, user: username } = cluster.registry;
    const registry = { address, caFile, username, password: 'wrong' };
    await usePortalWith(
      { registry },
      async ({ client }) => {
        const workspace = new Workspace('ws-faults-login', client, kubectl);
        await client.createWorkspace({ name: workspace.name });
        await workspace.fails(await workspace.deploy(), {
          code: 'PULL_UNAUTHORIZED',
          stage: 'build',
          first: /401 Unauthorized/,
          fix: /^Correct workspaces\.kubernetes\.registry\.username/,
        });
      },
      { instance: 'slipway-faults-login' },
    );
  },
);

test(
  'a portal that does not trust the registry',
  all,
  async ({ cluster, kubectl }) => {
    const { address, user: username, password } = cluster.registry;
    await usePortalWith(
      { registry: { address, username, password, caFile: undefined } },
      async ({ client }) => {
        const workspace = new Workspace('ws-faults-trust', client, kubectl);
        await client.createWorkspace({ name: workspace.name });
        await workspace.fails(await workspace.deploy(), {
          code: 'X509_UNKNOWN_CA',
          stage: 'build',
          first: /certificate/,
          fix: /workspaces\.kubernetes\.registry\.caFile/,
        });
      },
      { instance: 'slipway-faults-trust' },
    );
  },
);
