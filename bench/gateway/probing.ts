// The alarm for probing, measured: false alarms in traffic of many kinds, how many of those who probe are found, and what a
// report costs. Distances of copies are those of real pictures. Writes bench/results/gateway-probing.json.
//
// `node bench/gateway/probing.ts [--seed 1] [--dry]` (two minutes)
import { parseArgs } from 'node:util'
import { ProbingSketch, type LookedAt } from '../../src/gateway/probing/probing-sketch.ts'
import { seededRandom } from '../../src/sample/random-hash.ts'
import { writeResult } from '../machine.ts'
import { median } from '../median.ts'
import { threadMs } from '../thread-clock.ts'
import { copiesOfPhotographs } from './probing/encodings.ts'
import {
  goingAround,
  ordinary,
  probing,
  series,
  together,
  type Prober,
  type Sent,
} from './probing/traffic.ts'

const PLATFORM = 'example'
const HOUR = 3_600
const PER_SECOND = 50
/** Of one case, side by side in the same traffic. */
const PROBERS = { accounts: 50, platform: 10 }
const COST_REPORTS = 300_000
const COST_ROUNDS = 5

const { values: flags } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    /** Prints, and writes nothing. */
    dry: { type: 'boolean', default: false },
  },
})
const random = seededRandom(Number(flags.seed))
const copies = await copiesOfPhotographs(random)

const newSketch = (): ProbingSketch => new ProbingSketch(Math.floor(random() * 2 ** 32))

/** Reports that raised an alarm. */
function* alarmsOf(sent: Iterable<Sent>, hasAccounts: boolean): Generator<Sent | undefined> {
  const sketch = newSketch()
  for (const one of sent) {
    const { picture, seconds } = one
    const isAlarm = sketch.add(
      PLATFORM,
      { actor: hasAccounts ? one.actor : undefined, pictures: [picture] },
      Math.floor(seconds) + 1,
    )
    yield isAlarm ? one : undefined
  }
}

const many = (count: number, make: () => Sent[]): readonly Sent[] =>
  Array.from({ length: count }, make).flat()

/** By its name: what comes in an hour beside ordinary traffic. */
const TRAFFIC: Readonly<Record<string, () => readonly Sent[]>> = {
  'ordinary: other pictures, and 20 % that many people pass on unchanged': () => [],
  '10 pictures go around, each encoded again by 5,000 people': () =>
    many(10, () => goingAround(random, copies, 5_000, HOUR)),
  '1,000 albums with series of 12 pictures of one subject': () =>
    many(1_000, () => series(random, copies, 12, HOUR)),
  '200 albums with series of 30': () => many(200, () => series(random, copies, 30, HOUR)),
  '50 albums with series of 100': () => many(50, () => series(random, copies, 100, HOUR)),
}

function falseAlarms(traffic: string, hasAccounts: boolean) {
  let reports = 0
  let alarms = 0
  for (const alarm of alarmsOf(
    together(ordinary(random, PER_SECOND, HOUR), TRAFFIC[traffic]()),
    hasAccounts,
  )) {
    reports++
    if (alarm) alarms++
  }
  return { traffic, accounts: hasAccounts, reports, alarms }
}

interface Case extends Prober {
  readonly perSecond: number
}

/** Of those who probe in this way, the share that is found, and after how many copies. */
function detection({ perSecond, ...prober }: Case, hasAccounts: boolean) {
  const probers = hasAccounts ? PROBERS.accounts : PROBERS.platform
  const all = Array.from({ length: probers }, (_, at) => probing(random, copies, prober, `prober-${at}`))
  const seconds = prober.copies * prober.everySeconds
  const sentBefore = new Map<string, number>()
  const foundAfter = new Map<string, number>()
  let others = 0
  const traffic = together(ordinary(random, perSecond, seconds), all.flat())
  const counted = function* (): Generator<Sent> {
    for (const one of traffic) {
      const { actor } = one
      if (actor.startsWith('prober-')) sentBefore.set(actor, (sentBefore.get(actor) ?? 0) + 1)
      yield one
    }
  }
  for (const alarm of alarmsOf(counted(), hasAccounts)) {
    if (alarm === undefined) continue
    const { actor } = alarm
    if (!actor.startsWith('prober-')) others++
    else if (!foundAfter.has(actor))
      foundAfter.set(actor, Math.ceil((sentBefore.get(actor) ?? 0) / (prober.among + 1)))
  }
  return {
    ...prober,
    accounts: hasAccounts,
    reportsPerSecond: perSecond,
    probers,
    found: foundAfter.size,
    medianCopies: foundAfter.size === 0 ? undefined : median([...foundAfter.values()]),
    otherAlarms: others,
  }
}

/** Nanoseconds of a processor a report: the median of some rounds. */
function cost(hasAccounts: boolean): number {
  const reports: LookedAt[] = [...ordinary(random, PER_SECOND, COST_REPORTS / PER_SECOND)].map(
    ({ actor, picture }) => ({ actor: hasAccounts ? actor : undefined, pictures: [picture] }),
  )
  const rounds = Array.from({ length: COST_ROUNDS }, () => {
    const sketch = newSketch()
    const beganMs = threadMs()
    for (const [at, report] of reports.entries())
      sketch.add(PLATFORM, report, 1 + Math.floor(at / PER_SECOND))
    return ((threadMs() - beganMs) / reports.length) * 1e6
  })
  return Math.round(median(rounds))
}

const BY_ACCOUNT: readonly Case[] = [
  ...[20, 40, 60, 80, 120].map((count) => ({ copies: count, everySeconds: 10, among: 0, perSecond: 50 })),
  ...[1, 3, 5, 10].map((among) => ({ copies: 120, everySeconds: 10, among, perSecond: 50 })),
  { copies: 120, everySeconds: 1, among: 0, perSecond: 50 },
  { copies: 120, everySeconds: 60, among: 0, perSecond: 50 },
  ...[500, 5_000].map((perSecond) => ({ copies: 120, everySeconds: 10, among: 0, perSecond })),
]
const BY_PLATFORM: readonly Case[] = [
  ...[120, 300, 1_000, 3_000].map((count) => ({
    copies: count,
    everySeconds: HOUR / count,
    among: 0,
    perSecond: 50,
  })),
  { copies: 1_000, everySeconds: HOUR / 1_000, among: 0, perSecond: 500 },
]

const nanosecondsPerReport = { accounts: cost(true), noAccounts: cost(false) }
const result = {
  what: 'The alarm for probing, on an hour of made-up traffic for each row of false alarms, and on altered copies of real pictures by those who probe',
  nanosecondsPerReport,
  falseAlarms: [true, false].flatMap((hasAccounts) =>
    Object.keys(TRAFFIC).map((traffic) => falseAlarms(traffic, hasAccounts)),
  ),
  detection: [
    ...BY_ACCOUNT.map((one) => detection(one, true)),
    ...BY_PLATFORM.map((one) => detection(one, false)),
  ],
}
console.table(result.falseAlarms)
console.table(result.detection)
console.log(nanosecondsPerReport)
if (!flags.dry) writeResult('gateway-probing', result)
