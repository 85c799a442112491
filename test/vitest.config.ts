// How the tests run: unit tests, long ones, and tests with a real Kafka, side by side on all cores.
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import Order from './order.ts'

/** Brute force, property tests of large sets, and the simulation: they compute for minutes. */
const LONG = [
  'test/{simulation,search,known}/**/*.test.ts',
  'test/cli/search/**/*.test.ts',
  'test/matcher/{retro-matcher,payload-prefilter}.test.ts',
]
/** The review room's tests with a database, and those that need a broker besides. Its pure ones are unit tests. */
const REAL_POSTGRES = ['test/review/**/*.store.test.ts']
const REAL_POSTGRES_AND_KAFKA = ['test/{review,secrecy}/**/*.kafka.test.ts']
/** The console in a real Chromium, with a real PostgreSQL and a real identity provider. */
const BROWSER = ['test/browser/**/*.test.ts']
const REAL_KAFKA = ['test/integration/**/*.test.ts', 'test/faults/**/*.test.ts']
/**
 * Files that run at a time: more than cores, because tests with a real Kafka mostly wait for it. By itself vitest leaves
 * one core idle. One number for all projects: vitest runs those with another number by themselves, after the rest.
 */
const WORKERS = availableParallelism() + 2

/**
 * For files whose imports take as long as their tests: a worker runs one after the other, and imports a module once. So a
 * test that changes something of the whole process (an environment variable, the clock) puts it back.
 */
const SHARED_WORKERS = { isolate: false, unstubEnvs: true }

/**
 * In milliseconds. No test is about its own duration, and a busy machine takes ten times as long as an idle one: this only
 * ends what hangs. What a test waits for has a shorter deadline, which says what did not come: see eventually.ts.
 */
const PATIENT = {
  testTimeout: 600_000,
  hookTimeout: 600_000,
  // Vitest's own is a second.
  expect: { poll: { timeout: 120_000 } },
}

/**
 * Node keeps compiled code here, for the tests' processes and those that they start: `hashwarden match` then needs half of
 * the processor time for its imports (0.3 s instead of 0.6), and the tests start it well over a hundred times.
 */
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(new URL('../.cache/compiled', import.meta.url))

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    // The identity provider of the tests says at each start that it is one for tests.
    onConsoleLog: (text) => !/^oidc-provider (NOTICE|WARNING)/.test(text),
    sequence: { sequencer: Order },
    reporters: ['default', new URL('closing-line.ts', import.meta.url).pathname],
    // `npm run coverage` turns it on, for the unit tests and those with a PostgreSQL. Child processes and worker threads are
    // not counted, so it leaves out two files that do nothing but start commands.
    coverage: {
      include: ['src/**/*.ts'],
      // Compiled to WebAssembly; and what runs in the browser, which its own tests drive.
      exclude: ['src/search/kernel/**', 'src/console/**'],
      reporter: ['text-summary', 'json-summary'],
      reportsDirectory: '.cache/coverage',
      reportOnFailure: true,
      // In percent: the figures when this was written, rounded down. Raise them, never lower them.
      thresholds: { statements: 81, branches: 76, functions: 79, lines: 82 },
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...REAL_KAFKA, ...LONG, ...REAL_POSTGRES, ...REAL_POSTGRES_AND_KAFKA, ...BROWSER],
          ...SHARED_WORKERS,
          maxWorkers: WORKERS,
          ...PATIENT,
        },
      },
      {
        test: {
          name: 'unit, long',
          include: LONG,
          maxWorkers: WORKERS,
          ...PATIENT,
        },
      },
      {
        test: {
          name: 'real Kafka',
          include: REAL_KAFKA,
          globalSetup: 'test/integration/kafka.ts',
          maxWorkers: WORKERS,
          ...PATIENT,
        },
      },
      {
        test: {
          name: 'real PostgreSQL',
          include: REAL_POSTGRES,
          ...SHARED_WORKERS,
          globalSetup: 'test/review/review-server.ts',
          maxWorkers: WORKERS,
          ...PATIENT,
        },
      },
      {
        test: {
          name: 'browser',
          include: BROWSER,
          globalSetup: [
            'test/review/review-server.ts',
            'test/browser/built-console.ts',
            'test/browser/unpacked-chromium.ts',
          ],
          maxWorkers: WORKERS,
          ...PATIENT,
        },
      },
      {
        test: {
          name: 'real PostgreSQL and Kafka',
          include: REAL_POSTGRES_AND_KAFKA,
          globalSetup: ['test/review/review-server.ts', 'test/integration/kafka.ts'],
          maxWorkers: WORKERS,
          ...PATIENT,
        },
      },
    ],
  },
})
