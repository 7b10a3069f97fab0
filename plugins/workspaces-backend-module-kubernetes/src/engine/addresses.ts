/** Not public: here are the pods of other workspaces, the API server and the machines of the company. */
const PRIVATE_RANGES = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
];

/** Where pods may go: what is public, by IPv4 (rules for IPv6 are refused where a cluster has none), and those ranges. */
export function publicAnd(reachable: string[]) {
  return [
    { ipBlock: { cidr: '0.0.0.0/0', except: PRIVATE_RANGES } },
    ...reachable.map(cidr => ({ ipBlock: { cidr } })),
  ];
}
