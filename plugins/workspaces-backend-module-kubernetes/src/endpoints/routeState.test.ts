import { kinds } from '../client';
import { missingOf } from './routeState';

const ingress = (status: object) => ({
  ...kinds.Ingress,
  metadata: { name: 'web' },
  spec: { ingressClassName: 'nginx' },
  status,
});
const route = (status: object) => ({
  ...kinds.HTTPRoute,
  metadata: { name: 'web', generation: 2 },
  status,
});
/** As the Gateway API has controllers write them. */
const condition = (type: string, more: object = {}) => ({
  type,
  status: 'True',
  reason: type,
  message: '',
  observedGeneration: 2,
  lastTransitionTime: '2026-01-01T00:00:00Z',
  ...more,
});
const accepted = condition('Accepted');

describe('what is missing until a route is served', () => {
  it.each([
    [
      'nothing, at an address',
      { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } },
      undefined,
    ],
    [
      'nothing, at a name',
      { loadBalancer: { ingress: [{ hostname: 'lb' }] } },
      undefined,
    ],
    [
      'an address',
      { loadBalancer: {} },
      'no controller of the class nginx has given it an address',
    ],
  ])('of an Ingress: %s', (_, status, missing) => {
    expect(missingOf(ingress(status))).toBe(missing);
  });

  it.each([
    ['a controller', {}, 'the Gateway has not taken it up'],
    [
      'nothing',
      { parents: [{ conditions: [accepted, condition('ResolvedRefs')] }] },
      undefined,
    ],
    [
      'a condition',
      { parents: [{ conditions: [accepted] }] },
      'the Gateway has not said whether it is ResolvedRefs',
    ],
    [
      'its acceptance',
      {
        parents: [
          {
            conditions: [
              condition('Accepted', {
                status: 'False',
                reason: 'NotAllowedByListeners',
                message: 'No listener allows it',
              }),
            ],
          },
        ],
      },
      'Accepted is False: NotAllowedByListeners: No listener allows it',
    ],
    [
      'an answer to what it is now',
      {
        parents: [
          { conditions: [condition('Accepted', { observedGeneration: 1 })] },
        ],
      },
      'the Gateway has not said whether it is Accepted',
    ],
  ])('of an HTTPRoute: %s', (_, status, missing) => {
    expect(missingOf(route(status))).toBe(missing);
  });
});
