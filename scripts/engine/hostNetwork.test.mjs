import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseNetwork, parseRoutes, undoRules } from './hostNetwork.mjs';

const header =
  'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT';

// 0.0.0.0/0, 10.221.64.0/18 and 192.168.1.0/24 as the kernel writes them.
const routes = [
  header,
  'eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0',
  'vpn0\t0040DD0A\t00000000\t0001\t0\t0\t0\t00C0FFFF\t0\t0\t0',
  'eth0\t0001A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
].join('\n');

test('the engine takes a network that no route touches', () => {
  assert.equal(chooseNetwork(parseRoutes(header)), '10.221');
  assert.equal(chooseNetwork(parseRoutes(routes)), '10.231');
});

test('a route to all of 10.0.0.0/8 leaves the networks outside of it', () => {
  const vpn = 'vpn0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0';
  assert.equal(chooseNetwork(parseRoutes(`${header}\n${vpn}`)), '172.29');
});

test('only the rules of Docker are taken back', () => {
  const rules = [
    '-P FORWARD DROP',
    '-N DOCKER',
    '-N DOCKER-USER',
    '-N KUBE-FORWARD',
    '-A FORWARD -j DOCKER-USER',
    '-A FORWARD -o slipway0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    '-A FORWARD -i br-7fa28a26d349 ! -o br-7fa28a26d349 -j ACCEPT',
    '-A FORWARD -i br-lan -j ACCEPT',
    '-A FORWARD -i eth0 -m comment --comment "of the user" -j ACCEPT',
    '-A DOCKER-USER -j RETURN',
  ];
  assert.deepEqual(
    undoRules(rules).map(args => args.join(' ')),
    [
      '-D FORWARD -j DOCKER-USER',
      '-D FORWARD -o slipway0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-D FORWARD -i br-7fa28a26d349 ! -o br-7fa28a26d349 -j ACCEPT',
      '-F DOCKER',
      '-F DOCKER-USER',
      '-X DOCKER',
      '-X DOCKER-USER',
    ],
  );
});

test('a quoted comment stays one argument', () => {
  assert.deepEqual(
    undoRules(['-A POSTROUTING -o slipway0 -m comment --comment "two words"']),
    [
      [
        '-D',
        'POSTROUTING',
        ...['-o', 'slipway0', '-m', 'comment', '--comment', 'two words'],
      ],
    ],
  );
});
