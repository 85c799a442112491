// What decisions and outcomes say to a list, what never leaves, and that none of it is lost or sent as two votes.
import { describe, expect, test } from 'vitest'
import { feedbackCsv, feedbackJson, feedbackSince } from '../../../src/lists/feedback/export-feedback.ts'
import { hitsInTopic } from '../../../src/lists/feedback/find-hits.ts'
import { sendFeedback, type SentVote } from '../../../src/lists/feedback/send-feedback.ts'
import type { Vote } from '../../../src/lists/feedback/votes.ts'
import { matchOf } from '../../review/made-hits.ts'
import { AT, decisionOn, hitWith, md5MatchOf, outcomeOf, ReviewedLog, SECRETS, TOPICS } from './reviewed.ts'

/** A list that keeps the last vote on each hash of each entry. */
class Ballot {
  readonly votes = new Map<string, string>()
  sent = 0
  /** Fails before the vote with this number is taken, once. */
  failsAt: number | undefined

  readonly send = async ({ sourceId, type, sentiment, cause }: Vote): Promise<SentVote> => {
    if (this.sent === this.failsAt) {
      this.failsAt = undefined
      throw new Error('The list is away.')
    }
    this.sent++
    this.votes.set(`${sourceId} ${type}`, `${sentiment} ${cause}`)
    return 'taken'
  }
}

const optionsOf = ({ log }: ReviewedLog) => ({
  log,
  topics: TOPICS,
  source: 'ncmec',
  findHits: (ids: ReadonlySet<string>) => hitsInTopic(log, TOPICS.hits, ids),
})

const send = (reviewed: ReviewedLog, ballot: Ballot) =>
  sendFeedback({
    ...optionsOf(reviewed),
    group: 'feedback-ncmec',
    send: ballot.send,
    signal: new AbortController().signal,
  })

describe('feedback on the entries of a source', () => {
  test('is affirmative where a viewing confirmed, of each hash that matched, and says nothing of other sources', async () => {
    const reviewed = await ReviewedLog.make()
    const hit = hitWith('1', md5MatchOf('ncmec:42/a', 'iwf:7'), {
      ...md5MatchOf('ncmec:42/a'),
      type: 'sha1',
      value: 'c'.repeat(40),
      knownValue: 'c'.repeat(40),
    })
    await reviewed.hits(hit)
    await reviewed.find(outcomeOf(hit))
    const ballot = new Ballot()
    const { sent } = await send(reviewed, ballot)
    expect(sent).toEqual({ affirmative: 2, negative: 0 })
    expect(ballot.votes).toEqual(
      new Map([
        ['42/a md5', 'affirmative confirmed'],
        ['42/a sha1', 'affirmative confirmed'],
      ]),
    )
  })

  test('is negative on the entry that a viewing found wrong, and on no other of the hit', async () => {
    const reviewed = await ReviewedLog.make()
    const hit = hitWith('1', md5MatchOf('ncmec:42/a', 'ncmec:42/b', 'iwf:7'))
    await reviewed.hits(hit)
    await reviewed.find(
      outcomeOf(hit, { finding: 'known-entry-wrong', knownEntry: { source: 'ncmec', sourceId: '42/b' } }),
    )
    const ballot = new Ballot()
    await send(reviewed, ballot)
    expect([...ballot.votes]).toEqual([['42/b md5', 'negative known-entry-wrong']])
  })

  test('is negative where a reviewer suspects the list, if the hit names one entry alone', async () => {
    const reviewed = await ReviewedLog.make()
    const [one, several] = [
      hitWith('1', md5MatchOf('ncmec:42/a')),
      hitWith('2', md5MatchOf('ncmec:42/b', 'iwf:7')),
    ]
    await reviewed.hits(one, several)
    await reviewed.decide(
      decisionOn(one),
      decisionOn(several),
      decisionOn(hitWith('gone', md5MatchOf('ncmec:42/c'))),
    )
    const ballot = new Ballot()
    const { without } = await send(reviewed, ballot)
    expect([...ballot.votes]).toEqual([['42/a md5', 'negative list-error-suspected']])
    expect(without).toMatchObject({ 'several-entries': 1, 'hit-gone': 1 })
  })

  test('is none of other verdicts, of no match, of a corrected decision, or of records that are none', async () => {
    const reviewed = await ReviewedLog.make()
    const hits = ['1', '2', '3'].map((name) => hitWith(name, md5MatchOf(`ncmec:42/${name}`)))
    await reviewed.hits(...hits)
    const wrong = decisionOn(hits[2])
    await reviewed.decide(
      decisionOn(hits[0], { verdict: 'refer' }),
      wrong,
      decisionOn(hits[2], { verdict: 'refer', supersedes: wrong.decisionId }),
    )
    await reviewed.find(outcomeOf(hits[1], { finding: 'not-a-match' }))
    await reviewed.log.produce(TOPICS.decisions, [{ key: 'x', value: 'no JSON' }])
    const ballot = new Ballot()
    await send(reviewed, ballot)
    expect(ballot.votes.size).toBe(0)
  })

  test('of a viewing counts for more than a suspicion', async () => {
    const reviewed = await ReviewedLog.make()
    const hits = ['1', '2'].map((name) => hitWith(name, md5MatchOf('ncmec:42/a')))
    await reviewed.hits(...hits)
    await reviewed.find(outcomeOf(hits[0]))
    await reviewed.decide(decisionOn(hits[1], { decidedAt: '2026-06-01T00:00:00Z' }))
    const { votes } = await feedbackSince({ ...optionsOf(reviewed), sinceMs: 0 })
    expect(votes).toMatchObject([{ sourceId: '42/a', sentiment: 'affirmative' }])
  })
})

