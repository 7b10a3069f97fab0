import { kinds } from '../client';
import { publicAddress } from './nodeAddress';

const node = (
  name: string,
  addresses: { type: string; address: string }[],
  { ready = 'True', age = 1 } = {},
) => ({
  ...kinds.Node,
  metadata: { name, creationTimestamp: new Date(2026, 0, 10 - age) },
  status: { addresses, conditions: [{ type: 'Ready', status: ready }] },
});
const internal = (address: string) => ({ type: 'InternalIP', address });
const external = (address: string) => ({ type: 'ExternalIP', address });

describe('the address of the nodes', () => {
  it('is that of the oldest node that is ready', () => {
    const nodes = [
      node('new', [internal('10.0.0.1')]),
      node('old', [internal('10.0.0.2')], { age: 5 }),
      node('down', [internal('10.0.0.3')], { age: 9, ready: 'Unknown' }),
    ];
    expect(publicAddress(nodes)).toBe('10.0.0.2');
  });

  it('is one for the world outside where a node has one', () => {
    const nodes = [
      node('inner', [internal('10.0.0.1')], { age: 5 }),
      node('outer', [internal('10.0.0.2'), external('203.0.113.7')]),
    ];
    expect(publicAddress(nodes)).toBe('203.0.113.7');
  });

  it('is none where no node is ready', () => {
    expect(publicAddress([node('down', [], { ready: 'False' })])).toBe(
      undefined,
    );
  });
});
