import { Arena } from '../../../src/search/wasm/arena.ts'

/** An arena of so few values that a test fills several, with room for the tables of a dozen small segments. */
export const smallArena =
  (values: number) =>
  (threads: number): Arena =>
    Arena.create(values, 12 * 5_500_000 + 400 * values, threads)
