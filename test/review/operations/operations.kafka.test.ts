// The operations page from end to end: a real matcher and a real review service, each a process, on a real Kafka and a real
// PostgreSQL.
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, inject, test } from 'vitest'
import { makeDeadLetter } from '../../../src/contract/dead-letter.ts'
import { Rejection } from '../../../src/contract/rejection.ts'
import { startServiceProcess } from '../../../src/cli/local/service-process.ts'
import type {
  DeadLettersPage,
  OperationsView,
  ReplayedView,
  SeriesView,
} from '../../../src/contract/review.ts'
import { RunningOperations } from '../../../src/review/operations/running-operations.ts'
import { SESSION_COOKIE } from '../../../src/review/api/identity.ts'
import { Sessions } from '../../../src/review/sign-in/sessions.ts'
import { randomBalancedHash, seededRandom } from '../../../src/sample/random-hash.ts'
import { publishCanaries } from '../../../src/stream/topics/canary-entries.ts'
import { reviewTopics } from '../../../src/stream/topics/topics.ts'
import { knownHash, pdqReport } from '../../fixtures/entries.ts'
import { eventually } from '../../fixtures/eventually.ts'
import { Deployment } from '../../integration/deployment.ts'
import { openReviewStore, type ReviewStore } from '../review-store.ts'
import { OTTO } from '../sample-cases.ts'

async function operatorOf(store: ReviewStore, url: string) {
  const secret = await new Sessions(store.server).begin({
    subject: 'operator-1',
    name: 'Somebody',
    roles: ['operator'],
    groups: [],
    isDevelopment: true,
  })
  const texts: string[] = []
  const ask = async <T>(path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(new URL(path, url), {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        cookie: `${SESSION_COOKIE}=${secret}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${text}`)
    texts.push(text)
    // As the route's contract has it: the server checks its answers.
    return JSON.parse(text) as T
  }
  return { ask, texts }
}

const hasPositive = ({ panels }: SeriesView, id: string, name: string): boolean =>
  panels
    .find(({ panel }) => panel === id)
    ?.lines.find((line) => line.name === name)
    ?.values.some((value) => value !== null && value > 0) ?? false

test('a report, a hit, canaries and a dead letter are seen on the page, the record is submitted again, and no answer holds a secret', async () => {
  await using store = await openReviewStore()
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { settings, log, folder } = deployment
  const { topics } = settings
  for (const topic of reviewTopics(topics, 1)) await log.createTopic(topic, 1)
  await publishCanaries(log, topics.knownHashes)
  const known = knownHash('pdq', randomBalancedHash(seededRandom(72)), 'secret-list')
  await deployment.addKnown(known)
  const [matcher, review] = await Promise.all([
    deployment.startMatcher(undefined, { threads: 1, canarySeconds: 1 }),
    startServiceProcess({
      command: ['review', '--port', '0'],
      settings,
      folder: join(folder, 'review'),
      environment: { DATABASE_URL: store.serverUrl },
    }),
  ])
  await using open = new AsyncDisposableStack()
  open.defer(() => review.stop())
  const { ask, texts } = await operatorOf(store, review.url)
  await eventually(async () => (await ask<OperationsView>('/api/operations')).fleet?.processes.length === 2)
  await eventually(async () => {
    await deployment.submit({ ...pdqReport(known.value, 'secret-report'), actorRef: 'secret-actor' })
    const series = await ask<SeriesView>('/api/operations/series?range=15m')
    return (
      hasPositive(series, 'reports', 'written') &&
      hasPositive(series, 'reports', 'matched') &&
      hasPositive(series, 'hits', 'perceptual') &&
      hasPositive(series, 'report-to-hit', '99th percentile') &&
      hasPositive(series, 'canary-seconds', 'median') &&
      hasPositive(series, 'stages', 'decode') &&
      hasPositive(series, 'open-cases', 'all')
    )
  })

  await log.produce(topics.reports, [{ key: 'x', value: '{"secret":' }])
  const lettersNow = async (): Promise<DeadLettersPage['letters']> =>
    (await ask<DeadLettersPage>('/api/operations/dead-letters')).letters
  await eventually(async () => (await lettersNow()).length === 1)
  const [{ id, topic, code }] = await lettersNow()
  expect({ topic, code }).toEqual({ topic: topics.reports, code: 'not-json' })
  const replayed = await ask<ReplayedView>('/api/operations/dead-letters/replay', { letters: [id] })
  expect(replayed.results).toEqual([{ id, result: 'replayed' }])
  // It is still no report: another dead letter points to where it is now.
  await eventually(async () => (await lettersNow()).length === 2)
  await eventually(async () =>
    hasPositive(await ask<SeriesView>('/api/operations/series?range=15m'), 'dead-letters', 'not-json'),
  )
  const { unseen } = await ask<OperationsView>('/api/operations')
  expect(unseen).toEqual([])
  await matcher.stop()
  const everything = texts.join('\n')
  expect(everything).not.toContain('secret')
  expect(everything).not.toContain(known.value.slice(0, 16))
  expect(everything).not.toMatch(/[0-9a-f]{32}/)
})

test('on a Kafka without the topic of statuses the page names the command that creates it', async () => {
  await using store = await openReviewStore()
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { settings, log } = deployment
  const topics = { ...settings.topics, status: `${settings.topics.status}-missing` }
  const operations = new RunningOperations({
    settings: { ...settings, topics },
    databaseUrl: store.serverUrl,
    log,
    logger: pino({ level: 'silent' }),
  })
  try {
    await eventually(async () => {
      const { unseen, fleet } = await operations.view(OTTO)
      const statuses = unseen.find(({ part }) => part === 'statuses')
      return (
        statuses?.code === 'topic-missing' &&
        statuses.text.includes('hashwarden topics apply') &&
        fleet?.partitions.length === 3
      )
    })
    expect((await operations.view(OTTO)).fleet?.problems).toEqual([])
  } finally {
    await operations.stop()
  }
})

test('records of ten platforms are submitted again at once, each a single time, and one whose topic is gone is named', async () => {
  await using store = await openReviewStore()
  await using deployment = await Deployment.on(inject('kafkaBrokers'))
  const { settings, log } = deployment
  const topics = { ...settings.topics, reportsPerPlatform: true }
  const platforms = Array.from({ length: 10 }, (_, n) => `${topics.reports}.platform-${n}`)
  for (const topic of platforms) await log.createTopic({ topic, partitions: 1, config: {} }, 1)
  const ids: string[] = []
  for (const topic of [...platforms, `${topics.reports}.gone`]) {
    const letter = makeDeadLetter(
      { topic, partition: 0, offset: 0 },
      Buffer.from(topic),
      new Rejection('empty'),
    )
    if (platforms.includes(topic)) await log.produceTo(topic, 0, { key: 'x', value: topic })
    const offset = await log.produceTo(topics.deadLetters, 0, { key: 'x', value: JSON.stringify(letter) })
    ids.push(`0-${offset}`)
  }
  const operations = new RunningOperations({
    settings: { ...settings, topics },
    databaseUrl: store.serverUrl,
    log,
    logger: pino({ level: 'silent' }),
  })
  try {
    const { results } = await operations.submitAgain('operator-1', { letters: ids })
    const expected = ids.map((id, n) => ({ id, result: n < platforms.length ? 'replayed' : 'topic-gone' }))
    expect(results).toEqual(expected)
    const ends = await Promise.all(platforms.map(async (topic) => (await log.offsets(topic))[0].end))
    expect(ends).toEqual(platforms.map(() => 2))
  } finally {
    await operations.stop()
  }
})