/** Two hits of one entry: a viewing confirms the one, and a reviewer suspects the list because of the other. */
const twoHits = async (): Promise<{
  readonly reviewed: ReviewedLog
  readonly viewed: () => Promise<void>
  readonly suspected: () => Promise<void>
}> => {
  const reviewed = await ReviewedLog.make()
  const [one, other] = ['1', '2'].map((name) => hitWith(name, md5MatchOf('ncmec:42/a')))
  await reviewed.hits(one, other)
  return {
    reviewed,
    viewed: () => reviewed.find(outcomeOf(one)),
    suspected: () => reviewed.decide(decisionOn(other, { decidedAt: '2026-06-01T00:00:00Z' })),
  }
}

describe('a suspicion on an entry that a viewing has found right', () => {
  test('is not sent, in the same run or in a later one', async () => {
    for (const isLater of [false, true]) {
      const { reviewed, viewed, suspected } = await twoHits()
      const ballot = new Ballot()
      await viewed()
      if (isLater) await send(reviewed, ballot)
      await suspected()
      const { without } = await send(reviewed, ballot)
      expect([...ballot.votes]).toEqual([['42/a md5', 'affirmative confirmed']])
      expect(without['already-viewed']).toBe(1)
    }
  })

  test('that was sent before the viewing is replaced by what it found', async () => {
    const { reviewed, viewed, suspected } = await twoHits()
    const ballot = new Ballot()
    await suspected()
    await send(reviewed, ballot)
    expect([...ballot.votes.values()]).toEqual(['negative list-error-suspected'])
    await viewed()
    await send(reviewed, ballot)
    expect([...ballot.votes.values()]).toEqual(['affirmative confirmed'])
  })

  test('is not in an export that begins after the viewing', async () => {
    const { reviewed, viewed, suspected } = await twoHits()
    await viewed()
    const sinceMs = Date.now() + 1
    await expect.poll(() => Date.now()).toBeGreaterThanOrEqual(sinceMs)
    await suspected()
    const { votes, without } = await feedbackSince({ ...optionsOf(reviewed), sinceMs })
    expect(votes).toEqual([])
    expect(without['already-viewed']).toBe(1)
  })
})

