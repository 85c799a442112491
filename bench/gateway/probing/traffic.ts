// Traffic of a platform over a time: what its people send, and those among them who probe.
import type { Random } from '../../../src/sample/random-hash.ts'
import type { Copies } from './encodings.ts'
import { flipped, moved, randomValue } from './values.ts'

/** Accounts of a platform. A tenth of them sends half of the reports. */
const ACCOUNTS = 20_000
/** Of ordinary reports: files that many people pass on unchanged, and how many such files there are. */
const PASSED_ON = 0.2
const PASSED_ON_FILES = 200

/** A report at a time, in seconds. */
export interface Sent {
  readonly seconds: number
  readonly actor: string
  /** Its one PDQ hash. */
  readonly picture: string
}

/** What ordinary people send, one after the other. */
export function* ordinary(random: Random, perSecond: number, seconds: number): Generator<Sent> {
  const files = Array.from({ length: PASSED_ON_FILES }, () => randomValue(random))
  const count = Math.round(perSecond * seconds)
  for (let n = 0; n < count; n++) {
    const account = Math.floor(ACCOUNTS * random() * (random() < 0.45 ? 0.1 : 1))
    const isPassedOn = random() < PASSED_ON
    yield {
      seconds: n / perSecond,
      actor: `account-${account}`,
      picture: isPassedOn ? files[Math.floor(PASSED_ON_FILES * random() ** 2)] : randomValue(random),
    }
  }
}

/** One picture that goes around: this number of people send a copy each, as their phone or a service encoded it. */
export function goingAround(random: Random, all: readonly Copies[], people: number, seconds: number): Sent[] {
  const copies = moved(oneOf(random, all).encoded, random)
  return Array.from({ length: people }, (_, at) => ({
    seconds: random() * seconds,
    actor: `fan-${at}-${Math.floor(random() * 2 ** 32)}`,
    picture: oneOf(random, copies),
  }))
}

/** An account sends an album in which one subject was photographed this number of times. */
export function series(random: Random, all: readonly Copies[], pictures: number, seconds: number): Sent[] {
  const frames = moved(oneOf(random, all).altered, random)
  const actor = `album-${Math.floor(random() * 2 ** 32)}`
  const from = random() * seconds
  return Array.from({ length: pictures }, (_, at) => ({
    seconds: Math.min(seconds, from + at),
    actor,
    picture: frames[at],
  }))
}

export interface Prober {
  /** Altered copies of one picture that it sends. */
  readonly copies: number
  readonly everySeconds: number
  /** Other pictures that it sends with each copy, to hide them. */
  readonly among: number
}

export function probing(random: Random, all: readonly Copies[], prober: Prober, actor: string): Sent[] {
  const { copies, everySeconds, among } = prober
  const altered = moved(oneOf(random, all).altered, random)
  const from = random() * everySeconds
  return Array.from({ length: copies }, (_, at) => {
    const seconds = from + at * everySeconds
    // After all of them were sent it alters them a little more.
    const picture = at < altered.length ? altered[at] : flipped(oneOf(random, altered), 4, random)
    const others = Array.from({ length: among }, () => ({ seconds, actor, picture: randomValue(random) }))
    return [{ seconds, actor, picture }, ...others]
  }).flat()
}

/** All of them in the order of time. */
export function* together(stream: Iterable<Sent>, others: readonly Sent[]): Generator<Sent> {
  const sorted = others.toSorted((a, b) => a.seconds - b.seconds)
  let next = 0
  for (const sent of stream) {
    while (next < sorted.length && sorted[next].seconds <= sent.seconds) yield sorted[next++]
    yield sent
  }
  yield* sorted.slice(next)
}

const oneOf = <T>(random: Random, values: readonly T[]): T => values[Math.floor(random() * values.length)]
