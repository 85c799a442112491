// Two processes of one group with different policies: each says so until they have the same one.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import { parse, stringify } from 'yaml'
import type { MatcherProcess } from '../../src/cli/local/matcher-process.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { publishCanaries } from '../../src/stream/topics/canary-entries.ts'
import { knownHash } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'

const OWN_POLICY = new URL('../../config/policy.yaml', import.meta.url)

const differsSeconds = async (matcher: MatcherProcess): Promise<number> =>
  (await matcher.gauge('hashwarden_policy_differs_seconds')) ?? NaN
const timesLogged = ({ logFile }: MatcherProcess, text: string): number =>
  readFileSync(logFile, 'utf8').split(text).length - 1

test('two processes with different policies say so once each, for how long, and until the second has the first one’s policy', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  await publishCanaries(deployment.log, deployment.settings.topics.knownHashes)
  await deployment.addKnown(knownHash('pdq', randomBalancedHash(seededRandom(61))))
  const policyFile = join(deployment.folder, 'stricter.yaml')
  const policy = parse(readFileSync(OWN_POLICY, 'utf8'))
  policy.hashes.pdq.maxDistanceBits--
  writeFileSync(policyFile, stringify(policy))
  // Canaries make every member commit in all of its partitions.
  const start = (file?: string): Promise<MatcherProcess> =>
    deployment.startMatcher(undefined, { threads: 1, canarySeconds: 1 }, {}, { policyFile: file })

  const first = await start()
  await eventually(async () => (await fetch(`${first.url}/readyz`)).ok)
  expect(await differsSeconds(first)).toBe(0)
  const second = await start(policyFile)
  for (const matcher of [first, second]) {
    await eventually(async () => (await differsSeconds(matcher)) > 0)
    const seconds = await differsSeconds(matcher)
    await eventually(async () => (await differsSeconds(matcher)) > seconds + 5)
    expect(timesLogged(matcher, 'match by another policy')).toBe(1)
  }

  await second.stop()
  const restarted = await start()
  for (const matcher of [first, restarted])
    await eventually(async () => (await differsSeconds(matcher)) === 0)
  await eventually(async () => timesLogged(first, 'match by the same policy') === 1)
  expect(timesLogged(first, 'match by another policy')).toBe(1)
})
