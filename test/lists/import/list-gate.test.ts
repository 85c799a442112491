// The gate: a list that would remove much of what its source has, or add much to it, waits for a person.
import { describe, expect, test } from 'vitest'
import type { IntakeTerms } from '../../../src/lists/import/terms.ts'
import type { ListedFile, ListItem } from '../../../src/lists/list-item.ts'
import { file, IntakeTopic, LATER, md5, removing, sourceOf } from './intake-topic.ts'

describe('the gate', () => {
  test('lets a list pass that removes a tenth, and holds one that removes more', async () => {
    const topic = await sourceOf(20)
    expect(await topic.apply(removing(3))).toMatchObject({
      pending: { why: 'removes-much', before: 20, adds: 0, changes: 0, removes: 3 },
    })
    expect(await topic.length()).toBe(20)
    expect(await topic.apply(removing(2))).not.toHaveProperty('pending')
    expect(await topic.length()).toBe(22)
  })

  test('holds a list that adds ten times as much as its source has, but not the first one', async () => {
    const many = Array.from({ length: 2_000 }, (_, number) => file(String(number), [md5(number)]))
    const topic = await IntakeTopic.make()
    await topic.apply(many.slice(0, 150))
    expect(await topic.apply(many)).toMatchObject({
      pending: { why: 'adds-much', before: 150, adds: 1_850 },
    })
    expect(await topic.length()).toBe(150)
    const first = await IntakeTopic.make()
    expect(await first.apply(many)).toMatchObject({ added: 2_000 })
  })

  test.each<[string, Partial<ListedFile>, Partial<IntakeTerms>]>([
    ['suppresses what were matches', {}, { role: 'suppress' }],
    ['switches off what were matches', { disabled: {} }, {}],
  ])('holds a list that %s as one that removes them', async (_, change, terms) => {
    const topic = await sourceOf(20)
    const list = (count: number): readonly ListItem[] =>
      Array.from({ length: count }, (__, number) => file(String(number), [md5(number)], change))
    expect(await topic.apply(list(3), terms)).toMatchObject({
      changed: 3,
      stopped: 3,
      pending: { why: 'removes-much', before: 20, changes: 0, removes: 3 },
    })
    expect(await topic.length()).toBe(20)
    expect(await topic.apply(list(2), terms)).toMatchObject({ changed: 2, stopped: 2 })
    // They are no matches any more, so they stop nothing.
    const again = list(2).map((item) => ({ ...item, series: 'b' }))
    expect(await topic.apply(again, terms)).toMatchObject({ changed: 2, stopped: 0 })
  })

  test('opens for the change that was approved, whenever and in whatever order it comes, and for no other', async () => {
    const topic = await sourceOf(20)
    const list = [...removing(5), file('new', [md5(99)])]
    const { pending } = await topic.apply(list)
    const approved = pending?.id ?? ''
    expect(await topic.apply([...list, file('more', [md5(98)])], {}, { approved })).toHaveProperty('pending')
    expect(await topic.length()).toBe(20)
    const applied = await topic.apply(list.toReversed(), {}, { approved, now: LATER })
    expect(applied).not.toHaveProperty('pending')
    expect(applied).toMatchObject({ removed: 5, added: 1 })
  })

  test('shows a change that waits in a dry run, too, and then publishes nothing', async () => {
    const topic = await sourceOf(20)
    expect(await topic.apply(removing(5), {}, { dryRun: true })).toHaveProperty('pending')
    expect(await topic.apply(removing(5), {}, { dryRun: true, approved: 'any' })).toMatchObject({
      removed: 5,
    })
    expect(await topic.length()).toBe(20)
  })
})