test('an earlier viewing that is sent later does not take the place of a later one, and is not in an export', async () => {
  const reviewed = await ReviewedLog.make()
  const [one, other] = ['1', '2'].map((name) => hitWith(name, md5MatchOf('ncmec:42/a')))
  await reviewed.hits(one, other)
  const ballot = new Ballot()
  await reviewed.find(
    outcomeOf(other, {
      finding: 'known-entry-wrong',
      knownEntry: { source: 'ncmec', sourceId: '42/a' },
      reportedAt: '2026-06-05T00:00:00Z',
    }),
  )
  await send(reviewed, ballot)
  // As where it waits in another partition of the outcomes.
  await reviewed.find(outcomeOf(one, { reportedAt: '2026-06-01T00:00:00Z' }))
  const { without } = await send(reviewed, ballot)
  expect([...ballot.votes]).toEqual([['42/a md5', 'negative known-entry-wrong']])
  expect(without['already-viewed']).toBe(1)
  const { votes } = await feedbackSince({ ...optionsOf(reviewed), sinceMs: 0 })
  expect(votes).toMatchObject([{ sentiment: 'negative' }])
})

/** A hit by three kinds of hash of each entry. */
const threeHashesOf = (...entries: readonly string[]) =>
  hitWith(
    `${entries.length}-entries`,
    ...(
      [
        ['md5', 32],
        ['sha1', 40],
        ['sha256', 64],
      ] as const
    ).map(([type, length]) => ({
      ...md5MatchOf(...entries),
      type,
      value: 'c'.repeat(length),
      knownValue: 'c'.repeat(length),
    })),
  )

describe('the sending', () => {
  test('sends nothing twice, and only what is new', async () => {
    const reviewed = await ReviewedLog.make()
    const hits = Array.from({ length: 20 }, (_, n) => hitWith(String(n), md5MatchOf(`ncmec:42/${n}`)))
    await reviewed.hits(...hits)
    await reviewed.find(...hits.slice(0, 15).map((hit) => outcomeOf(hit)))
    const ballot = new Ballot()
    await send(reviewed, ballot)
    expect(ballot.sent).toBe(15)
    await send(reviewed, ballot)
    expect(ballot.sent).toBe(15)
    await reviewed.find(...hits.slice(15).map((hit) => outcomeOf(hit)))
    await send(reviewed, ballot)
    expect(ballot.sent).toBe(20)
  })

  test('that fails at any vote throws, commits nothing that was not sent, and a later run sends the rest', async () => {
    const hits = Array.from({ length: 12 }, (_, n) => hitWith(String(n), md5MatchOf(`ncmec:42/${n}`)))
    for (let failsAt = 0; failsAt < 12; failsAt++) {
      const reviewed = await ReviewedLog.make()
      await reviewed.hits(...hits)
      await reviewed.find(...hits.slice(0, 6).map((hit) => outcomeOf(hit)))
      await reviewed.decide(...hits.slice(6).map((hit) => decisionOn(hit)))
      const ballot = new Ballot()
      ballot.failsAt = failsAt
      await expect(send(reviewed, ballot)).rejects.toThrow('away')
      await send(reviewed, ballot)
      expect(ballot.votes.size).toBe(12)
    }
  })

  test('stops and commits nothing if the server has none of five entries: it may be another server than the list’s', async () => {
    const reviewed = await ReviewedLog.make()
    const hit = hitWith('1', md5MatchOf(...Array.from({ length: 5 }, (_, n) => `ncmec:42/${n}`)))
    await reviewed.hits(hit)
    await reviewed.find(outcomeOf(hit))
    const wrongServer = sendFeedback({
      ...optionsOf(reviewed),
      group: 'feedback-ncmec',
      send: async () => 'entry-gone',
      signal: new AbortController().signal,
    })
    await expect(wrongServer).rejects.toThrow('none of the 5 entries')
    const ballot = new Ballot()
    await send(reviewed, ballot)
    expect(ballot.votes.size).toBe(5)
  })

  test('goes on where two entries with several hashes are gone, and sees a wrong server beside kinds of hash that it has not', async () => {
    const reviewed = await ReviewedLog.make()
    const five = Array.from({ length: 5 }, (_, n) => `ncmec:42/${n}`)
    const [two, all] = [threeHashesOf('ncmec:42/a', 'ncmec:42/b'), threeHashesOf(...five)]
    await reviewed.hits(two, all)
    const sending = () =>
      sendFeedback({
        ...optionsOf(reviewed),
        group: 'feedback-ncmec',
        send: async ({ type }) => (type === 'sha256' ? 'no-such-type' : 'entry-gone'),
        signal: new AbortController().signal,
      })
    await reviewed.find(outcomeOf(two))
    expect((await sending()).notTaken).toMatchObject({ 'entry-gone': 4, 'no-such-type': 2 })
    await reviewed.find(outcomeOf(all))
    await expect(sending()).rejects.toThrow('none of the 5 entries')
  })

  test('to one source is held up by no other', async () => {
    const reviewed = await ReviewedLog.make()
    const hit = hitWith('1', md5MatchOf('ncmec:42/a', 'iwf:7'))
    await reviewed.hits(hit)
    await reviewed.find(outcomeOf(hit))
    const [away, there] = [new Ballot(), new Ballot()]
    away.failsAt = 0
    await expect(send(reviewed, away)).rejects.toThrow('away')
    const signal = new AbortController().signal
    await sendFeedback({
      ...optionsOf(reviewed),
      source: 'iwf',
      group: 'feedback-iwf',
      send: there.send,
      signal,
    })
    expect([...there.votes.keys()]).toEqual(['7 md5'])
  })

  test('ends by a signal', async () => {
    const reviewed = await ReviewedLog.make()
    const hit = hitWith('1', md5MatchOf('ncmec:42/a'))
    await reviewed.hits(hit)
    await reviewed.find(outcomeOf(hit))
    const stopping = new AbortController()
    const sending = sendFeedback({
      ...optionsOf(reviewed),
      group: 'g',
      send: async () => {
        stopping.abort(new Error('Stopped.'))
        throw new Error('cut off')
      },
      signal: stopping.signal,
    })
    await expect(sending).rejects.toThrow('Stopped.')
  })
})

