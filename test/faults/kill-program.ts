// What the programs have in common that kill processes on a broker of their own: the command line, and the recorded result.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeResult } from '../../bench/machine.ts'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { commitOfSources } from './sources-commit.ts'

export interface KillRunOptions {
  readonly brokers: string
  readonly kills: number
  readonly seed: number
  readonly say?: (line: string) => void
}

export interface KillProgram {
  /** Of the file in bench/results. */
  readonly name: string
  /** What is killed and what is held against what afterwards, in the result. */
  readonly what: string
  readonly run: (options: KillRunOptions) => Promise<{ readonly problems: readonly unknown[] }>
}

const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`)

/** `--kills 100 [--seed N] [--record]`; a run with problems ends with exit code 1. */
export async function killProgram({ name, what, run }: KillProgram): Promise<void> {
  const { values: flags } = parseArgs({
    options: {
      kills: { type: 'string', default: '100' },
      seed: { type: 'string', default: '1' },
      record: { type: 'boolean', default: false },
    },
  })
  const about = { what, commit: commitOfSources(), seed: Number(flags.seed) }
  const dataDir = await mkdtemp(join(tmpdir(), 'hashwarden-kafka-'))
  const broker = await startJavaBroker({ dataDir, log: (line) => console.log(line) })
  try {
    const { brokers } = broker
    const result = await run({ brokers, kills: Number(flags.kills), seed: about.seed, say })
    console.log(result)
    if (flags.record) writeResult(name, { ...about, ...result })
    if (result.problems.length > 0) process.exitCode = 1
  } finally {
    await broker.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}
