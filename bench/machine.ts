import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

const RESULTS = new URL('results/', import.meta.url)

/** The machine that a figure was measured on: without it a figure means nothing. */
export function describeMachine(): object {
  const processors = cpus()
  return {
    processor: processors[0].model,
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    date: new Date().toISOString().slice(0, 10),
  }
}

/** Writes `bench/results/<name>.json`: the machine first, then the result. */
export function writeResult(name: string, result: object): void {
  mkdirSync(RESULTS, { recursive: true })
  const file = new URL(`${name}.json`, RESULTS)
  writeFileSync(file, `${JSON.stringify({ machine: describeMachine(), ...result }, null, 2)}\n`)
  console.log(`Written to ${fileURLToPath(file)}`)
}
