import type { LookupAddress } from 'node:dns';
import { EngineError } from '@slipway/backstage-plugin-workspaces-node';
import { AddressGuard } from './addresses';

function resolvingTo(...addresses: string[]) {
  return async (): Promise<LookupAddress[]> =>
    addresses.map(address => ({
      address,
      family: address.includes(':') ? 6 : 4,
    }));
}

async function refusal(
  guard: AddressGuard,
  address: string,
): Promise<string | undefined> {
  try {
    await guard.resolve(guard.parse(address));
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(EngineError);
    expect((error as EngineError).evidence[0].facts).toEqual({
      rule: 'address',
    });
    return (error as Error).message;
  }
}

describe('AddressGuard', () => {
  it.each([
    ['https://127.0.0.1/r', 'a loopback address'],
    ['https://2130706433/r', 'a loopback address'],
    ['https://0x7f.1/r', 'a loopback address'],
    ['https://0177.0.0.1/r', 'a loopback address'],
    ['https://１２７．０．０．１/r', 'a loopback address'],
    ['https://127.0.0.1./r', 'a loopback address'],
    ['https://[::1]/r', 'a loopback address'],
    ['https://[::ffff:127.0.0.1]/r', 'a loopback address'],
    ['https://[::127.0.0.1]/r', 'a reserved address'],
    ['https://[64:ff9b::7f00:1]/r', 'a reserved address (rfc6052)'],
    ['https://[2002:7f00:1::]/r', 'a reserved address (6to4)'],
    ['https://0/r', 'an unspecified address'],
    ['https://[::]/r', 'an unspecified address'],
    ['https://10.1.2.3/r', 'a private address'],
    ['https://172.16.0.1/r', 'a private address'],
    ['https://192.168.1.1/r', 'a private address'],
    ['https://[fd00:ec2::254]/r', 'a private address'],
    ['https://[fec0::1]/r', 'a private address'],
    ['https://169.254.169.254/latest/meta-data', 'a link-local address'],
    ['https://[fe80::1]/r', 'a link-local address'],
    ['https://100.100.100.200/r', 'a carrier-grade NAT address'],
    ['https://168.63.129.16/r', 'a metadata address'],
    ['https://224.0.0.1/r', 'a multicast address'],
    ['https://255.255.255.255/r', 'a reserved address (broadcast)'],
    ['https://192.0.0.192/r', 'a reserved address (reserved)'],
    ['https://[4000::1]/r', 'a reserved address'],
  ])('D16 refuses the literal %s as %s', async (address, what) => {
    const lookup = jest.fn(resolvingTo('93.184.216.34'));
    const guard = new AddressGuard([], lookup);
    expect(await refusal(guard, address)).toContain(
      `is ${what}, which sources may not reach. If it is meant to be reached, an operator adds it to the configuration: workspaces.sources.allow: ['`,
    );
    expect(lookup).not.toHaveBeenCalled();
  });

  it.each([
    [
      'http://example.com/r',
      'the scheme "http://" is not accepted; accepted is https://',
    ],
    [
      'file:///etc/passwd',
      'the scheme "file://" is not accepted; accepted is https://',
    ],
    [
      'ssh://git@example.com/r',
      'the scheme "ssh://" is not accepted; accepted is https://',
    ],
    [
      'git@example.com:r.git',
      '"git@example.com:r.git" is not a URL; accepted is an https address',
    ],
    [
      'ext::sh -c evil',
      'the scheme "ext://" is not accepted; accepted is https://',
    ],
    [
      '--upload-pack=evil',
      '"--upload-pack=evil" is not a URL; accepted is an https address',
    ],
    [
      'https://user:secret@example.com/r',
      'user names and passwords do not belong into a URL; name a secret in "token" instead',
    ],
    [
      'https://example.com:22/r',
      "port 22 is not accepted, only 443. If it is meant to be reached, an operator adds it to the configuration: workspaces.sources.allow: ['example.com:22']",
    ],
    [
      'https://localhost/r',
      'host "localhost" leads into the machine or cluster itself, which sources may not reach. If it is meant to be reached, an operator adds it to the configuration: workspaces.sources.allow: [\'localhost\']',
    ],
  ])('D16 refuses %s without resolving anything', async (address, message) => {
    const lookup = jest.fn(resolvingTo('93.184.216.34'));
    const guard = new AddressGuard([], lookup);
    expect(guard.problem(address)).toBe(message);
    expect(await refusal(guard, address)).toBe(message);
    expect(lookup).not.toHaveBeenCalled();
  });

  it.each([
    'kubernetes.default.svc',
    'db.team.svc.cluster.local',
    'METADATA.google.internal.',
    'x.localhost',
  ])('D16 refuses the name %s', async host =>
    expect(
      await refusal(
        new AddressGuard([], resolvingTo('93.184.216.34')),
        `https://${host}/`,
      ),
    ).toContain('leads into the machine or cluster itself'),
  );

  it('D16 refuses a name as soon as one of its addresses is refused', async () => {
    const guard = new AddressGuard(
      [],
      resolvingTo('93.184.216.34', '10.0.0.5'),
    );
    expect(await refusal(guard, 'https://git.corp.example/team/app.git')).toBe(
      `host "git.corp.example" resolves to 10.0.0.5, a private address, which sources may not reach. If it is meant to be reached, an operator adds it to the configuration: workspaces.sources.allow: ['git.corp.example']`,
    );
  });

  it('answers the addresses that it checked', async () => {
    const guard = new AddressGuard(
      [],
      resolvingTo('93.184.216.34', '2606:2800:220:1::1'),
    );
    expect(await guard.resolve(guard.parse('https://example.com/'))).toEqual([
      { address: '93.184.216.34', family: 4 },
      { address: '2606:2800:220:1::1', family: 6 },
    ]);
  });

  it('says which host has no address', async () => {
    const guard = new AddressGuard([], async () => {
      throw new Error('getaddrinfo ENOTFOUND nowhere.example');
    });
    await expect(
      guard.resolve(guard.parse('https://nowhere.example/')),
    ).rejects.toMatchObject({
      evidence: [
        {
          text: 'Could not resolve host: nowhere.example (getaddrinfo ENOTFOUND nowhere.example)',
        },
      ],
    });
  });

  describe('with what the configuration allows', () => {
    it.each([
      [['git.corp.example'], 'https://git.corp.example/', undefined],
      [['GIT.corp.example'], 'https://git.corp.example./', undefined],
      [
        ['git.corp.example'],
        'https://git.corp.example:8443/',
        "['git.corp.example:8443']",
      ],
      [['git.corp.example:8443'], 'https://git.corp.example:8443/', undefined],
      [
        ['git.corp.example:8443'],
        'https://git.corp.example/',
        "['git.corp.example']",
      ],
      [['other.example'], 'https://git.corp.example/', "['git.corp.example']"],
      [['10.0.0.0/8'], 'https://git.corp.example/', undefined],
      [['10.0.0.0/8'], 'https://10.9.9.9/', undefined],
      [['10.1.0.0/16'], 'https://git.corp.example/', "['git.corp.example']"],
      [['127.0.0.1:9000'], 'https://127.0.0.1:9000/', undefined],
      [['[::1]:9000'], 'https://[::1]:9000/', undefined],
      [['::1/128'], 'https://[::1]:9000/', "['[::1]:9000']"],
    ])('%j reaches %s: %s', async (allow, address, line) => {
      const message = await refusal(
        new AddressGuard(allow, resolvingTo('10.0.0.5')),
        address,
      );
      expect(message?.replace(/^.*workspaces.sources.allow: /, '')).toBe(line);
    });

    it('D16 does not let a named host lead to the metadata of the machine', async () => {
      const guard = new AddressGuard(
        ['git.corp.example'],
        resolvingTo('169.254.169.254'),
      );
      expect(await refusal(guard, 'https://git.corp.example/')).toContain(
        "workspaces.sources.allow: ['169.254.169.254/32']",
      );
      expect(
        await refusal(
          new AddressGuard(
            ['git.corp.example', '169.254.169.254/32'],
            resolvingTo('169.254.169.254'),
          ),
          'https://git.corp.example/',
        ),
      ).toBeUndefined();
    });

    it.each([
      'https://git.example',
      'git.example/path',
      'a b',
      '10.0.0.0/99',
      'user@git.example',
      '',
    ])('refuses the entry "%s" at the start', entry => {
      expect(() => new AddressGuard([entry])).toThrow(
        `workspaces.sources.allow: "${entry}" is neither a host, nor host:port, nor a CIDR range`,
      );
    });
  });
});
