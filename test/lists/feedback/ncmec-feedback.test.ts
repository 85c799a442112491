// Feedback over HTTP to a server that behaves as NCMEC's does: reasons by guid, three spellings of a type, failures.
import { hostname } from 'node:os'
import { pino } from 'pino'
import { describe, expect, onTestFinished, test } from 'vitest'
import { feedbackSweep, sendTo } from '../../../src/lists/feedback/open-feedback.ts'
import { createTelemetry } from '../../../src/cli/match-service.ts'
import type { NcmecSource } from '../../../src/settings/source-settings.ts'
import { FEEDBACK_PASSWORD, FEEDBACK_USER, FeedbackServer } from '../servers/feedback-server.ts'
import { basic, secretFile } from '../serve/sharing.ts'
import { AT, decisionOn, hitWith, md5MatchOf, outcomeOf, ReviewedLog, SECRETS, TOPICS } from './reviewed.ts'

async function started(): Promise<FeedbackServer> {
  const server = new FeedbackServer()
  await server.listen()
  onTestFinished(() => server.close())
  return server
}

const sourceOf = (server: FeedbackServer, changes: Partial<NcmecSource> = {}): NcmecSource => ({
  kind: 'ncmec',
  name: 'ncmec',
  base: server.base,
  username: FEEDBACK_USER,
  password: { file: secretFile(FEEDBACK_PASSWORD) },
  feedback: true,
  ...changes,
})

/** Three hits of one MD5 each: one confirmed, one whose entry is wrong, one that a reviewer suspects. */
async function reviewed(): Promise<ReviewedLog> {
  const log = await ReviewedLog.make()
  const hits = ['1', '2', '3'].map((name) => hitWith(name, md5MatchOf(`ncmec:42/e ${name}`)))
  await log.hits(...hits)
  await log.find(
    outcomeOf(hits[0]),
    outcomeOf(hits[1], { finding: 'known-entry-wrong', knownEntry: { source: 'ncmec', sourceId: '42/e 2' } }),
  )
  await log.decide(decisionOn(hits[2]))
  return log
}

const send = ({ log }: ReviewedLog, source: NcmecSource) =>
  sendTo(source, { log, topics: TOPICS, group: 'g' }, new AbortController().signal)

