// The machine that figures are measured on, and the file that they are written to.
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { simdOfThisMachine } from './simd.ts'

/** What a benchmark's figures were measured on: a figure without it says nothing. */
export interface Machine {
  readonly cpu: string
  /** The best that native code has: faiss has code of its own for AVX-512. */
  readonly simd: string
  readonly cores: number
  readonly memoryGiB: number
  readonly node: string
  readonly platform: string
  /** Day of the run, UTC. */
  readonly date: string
}

export function describeMachine(now = new Date()): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    simd: simdOfThisMachine(),
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    date: now.toISOString().slice(0, 10),
  }
}

/**
 * Writes bench/results/<name>.json: the machine, then the result, its keys in the order given, so that two runs differ
 * in figures only. The README's tables and charts are rendered from these files.
 */
export function writeResult(name: string, result: Readonly<Record<string, unknown>>): void {
  const folder = new URL('results/', import.meta.url)
  mkdirSync(folder, { recursive: true })
  const text = JSON.stringify({ benchmark: name, machine: describeMachine(), ...result }, null, 2)
  writeFileSync(new URL(`${name}.json`, folder), `${text}\n`)
}
