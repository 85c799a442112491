// All processes of a deployment, as `hashwarden top` and the reader of statuses see them: real processes on a real Kafka and
// a real PostgreSQL.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Compile } from 'typebox/compile'
import { expect, inject, test } from 'vitest'
import { parse, stringify } from 'yaml'
import { startServiceProcess } from '../../src/cli/local/service-process.ts'
import { FleetPicture, type ProblemCode } from '../../src/contract/fleet.ts'
import { readToEnd } from '../../src/log/read-to-end.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { loadPolicy } from '../../src/settings/load-settings.ts'
import { committedPolicy } from '../../src/stream/live/set-position.ts'
import { FleetWatch } from '../../src/stream/status/fleet-watch.ts'
import { publishCanaries } from '../../src/stream/topics/canary-entries.ts'
import { reviewTopics } from '../../src/stream/topics/topics.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from '../integration/deployment.ts'
import { Terminal } from '../integration/terminal.ts'
import { openReviewStore } from './review-store.ts'

const OWN_POLICY = new URL('../../config/policy.yaml', import.meta.url)
const fleetPicture = Compile(FleetPicture)

function stricterPolicy(folder: string): string {
  const file = join(folder, 'stricter.yaml')
  const policy = parse(readFileSync(OWN_POLICY, 'utf8'))
  policy.hashes.pdq.maxDistanceBits--
  writeFileSync(file, stringify(policy))
  return file
}

test('processes appear with what they own and have, one with another policy and one that is killed are named, and no status holds a secret', async () => {
  await using store = await openReviewStore()
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { settings, log, folder } = deployment
  const { topics, match, review } = settings
  for (const topic of reviewTopics(topics, 1)) await log.createTopic(topic, 1)
  await publishCanaries(log, topics.knownHashes)
  const known = knownHash('pdq', randomBalancedHash(seededRandom(71)), 'secret-list')
  await deployment.addKnown(known)
  const report = { ...pdqReport(known.value, 'secret-report'), actorRef: 'secret-actor' }
  await deployment.submit({ ...report, contentRef: 'secret-content', platform: 'secret-platform' })
  const one = { threads: 1, canarySeconds: 1 }
  const policyFile = stricterPolicy(folder)
  const started = await Promise.all([
    deployment.startMatcher(undefined, one),
    deployment.startMatcher(undefined, one, {}, { policyFile }),
    startServiceProcess({
      command: ['review', '--port', '0'],
      settings,
      folder: join(folder, 'review'),
      environment: { DATABASE_URL: store.serverUrl },
    }),
  ])
  const [first, other, reviewer] = started

  await using open = new AsyncDisposableStack()
  open.defer(() => reviewer.stop())
  const watch = new FleetWatch({ log, topics, matchGroup: match.group, reviewGroup: review.group })
  open.defer(() => watch.stop())
  await watch.start()
  const problem = (code: ProblemCode) => watch.picture().problems.find((each) => each.code === code)
  await eventually(async () => {
    const { processes, partitions, totals } = watch.picture()
    return (
      started.every(({ pid }) =>
        processes.some(({ status, state }) => status.pid === pid && state === 'running' && status.ready),
      ) &&
      partitions.length === 6 &&
      partitions.every(({ owners, end }) => owners.length === 1 && end !== undefined) &&
      (totals.canariesFound ?? 0) > 0 &&
      processes.some(({ status }) => status.match?.counts.hits === 1) &&
      processes.some(({ status }) => status.review?.openCases === 1)
    )
  })
  const [policy] = [committedPolicy(loadPolicy())]
  const differing = problem('policies-differ')?.text
  expect(differing).toContain(policy)
  expect(differing).toContain(`(pid ${other.pid}, started `)

  const top = await new Terminal({ folder, settings }).run(['top', '--json'])
  expect(top).toMatchObject({ code: 2, err: '' })
  const seen: FleetPicture = fleetPicture.Parse(JSON.parse(top.out))
  // On a busy machine a connection may have failed once, which is a note.
  const problems = seen.problems.filter(
    ({ code, severity }) => !(code === 'last-error' && severity === 'note'),
  )
  expect({ ...seen, problems }).toMatchObject({
    problems: [{ code: 'policies-differ', severity: 'urgent' }],
    processes: [{ status: { role: 'match' } }, { status: { role: 'match' } }, { status: { role: 'review' } }],
    totals: { lagSeconds: expect.any(Number), reportsReadPerSecond: expect.any(Number) },
  })

  process.kill(other.pid, 'SIGKILL')
  await eventually(async () => problem('process-silent') !== undefined)
  expect(problem('process-silent')?.text).toContain(`(pid ${other.pid}) has said nothing for 1`)
  await eventually(async () => problem('policies-differ') === undefined)
  await first.stop()
  await eventually(async () =>
    watch.picture().processes.some(({ status, state }) => status.pid === first.pid && state === 'stopping'),
  )
  expect(problem('no-matcher')).toBeDefined()

  const records: string[] = []
  await readToEnd(log, topics.status, ({ value }) => records.push(String(value)))
  expect(records.length).toBeGreaterThan(5)
  for (const text of records) {
    expect(text).not.toContain('secret')
    expect(text).not.toContain(known.value.slice(0, 16))
    // No hash value is as short as the digests that are told.
    expect(text).not.toMatch(/[0-9a-f]{32}/)
  }
})
