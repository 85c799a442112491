import { readFileSync } from 'node:fs'
import { expect, inject, test } from 'vitest'
import { randomBalancedHash, seededRandom } from '../../src/sample/random-hash.ts'
import { knownHash, pdqReport } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Deployment } from './deployment.ts'

test('no hash value, reference or identity reaches the log, the metrics or the health answers', async () => {
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const random = seededRandom(4)
  const known = knownHash('pdq', randomBalancedHash(random), 'secret-list')
  await deployment.addKnown(known)
  await deployment.log.produce(deployment.settings.topics.knownHashes, [
    { key: 'pdq:secret-key', value: '{}' },
  ])
  const report = {
    ...pdqReport(known.value, 'secret-report'),
    platform: 'secret-platform',
    contentRef: 'secret-content',
    actorRef: 'secret-actor',
  }
  const broken = JSON.stringify({ ...report, 'secret-field': 'secret-text' })
  await deployment.log.produce(deployment.settings.topics.reports, [
    { key: 'secret-record-key', value: broken },
    { key: 'secret-record-key', value: `${broken}}` },
  ])
  await deployment.submit(report)
  const matcher = await deployment.startMatcher()
  await deployment.untilAllMatched()
  await eventually(async () => (await fetch(`${matcher.url}/readyz`)).ok)
  const pages = await Promise.all(
    ['metrics', 'readyz', 'healthz', 'secret-page'].map(async (page) =>
      (await fetch(`${matcher.url}/${page}`)).text(),
    ),
  )
  const log = readFileSync(matcher.logFile, 'utf8')
  // The run did what it was to keep quiet about.
  expect((await deployment.hits()).length).toBe(1)
  expect(pages[0]).toContain('hashwarden_hits_total{grade="perceptual"} 1')
  expect(pages[0]).toContain('hashwarden_dead_letters_total{code="unknown-field"} 1')
  expect(pages[0]).toContain('hashwarden_known_rejected_total{code="key-mismatch"} 1')
  expect(log).toContain('went to the dead letters')
  for (const text of [log, ...pages.slice(0, 3)]) {
    expect(text).not.toContain('secret')
    expect(text.toLowerCase()).not.toContain(known.value.slice(0, 16))
    expect(text).not.toMatch(/[0-9a-f]{32}/)
  }
})
