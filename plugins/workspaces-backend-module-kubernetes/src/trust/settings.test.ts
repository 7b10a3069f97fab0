import { ConfigReader } from '@backstage/config';
import { OciRegistry } from '../registry';
import { readTrustSettings, wantedTrust } from './settings';

const read = (registry: object) =>
  readTrustSettings(new ConfigReader({ address: 'a.test', ...registry }));

describe('settings of the trust of nodes', () => {
  it('are off by default', () => {
    expect(read({})).toEqual({ newNodes: false });
  });

  it('say what nodes are told', () => {
    const trust = {
      mode: 'caBundle',
      newNodes: true,
      image: 'b.test/busybox:1',
    };
    expect(read({ caFile: '/ca.crt', trust })).toEqual(trust);
    expect(read({ plainHttp: true, trust: { mode: 'plainHttp' } }).mode).toBe(
      'plainHttp',
    );
    expect(read({ trust: { mode: 'skipVerify' } }).mode).toBe('skipVerify');
  });

  it.each([
    [
      { trust: { mode: 'all' } },
      'trust.mode must be one of caBundle, skipVerify, plainHttp',
    ],
    [{ trust: { mode: 'caBundle' } }, 'needs the file of the authority'],
    [
      { trust: { mode: 'plainHttp' } },
      'must be plainHttp where the registry is asked without TLS',
    ],
    [
      { plainHttp: true, trust: { mode: 'skipVerify' } },
      'must be plainHttp where',
    ],
    [{ trust: { newNodes: true } }, 'trust.newNodes needs'],
  ])('are refused: %j', (registry, problem) => {
    expect(() => read(registry)).toThrow(problem);
  });

  it('want nothing of nodes for a registry that the portal trusts as everybody does', async () => {
    const plain = new OciRegistry({ address: 'a.test', plainHttp: true });
    const usual = new OciRegistry({ address: 'a.test' });
    await expect(
      wantedTrust({ newNodes: false }, usual),
    ).resolves.toBeUndefined();
    await expect(wantedTrust({ newNodes: false }, plain)).resolves.toEqual({
      registry: 'a.test',
      mode: 'plainHttp',
    });
    await Promise.all([plain.close(), usual.close()]);
  });
});
