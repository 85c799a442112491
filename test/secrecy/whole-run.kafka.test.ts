// One run of the whole system with planted values: whatever it says to those who may not see them is searched for each, in
// every form. Where one may be said, MAY_SAY says so.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'
import { readToEnd } from '../../src/log/read-to-end.ts'
import { eventually } from '../fixtures/eventually.ts'
import { Commands } from './commands.ts'
import { refuseHits, submitNoReports, submitReports } from './faults.ts'
import { OPERATOR, plantedMarks, REVIEWER, VALUES } from './planted.ts'
import { Api, attackAll, signIn, tryTooOften, work } from './reviewers.ts'
import { Said } from './said.ts'
import { startSystem, type System } from './system.ts'

/** Command lines and titles of our processes, as everybody on the machine sees them. */
function addProcesses({ matcher, review }: System, said: Said): void {
  for (const { pid } of [matcher, review])
    for (const name of ['cmdline', 'comm']) said.add('process list', readFileSync(`/proc/${pid}/${name}`))
  for (const pid of [matcher.pid, review.pid])
    for (const task of readdirSync(`/proc/${pid}/task`))
      said.add('process list', readFileSync(`/proc/${pid}/task/${task}/comm`))
}

async function addPages({ matcher, reviewTelemetry }: System, said: Said): Promise<void> {
  for (const [role, url] of [
    ['matcher', matcher.url],
    ['review', reviewTelemetry],
  ])
    for (const page of ['metrics', 'readyz', 'healthz', `${VALUES.pdq[1]}?${VALUES.pdq[1]}`])
      said.add(`/${page.slice(0, 7)} of the ${role}`, await (await fetch(`${url}/${page}`)).text())
}

async function addTopics({ deployment: { log, settings } }: System, said: Said): Promise<void> {
  const { topics } = settings
  const read = async (topic: string, each: (value: string) => void): Promise<void> => {
    await readToEnd(log, topic, ({ key, value, headers }) => {
      // The keys of hits are ids of hits, and so on: see the contracts.
      said.add(
        'keys and headers of records',
        `${String(key)} ${JSON.stringify(headers, (_, of) => (Buffer.isBuffer(of) ? String(of) : of))}`,
      )
      if (value !== null) each(String(value))
    })
  }
  await read(topics.status, (value) => said.add('topic of statuses', value))
  await read(topics.deadLetters, (value) => said.addFields('topic of dead letters', value))
  await read(topics.auditCheckpoints, (value) => said.add('topic of checkpoints', value))
  await read(topics.decisions, (value) => said.addFields('topic of decisions', value))
  await read(topics.outcomes, (value) => said.add('topic of outcomes', value))
}

async function addAudit({ store }: System, said: Said): Promise<number> {
  const rows = await store.owner.selectFrom('audit_entries').select('entry').execute()
  for (const { entry } of rows) said.addFields('entries of the audit', entry)
  return rows.length
}

test('no hash value, reference, identity or secret is said by the whole system, whatever comes and whatever fails', async () => {
  const said = new Said()
  const marks = plantedMarks()
  await using system = await startSystem()
  vi.stubEnv('DATABASE_URL', system.store.serverUrl)
  marks.text('PostgreSQL’s password', new URL(system.store.serverUrl).password)
  const commands = new Commands(system, said)
  const api = new Api(system, said)

  await submitNoReports(system)
  await Promise.all([
    commands.importList(),
    commands.mistype(),
    refuseHits(system, () => submitReports(system)),
  ])
  await system.deployment.untilAllMatched()
  const reviewer = await signIn(system, REVIEWER, marks)
  const operator = await signIn(system, OPERATOR, marks)
  await work(api, reviewer.cookie, operator.cookie)
  await attackAll(api, reviewer.cookie)
  await tryTooOften(api)
  await api.ask('POST', '/api/audit', { cookie: reviewer.cookie, body: {} })
  await addPages(system, said)
  addProcesses(system, said)
  await commands.operate()
  await api.ask('POST', '/api/sign-out', { cookie: operator.cookie })
  await eventually(
    async () => (await system.store.owner.selectFrom('outbox').select('key').execute()).length === 0,
  )
  await addPages(system, said)
  const entries = await addAudit(system, said)
  await Promise.all([system.matcher.stop(), system.review.stop()])
  await addTopics(system, said)
  for (const { logFile } of [system.matcher, system.review]) said.add('log', readFileSync(logFile))

  // The run did what it was to keep quiet about.
  expect(said.at('/metrics of the matcher')).toMatch(/^hashwarden_hits_total\{grade="exact"\} [1-9]/m)
  expect(said.at('log')).toMatch(/went to the dead letters/)
  expect(entries).toBeGreaterThan(20)
  for (const place of [
    'topic of decisions',
    'topic of statuses',
    'topic of dead letters',
    'topic of checkpoints',
  ])
    expect(said.at(place), place).not.toBe('')
  for (const status of [400, 403, 404, 409, 429]) expect(said.places()).toContain(`errors ${status}`)
  // Each process has the rights that deploy/kafka.md lists and no others, and so has the person who looks by `top`.
  expect(JSON.parse(said.at('output of top'))).toMatchObject({
    partitions: expect.arrayContaining([
      expect.objectContaining({ topic: system.deployment.settings.topics.reports, next: expect.any(Number) }),
      expect.objectContaining({ topic: system.deployment.settings.topics.hits, end: expect.any(Number) }),
    ]),
  })
  expect(said.at('log')).not.toMatch(/ERR_ACCESS_DENIED|SecurityWarning/)
  expect(said.leaks(marks)).toEqual([])
})
