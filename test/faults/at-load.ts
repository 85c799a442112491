// npm run fleet -- [--seed N] [--review] [--record]
// Three matchers at 70 % of what they commit a second on this machine, measured at the beginning: one is killed and replaced,
// one frozen for longer than its session, and one added. After each it is measured how long reports wait, and at the end every
// planted report is held against the list by brute force. --review starts a review service, prints the address of its
// console, and leaves everything running until Ctrl-C. --record writes bench/results/fleet.json. What `hashwarden top` showed
// after each event stays with the logs in .cache/fleet.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { writeResult } from '../../bench/machine.ts'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { untilSignal } from '../../src/cli/session.ts'
import { runAtLoad } from './at-load/at-load-run.ts'
import { commitOfSources } from './sources-commit.ts'

const { values: flags } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    review: { type: 'boolean', default: false },
    record: { type: 'boolean', default: false },
  },
})
const say = (line: string): void => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`)
const about = {
  what: 'Three matchers of one thread each, at 70 % of the reports that they commit a second on this machine, with the traffic and the broker on the same two cores; one killed and replaced, one frozen for longer than its session, one added; how long the oldest report waited for its commit by the broker’s own offsets, and every planted report held against the list by brute force',
  commit: commitOfSources(),
  seed: Number(flags.seed),
}
const dataDir = mkdtempSync(join(tmpdir(), 'hashwarden-kafka-'))
const broker = await startJavaBroker({ dataDir, log: say })
const startedMs = performance.now()
const seconds = (): number => Math.round((performance.now() - startedMs) / 1000)
try {
  const result = await runAtLoad({
    ...about,
    brokers: broker.brokers,
    folder: fileURLToPath(new URL('../../.cache/fleet', import.meta.url)),
    say,
    ...(flags.review && {
      onReview: (url: string) => say(`The review console: ${url}`),
      onEnd: async (settled) => {
        console.log(settled)
        say('Everything is settled, and runs until Ctrl-C.')
        await untilSignal()
      },
    }),
  })
  console.log({ seconds: seconds(), ...result })
  if (flags.record) writeResult('fleet', { ...about, seconds: seconds(), ...result })
  if (result.problems.length > 0) process.exitCode = 1
} finally {
  await broker.stop()
  rmSync(dataDir, { recursive: true, force: true })
}
