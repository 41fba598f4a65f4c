import { availableParallelism } from 'node:os';

export default {
  globalSetup: '<rootDir>/jest.setup.js',
  testEnvironment: 'node',
  testRunner: '<rootDir>/jest.runner.js',
  setupFilesAfterEnv: ['<rootDir>/jest.equality.js'],
  roots: ['<rootDir>/test'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/test/e2e/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/jest.transform.js' },
  moduleNameMapper: { '^(\\.{1,2}/.+)\\.js$': '$1' },
  collectCoverageFrom: ['src/**/*.ts', '!src/main.ts'],
  coverageProvider: 'v8',
  // For what hangs; how long a test takes says more of the machine than of the program.
  testTimeout: 120_000,
  // One more than there are cores: nearly half of the time, a file waits for a timer, a disk or a server.
  maxWorkers: availableParallelism() + 1,
  // Modules of earlier files stay in a worker's memory, which slows down the later ones.
  workerIdleMemoryLimit: '1GB',
};
