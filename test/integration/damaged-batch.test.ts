// A bit that flips in the files of a broker, which hands them on as they are.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startJavaBroker } from '../../src/cli/local/broker-java.ts'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { listDeadLetters } from '../../src/stream/topics/dead-letters.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { Deployment } from './deployment.ts'

const random = seededRandom(9)

/** Flips a bit of this text in the partition's file, wherever it stands there. */
function flipBit(dataDir: string, topic: string, text: string): void {
  const name = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).find(
    (file) => file.includes(`${topic}-0/`) && file.endsWith('.log'),
  )
  if (name === undefined) throw new Error(`${topic} has no file in ${dataDir}`)
  const file = join(dataDir, name)
  const bytes = readFileSync(file)
  const at = bytes.indexOf(text)
  expect(at).toBeGreaterThan(0)
  bytes[at] ^= 1
  writeFileSync(file, bytes, { flag: 'r+' })
}

test('a damaged batch of reports is a dead letter, one of known-hashes is counted, and all others are matched', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'hashwarden-damaged-'))
  const broker = await startJavaBroker({ dataDir })
  try {
    await using deployment = await Deployment.on(broker.brokers, { compression: 'none' }, 1)
    const { topics } = deployment.settings
    const [known, other] = [randomBalancedHash(random), randomBalancedHash(random)]
    await deployment.addKnown(knownHash('pdq', known))
    await deployment.addKnown(knownHash('pdq', other))
    for (const id of ['before', 'damaged', 'behind']) await deployment.submit(pdqReport(known, id))
    // Both would still be read: the one as another hash, the other as a report of another name.
    flipBit(dataDir, topics.knownHashes, other)
    flipBit(dataDir, topics.reports, 'damaged')
    const matcher = await deployment.startMatcher(undefined, { threads: 1 })
    await deployment.untilAllMatched()
    expect(await deployment.reportIdsWithHit()).toEqual(new Set(['before', 'behind']))
    const letters = await listDeadLetters(deployment.log, topics.deadLetters)
    expect(letters.map(({ letter }) => letter)).toMatchObject([
      { offset: 1, lastOffset: 1, reason: { code: 'batch-unreadable' } },
    ])
    const metrics = await (await fetch(`${matcher.url}/metrics`)).text()
    expect(metrics).toContain('hashwarden_known_rejected_total{code="batch-unreadable"} 1')
  } finally {
    await broker.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
})
