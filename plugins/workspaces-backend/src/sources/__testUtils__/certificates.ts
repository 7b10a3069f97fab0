import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import tls from 'node:tls';

/** A certificate authority of this test run and a server certificate by it. */
export interface TestCertificates {
  /** Path of the authority's certificate, for clients. */
  authority: string;
  key: Buffer;
  certificate: Buffer;
}

/** Makes an authority and a certificate for these DNS names and 127.0.0.1, in `folder`. */
export async function makeCertificates(
  folder: string,
  names: string[],
): Promise<TestCertificates> {
  const openssl = (...commandArguments: string[]) =>
    execFileSync('openssl', commandArguments, { cwd: folder, stdio: 'pipe' });
  const elliptic = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
  ];
  openssl(
    'req',
    '-x509',
    ...elliptic,
    '-days',
    '2',
    '-subj',
    '/CN=Test authority',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  openssl(
    'req',
    ...elliptic,
    '-subj',
    '/CN=server',
    '-keyout',
    'server.key',
    '-out',
    'server.csr',
  );
  const alternatives = [
    ...names.map(name => `DNS:${name}`),
    'IP:127.0.0.1',
  ].join(',');
  await writeFile(
    path.join(folder, 'extensions'),
    `subjectAltName=${alternatives}\n`,
  );
  openssl(
    'x509',
    '-req',
    '-in',
    'server.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-days',
    '2',
    '-extfile',
    'extensions',
    '-out',
    'server.pem',
  );
  return {
    authority: path.join(folder, 'ca.pem'),
    key: await readFile(path.join(folder, 'server.key')),
    certificate: await readFile(path.join(folder, 'server.pem')),
  };
}

/** Lets this process trust the authority beside those it trusts; answers how to end that. */
export async function trust(
  certificates: TestCertificates,
): Promise<() => void> {
  const before = tls.getCACertificates('default');
  tls.setDefaultCACertificates([
    ...before,
    await readFile(certificates.authority, 'utf8'),
  ]);
  return () => tls.setDefaultCACertificates(before);
}
