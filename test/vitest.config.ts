import { defineConfig } from 'vitest/config'

const REAL_KAFKA = ['test/integration/**/*.test.ts', 'test/faults/**/*.test.ts']

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    projects: [
      {
        test: {
          name: 'unit, property, simulation',
          include: ['test/**/*.test.ts'],
          exclude: REAL_KAFKA,
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'real Kafka',
          include: REAL_KAFKA,
          globalSetup: 'test/integration/kafka.ts',
          // They share a broker and start processes of their own: one file at a time on two cores.
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
})