describe('an export', () => {
  test('holds the entry and the vote, and no person, reason, report, platform or time of day', async () => {
    const reviewed = await ReviewedLog.make()
    const hits = [hitWith('1', md5MatchOf('ncmec:42/a')), hitWith('2', md5MatchOf('ncmec:=1+1,"x"'))]
    await reviewed.hits(...hits)
    await reviewed.find(outcomeOf(hits[0]))
    await reviewed.decide(decisionOn(hits[1]))
    const { votes } = await feedbackSince({ ...optionsOf(reviewed), sinceMs: 0 })
    const csv = feedbackCsv(votes)
    expect(csv[0]).toBe('id,source,sourceId,type,sentiment,cause,day')
    expect(
      csv
        .slice(1)
        .map((line) => line.slice(33))
        .toSorted(),
    ).toEqual([
      'ncmec,"\'=1+1,""x""",md5,negative,list-error-suspected,2026-05-06',
      'ncmec,42/a,md5,affirmative,confirmed,2026-05-06',
    ])
    const everything = [...csv, ...votes.map(feedbackJson)].join('\n')
    for (const secret of [...SECRETS, ...hits.map(({ hitId }) => hitId), AT])
      expect(everything).not.toContain(secret)
  })

  test('begins at a time, and can be repeated', async () => {
    const reviewed = await ReviewedLog.make()
    const hit = hitWith('1', md5MatchOf('ncmec:42/a'), matchOf('other'))
    await reviewed.hits(hit)
    await reviewed.find(outcomeOf(hit))
    const first = await feedbackSince({ ...optionsOf(reviewed), sinceMs: 0 })
    expect(first.votes).toHaveLength(1)
    expect(await feedbackSince({ ...optionsOf(reviewed), sinceMs: 0 })).toEqual(first)
    expect((await feedbackSince({ ...optionsOf(reviewed), sinceMs: Date.now() + 60_000 })).votes).toEqual([])
  })
})
