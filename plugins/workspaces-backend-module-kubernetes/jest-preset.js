// Suites named *.cluster.test.ts need a real cluster (docs/test-cluster.md). They run where the environment
// variable SLIPWAY_TEST_CLUSTER holds the path of its cluster.json.
const { SLIPWAY_TEST_CLUSTER } = process.env;

module.exports = {
  testPathIgnorePatterns: [
    '/node_modules/',
    ...(SLIPWAY_TEST_CLUSTER ? [] : ['\\.cluster\\.test\\.ts$']),
  ],
};
