import base from './jest.config.js';

/** Real clients and long runs: `npm run test:e2e`. A client that is not installed is a skip that says which Debian package to add. */
export default {
  ...base,
  // Real servers and clients are on a real disk.
  globalSetup: undefined,
  roots: ['<rootDir>/test/e2e'],
  testMatch: ['**/*.e2e.ts'],
  testPathIgnorePatterns: ['/node_modules/'],
  // Most of them wait for others; each has its own folders and ports.
  maxWorkers: 3,
};
