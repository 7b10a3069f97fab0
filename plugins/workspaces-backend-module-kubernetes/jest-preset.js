// Suites named *.cluster.test.ts need a real cluster (docs/test-cluster.md). They run where the environment
// variable SLIPWAY_TEST_CLUSTER holds the path of its cluster.json, or SLIPWAY_TEST_KUBECONFIG that of a kubeconfig.
const { SLIPWAY_TEST_CLUSTER, SLIPWAY_TEST_KUBECONFIG } = process.env;

module.exports = {
  testPathIgnorePatterns: [
    '/node_modules/',
    ...(SLIPWAY_TEST_CLUSTER || SLIPWAY_TEST_KUBECONFIG
      ? []
      : ['\\.cluster\\.test\\.ts$']),
  ],
};
