import { isLoopbackAddress, listeningSockets } from './sockets';

const HEADER =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const line = (local: string, state: string) =>
  `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 124421 1 0000000088745d0d 100 0 0 10 0`;

describe('listeningSockets', () => {
  it('reads the listening ones, of both versions of IP, each once', () => {
    expect(
      listeningSockets([
        HEADER,
        line('0B00007F:83C3', '0A'),
        line('00000000:1F90', '0A'),
        line('00000000:1F90', '0A'),
        line('0200A8C0:1F90', '01'), // a connection
        HEADER,
        line('00000000000000000000000000000000:0BB8', '0A'),
        line('00000000000000000000000001000000:0BB8', '0A'),
        line('0000000000000000FFFF00000100007F:0BB9', '0A'),
        line('B80D0120000000000000000001000000:0050', '0A'),
        '',
      ]),
    ).toEqual([
      { address: '127.0.0.11', port: 33731 },
      { address: '0.0.0.0', port: 8080 },
      { address: '::', port: 3000 },
      { address: '::1', port: 3000 },
      { address: '::ffff:127.0.0.1', port: 3001 },
      { address: '2001:db8::1', port: 80 },
    ]);
  });

  it.each([
    ['127.0.0.1', true],
    ['127.5.0.1', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.1.2.3', false],
  ])(
    'knows whether %s is reached from within only: %s',
    (address, loopback) => {
      expect(isLoopbackAddress(address)).toBe(loopback);
    },
  );
});
