import { ConfigReader } from '@backstage/config';
import { NamedEndpoints, hostOf, readEndpointSettings } from './settings';

const read = (given: object) =>
  readEndpointSettings(new ConfigReader(given as {}));
const host = '{app}.{workspace}.apps.example.com';

describe('the configuration of endpoints', () => {
  it('are ports of nodes where nothing is said', () => {
    expect(readEndpointSettings(undefined)).toEqual({ type: 'nodePort' });
    expect(read({ nodeAddress: 'nodes.example.com' })).toEqual({
      type: 'nodePort',
      nodeAddress: 'nodes.example.com',
    });
  });

  it('begin with https where a certificate or TLS is named', () => {
    expect(read({ type: 'ingress', host })).toMatchObject({ tls: false });
    expect(read({ type: 'ingress', host, tlsSecret: 'wild' })).toMatchObject({
      tls: true,
      tlsSecret: 'wild',
    });
    const gateway = { namespace: 'edge', name: 'public' };
    expect(read({ type: 'httpRoute', host, tls: true, gateway })).toEqual({
      type: 'httpRoute',
      host,
      tls: true,
      gateway,
    });
  });

  it.each([
    ['endpoints.type: "lb" is none of', { type: 'lb' }],
    ['{app} and {workspace}', { type: 'ingress', host: '{app}.example.com' }],
    ['{app} and {workspace}', { type: 'ingress', host: 'a/{app}{workspace}' }],
    ["'host'", { type: 'ingress' }],
    ["'gateway.namespace'", { type: 'httpRoute', host }],
  ])('refuses what cannot be: %s', (message, given) => {
    expect(() => read(given)).toThrow(message);
  });

  it('make a host name of workspace and app, unless it would be too long', () => {
    const dotted = read({ type: 'ingress', host }) as NamedEndpoints;
    expect(hostOf(dotted, 'ws-shop', 'web')).toBe(
      'web.ws-shop.apps.example.com',
    );
    const joined = read({
      type: 'ingress',
      host: '{app}-{workspace}.example.com',
    }) as NamedEndpoints;
    expect(() =>
      hostOf(joined, `ws-${'a'.repeat(40)}`, 'b'.repeat(40)),
    ).toThrow('84 characters, and 63 are allowed');
  });
});
