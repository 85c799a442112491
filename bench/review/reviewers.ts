// Reviewers at work through the API of `hashwarden review`: node bench/review/reviewers.ts [--reviewers 20] [--cases 100000]
// [--hits 300000] [--seconds 120] [--keep folder]. Each leases the next case, reads it, pauses, decides; every fifth time it
// searches. Writes bench/results/review.json. `--keep` leaves the store in a folder, where the next run finds it filled; `--note` is kept with the
// figures.
import { fork, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { freePort } from '../../src/cli/local/broker-address.ts'
import { loadSettings } from '../../src/settings/load-settings.ts'
import { connect } from '../../src/review/store/connect.ts'
import { LOCAL_SERVER_ROLE, startLocalServer } from '../../src/review/store/local-server.ts'
import { migrate } from '../../src/review/store/migrate.ts'
import { pause } from '../../src/waiting/pause.ts'
import { writeResult } from '../machine.ts'
import { percentilesOf } from '../pipeline/percentiles.ts'
import { ReviewerAtWork, type Latencies } from './reviewer.ts'
import { seedCases } from './seed.ts'

const { values: flags } = parseArgs({
  options: {
    reviewers: { type: 'string', default: '20' },
    cases: { type: 'string', default: '100000' },
    hits: { type: 'string', default: '300000' },
    seconds: { type: 'string', default: '120' },
    keep: { type: 'string' },
    note: { type: 'string' },
  },
})
const plan = { cases: Number(flags.cases), hits: Number(flags.hits), fullCases: 5 }
const seconds = Number(flags.seconds)
/** Left out of the figures: connections open, and code is compiled. */
const WARM_UP_MS = 5_000

const folder = flags.keep ?? mkdtempSync(join(tmpdir(), 'hashwarden-review-bench-'))
mkdirSync(folder, { recursive: true })
await chmod(folder, 0o711)
const server = await startLocalServer({ folder, port: await freePort() })
let review: ChildProcess | undefined
try {
  const owner = connect(server.ownerUrl, { connections: 2 })
  await migrate(owner, LOCAL_SERVER_ROLE)
  const db = connect(server.serverUrl)
  const { hits } = await db
    .selectFrom('hits')
    .select(({ fn }) => fn.countAll<string>().as('hits'))
    .executeTakeFirstOrThrow()
  if (Number(hits) < plan.hits) {
    const hitsASecond = await seedCases(db, loadSettings().review, plan)
    console.log(`${plan.hits} hits in ${plan.cases} cases, ${Math.round(hitsASecond)} hits a second`)
  }
  await db.destroy()
  const started = await startReview()
  review = started.process
  const latencies: Latencies = { lease: [], case: [], search: [], decision: [] }
  const leased: string[] = []
  const warmUp: Latencies = { lease: [], case: [], search: [], decision: [] }
  const people = Array.from(
    { length: Number(flags.reviewers) },
    (_, at) => new ReviewerAtWork(started.url, `Reviewer ${at + 1}`, at),
  )
  await Promise.all(people.map((one) => one.signIn()))
  const warm = AbortSignal.timeout(WARM_UP_MS)
  await Promise.all(people.map((one) => one.work(warm, warmUp, leased)))
  const end = AbortSignal.timeout(seconds * 1_000)
  await Promise.all(people.map((one) => one.work(end, latencies, leased)))
  const twice = leased.length - new Set(leased).size
  const decisions = await owner
    .selectFrom('decisions')
    .select(({ fn }) => fn.countAll<string>().as('made'))
    .executeTakeFirstOrThrow()
  await owner.destroy()
  const figures = Object.fromEntries(
    Object.entries(latencies).map(([what, ms]: [string, number[]]) => [
      what,
      { requests: ms.length, ...percentilesOf(ms) },
    ]),
  )
  writeResult('review', {
    question:
      'How long does a reviewer wait, in milliseconds from the request to the whole answer, with others at work?',
    ...(flags.note === undefined ? {} : { note: flags.note }),
    ...plan,
    reviewers: people.length,
    secondsMeasured: seconds,
    pauseMs: ReviewerAtWork.PAUSE_MS,
    casesLeased: leased.length,
    casesLeasedTwice: twice,
    decisions: Number(decisions.made),
    latencyMs: figures,
  })
  console.log(figures, `leased ${leased.length}, twice ${twice}`)
} finally {
  if (review !== undefined) await stopped(review)
  await server.stop()
  if (flags.keep === undefined) rmSync(folder, { recursive: true, force: true })
}

/** The command itself, in a process of its own. No broker is needed: it serves while Kafka is away. */
async function startReview(): Promise<{ readonly url: string; readonly process: ChildProcess }> {
  const child = fork(
    fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url)),
    ['review', '--port', '0', '--telemetry-port', '0'],
    {
      env: { ...process.env, DATABASE_URL: server.serverUrl, DATABASE_OWNER_URL: server.ownerUrl },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  )
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  // Sent by src/cli/review.ts.
  child.on('message', (message) => resolve((message as { url: string }).url))
  child.on('exit', (code) => reject(new Error(`The review service ended with ${String(code)}.`)))
  return { url: await promise, process: child }
}

async function stopped(child: ChildProcess): Promise<void> {
  child.removeAllListeners('exit')
  child.kill('SIGTERM')
  while (child.exitCode === null && child.signalCode === null) await pause(50)
}
