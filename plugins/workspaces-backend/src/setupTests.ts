import dns from 'node:dns';

type Callback = (
  error: Error | null,
  address?: string,
  family?: number,
) => void;

// mockttp (behind wrapServer) asks for the IPv6 address of "localhost" whenever
// ::1 answers; /etc/hosts of many containers and virtual machines does not list it.
const lookup = dns.lookup as (
  host: string,
  options: { family?: number },
  callback: Callback,
) => void;
Object.assign(dns, {
  lookup: (host: string, options: { family?: number }, callback: Callback) =>
    host === 'localhost' && options?.family === 6
      ? setImmediate(() => callback(null, '::1', 6))
      : lookup(host, options, callback),
});