const bodyOf = (vote: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<feedbackSubmission xmlns="https://hashsharing.ncmec.org/hashsharing/v2">${vote}</feedbackSubmission>`

describe('feedback to NCMEC', () => {
  test('is a vote by member, entry and type, with the guid of the only reason of that type where it is negative', async () => {
    const server = await started()
    const { sent } = await send(await reviewed(), sourceOf(server))
    expect(sent).toEqual({ affirmative: 1, negative: 2 })
    const reason = FeedbackServer.guid('MD5', 'Not CSAM')
    expect(server.votes).toEqual(
      new Map([
        ['42/e 1 MD5', 'affirmative'],
        ['42/e 2 MD5', reason],
        ['42/e 3 MD5', reason],
      ]),
    )
  })

  test('takes the reason that the settings name, and of several without a name none: it waits and names them', async () => {
    const server = await started()
    server.reasons = ['Not CSAM', 'Wrong hash']
    const log = await reviewed()
    await expect(send(log, sourceOf(server))).rejects.toThrow('“Not CSAM”, “Wrong hash”')
    await send(log, sourceOf(server, { feedbackReasons: { wrong: 'wrong hash', suspected: 'Not CSAM' } }))
    expect(server.votes.get('42/e 2 MD5')).toBe(FeedbackServer.guid('MD5', 'Wrong hash'))
    expect(server.votes.get('42/e 3 MD5')).toBe(FeedbackServer.guid('MD5', 'Not CSAM'))
  })

  test('on an entry that is gone is given up, and the others are sent', async () => {
    const server = await started()
    server.gone.add('42/e 1')
    const { sent, notTaken } = await send(await reviewed(), sourceOf(server))
    expect(sent).toEqual({ affirmative: 0, negative: 2 })
    expect(notTaken['entry-gone']).toBe(1)
  })

  test('of a type that NCMEC has not, or by an id that it never gave, is counted and never asked', async () => {
    const server = await started()
    const log = await ReviewedLog.make()
    const hits = [
      hitWith('1', {
        ...md5MatchOf('ncmec:42/a'),
        type: 'sha256',
        value: 'a1'.repeat(32),
        knownValue: 'a1'.repeat(32),
      }),
      hitWith('2', md5MatchOf('ncmec:no-member')),
      hitWith('3', md5MatchOf('ncmec:42/#0123')),
    ]
    await log.hits(...hits)
    await log.find(...hits.map((hit) => outcomeOf(hit)))
    const { notTaken } = await send(log, sourceOf(server))
    expect(notTaken).toMatchObject({ 'no-such-type': 1, 'no-such-id': 2 })
    expect(server.asked).toEqual([])
  })

  test.each([
    ['a server that fails', { kind: 'status', status: 503 }],
    ['a refused password', { kind: 'status', status: 401 }],
    ['an address that moved', { kind: 'status', status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
    ['a connection that is cut', { kind: 'cut-off' }],
  ] as const)('waits behind %s, and is sent by a later run', async (_, fault) => {
    const server = await started()
    const log = await reviewed()
    server.faults.push(fault)
    await expect(send(log, sourceOf(server))).rejects.toThrow()
    await send(log, sourceOf(server))
    expect(server.votes.size).toBe(3)
  })

  test.each([400, 422])(
    'that the server can’t read (%i) waits, and is sent by a later run',
    async (status) => {
      const server = await started()
      const log = await ReviewedLog.make()
      const hit = hitWith('1', md5MatchOf('ncmec:42/a'))
      await log.hits(hit)
      await log.find(outcomeOf(hit))
      server.faults.push({ kind: 'status', status })
      await expect(send(log, sourceOf(server))).rejects.toThrow(String(status))
      await send(log, sourceOf(server))
      expect([...server.votes.values()]).toEqual(['affirmative'])
    },
  )

  test('says in bodies, addresses and headers the vote alone: not who found it, where, of which report, or why', async () => {
    const server = await started()
    await send(await reviewed(), sourceOf(server))
    const everything = [
      ...server.bodies,
      ...server.asked.map(
        ({ target, headers }) => `${decodeURIComponent(target)} ${JSON.stringify(headers)}`,
      ),
    ].join('\n')
    for (const secret of [...SECRETS, hostname(), AT]) expect(everything).not.toContain(secret)
    const reason = `<guid>${FeedbackServer.guid('MD5', 'Not CSAM')}</guid>`
    expect(new Set(server.bodies)).toEqual(
      new Set([bodyOf('<affirmative/>'), bodyOf(`<negative><reasonIds>${reason}</reasonIds></negative>`)]),
    )
    for (const { method, headers } of server.asked) {
      const { 'content-length': _length, ...others } = headers
      expect(others).toEqual({
        host: new URL(server.base).host,
        connection: 'close',
        'accept-encoding': 'identity',
        // The account that the source itself gave, and a product without a version.
        authorization: basic(FEEDBACK_USER, FEEDBACK_PASSWORD),
        'user-agent': 'hashwarden',
        ...(method === 'PUT' ? { 'content-type': 'application/xml; charset=utf-8' } : {}),
      })
    }
  })
})

test('the daemon says in its log how many votes were given up, and why', async () => {
  const server = await started()
  server.gone.add('42/e 1')
  const lines: object[] = []
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) })
  const sweep = feedbackSweep([sourceOf(server)], { topics: TOPICS, group: 'g' }, logger)
  const { log } = await reviewed()
  await sweep(log, new AbortController().signal)
  expect(lines).toContainEqual(
    expect.objectContaining({ source: 'ncmec', 'entry-gone': 1, msg: expect.stringContaining('given up') }),
  )
})

test('the daemon sends to each source that takes feedback, and one that fails holds up no other', async () => {
  const [away, there] = [await started(), await started()]
  const log = await ReviewedLog.make()
  const hits = ['away:42/a', 'there:42/b', 'off:42/c'].map((entry, n) =>
    hitWith(String(n), md5MatchOf(entry)),
  )
  await log.hits(...hits)
  await log.find(...hits.map((hit) => outcomeOf(hit)))
  away.faults.push({ kind: 'status', status: 503 })
  const { logger } = createTelemetry('silent')
  const sources = [
    sourceOf(away, { name: 'away' }),
    sourceOf(there, { name: 'off', feedback: false }),
    sourceOf(there, { name: 'there' }),
  ]
  const sweep = feedbackSweep(sources, { topics: TOPICS, group: 'g' }, logger)
  const { signal } = new AbortController()
  await sweep(log.log, signal)
  // The first one took the vote, and its answer was lost: it is sent again, and is the same vote.
  expect([away.bodies.length, [...there.votes.keys()]]).toEqual([1, ['42/b MD5']])
  await sweep(log.log, signal)
  expect([away.bodies.length, [...away.votes.keys()]]).toEqual([2, ['42/a MD5']])
  expect(there.bodies.length).toBe(1)
})
