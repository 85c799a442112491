// Two deployments: the second one follows what the first one shares, and holds the same in the end, removals included.
import { createSecretKey, randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import type { Entry } from '../../../src/contract/known-hash.ts'
import { compareSets } from '../../../src/lists/compare/compare-sets.ts'
import { summariseSet } from '../../../src/lists/compare/set-summary.ts'
import { digits, entryOf, entryOfType, keptEntryOf, SharedTopic, TOPIC } from '../serve/shared-topic.ts'
import { startSharing } from '../serve/sharing.ts'
import { Follower } from './follower.ts'

const KEY = createSecretKey(randomBytes(32))

/** Draws numbers below a bound, the same in every run. */
function drawsOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test.each([1, 2, 3, 4, 5])(
  'a deployment that follows another one through changes, removals and its restarts holds the same (seed %i)',
  async (seed) => {
    const draw = drawsOf(seed)
    const [first, second] = [await SharedTopic.make(), await SharedTopic.make()]
    let sharing = await startSharing(first)
    const follower = new Follower(second, 'a-list')
    for (let round = 0; round < 30; round++) {
      const id = `f-${draw(40)}`
      const hashes: readonly Entry[] = [
        entryOf(id),
        entryOfType('sha1', digits(`${id} sha1`, 40), id),
        entryOfType('sha256', digits(`${id} sha256`, 64), id),
        keptEntryOf('photodna', digits(`${id} photodna`, 128).padEnd(288, '7'), id),
        keptEntryOf('sha512', digits(`${id} sha512`, 128), id),
      ]
      const one = hashes[draw(hashes.length)]
      const what = draw(6)
      if (what < 3) await first.put(...hashes)
      else if (what === 3) await first.put({ ...one, held: { why: 'quarantined' } })
      else if (what === 4) await first.remove(...hashes)
      else await first.remove(one)
      if (draw(3) === 0) first.wait(draw(5))
      if (draw(4) === 0) {
        // Ranges overlap a little, as clients of this API do.
        await follower.follow(sharing.get, first.nowMs)
      }
      if (draw(10) === 0) sharing = await startSharing(first)
    }
    first.wait(5)
    await follower.follow(sharing.get, first.nowMs)
    const summaries = await Promise.all(
      [first, second].map(({ log }) => summariseSet(log, TOPIC, KEY, new Date())),
    )
    expect(compareSets(summaries[0], summaries[1])).toMatchObject([{ ours: 'a-list', isEqual: true }])
    expect(summaries[1].sources['a-list'].values).toBeGreaterThan(5)
  },
)
