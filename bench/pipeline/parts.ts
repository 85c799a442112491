// The matcher in one thread against what it is made of, in turns: this machine's clock wanders.
import { randomUUID } from 'node:crypto'
import { KafkaLog } from '../../src/kafka/kafka-log.ts'
import { median } from '../median.ts'
import { startChild, type Child } from './child.ts'
import type { Alone, JobOf, Pace, Parts, PartsRound } from './jobs.ts'
import { digits, measurePace } from './pace.ts'
import { settingsAt, type Site } from './site.ts'
import { measureWhole } from './whole.ts'

export async function measureParts(site: Site, job: JobOf<'parts'>): Promise<Parts> {
  const { known, orientations, rounds: count, seconds } = job
  const ask = { known, orientations, seconds }
  await using alone = startChild('alone.ts', JSON.stringify({ site, ...ask }))
  await alone.answer()
  const rounds: PartsRound[] = []
  for (let n = 0; n < count; n++) {
    const before = n % 2 === 0 ? await passThrough(site, job) : undefined
    const whole = await measureWhole(site, { ...ask, processes: 1, threads: 1 })
    const round = {
      passThrough: before ?? (await passThrough(site, job)),
      whole,
      alone: await matchAlone(alone),
    }
    rounds.push(round)
  }
  const middle = (of: (round: PartsRound) => number): number => digits(median(rounds.map(of)))
  return {
    rounds,
    passThroughMicros: middle(({ passThrough: { micros } }) => micros),
    matchingMicros: middle((round) => round.alone.matchingMicros),
    indexMicros: middle((round) => round.alone.indexMicros),
    wholeMicros: middle(({ whole: { micros } }) => micros),
    overParts: middle(
      (round) => round.whole.micros / (round.passThrough.micros + round.alone.matchingMicros),
    ),
    overIndex: middle((round) => round.alone.matchingMicros / (1.5 * round.alone.indexMicros + 2)),
  }
}

/** alone.ts sends nothing else. */
const matchAlone = async (alone: Child): Promise<Alone> => (await alone.ask({ round: true })) as Alone

async function passThrough(site: Site, { known, seconds }: JobOf<'parts'>): Promise<Pace> {
  const { kafka } = settingsAt(site, known)
  const group = `pass-through-${randomUUID()}`
  const log = new KafkaLog(kafka)
  await using consumer = startChild('pass-through.ts', site.brokers, site.reports.topic, group)
  try {
    return await measurePace({
      log,
      group,
      topic: site.reports.topic,
      reports: site.reports.count,
      seconds,
      pids: { consumer: [consumer.pid], broker: [site.brokerPid] },
    })
  } finally {
    await log.close()
  }
}
