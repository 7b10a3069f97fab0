// The CA bundle of this machine. Behind a proxy that re-signs TLS it holds the
// proxy's certificate, and everything that runs in a container needs it too.
import { existsSync } from 'node:fs';

const usualPlaces = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/cert.pem',
];

/** The path of the bundle: what the environment names, else the system's. */
export function machineBundle(environment = process.env) {
  return [
    environment.SSL_CERT_FILE,
    environment.NODE_EXTRA_CA_CERTS,
    ...usualPlaces,
  ].find(path => path && existsSync(path));
}
