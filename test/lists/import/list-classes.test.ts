// Which files of a list become matches, by the classes that it gives them.
import { describe, expect, test } from 'vitest'
import { openIntake } from '../../../src/lists/import/intake.ts'
import type { IntakeTerms } from '../../../src/lists/import/terms.ts'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { loadScheme } from '../../../src/lists/schemes/load-scheme.ts'
import { file, FIRST, IntakeTopic, keyOf, md5, TERMS, TOPIC } from './intake-topic.ts'

const vics = loadScheme('vics-us')

/** Applies a list whose form is also that of benign files, of a source without a class. */
const withoutClass = async (items: readonly ListItem[], terms: Partial<IntakeTerms> = {}) => {
  const topic = await IntakeTopic.make()
  const { classification: _, ...rest } = TERMS
  const intake = await openIntake(topic.log, TOPIC, { ...rest, needsCodes: true, ...terms })
  return { topic, applied: intake.apply([items], { now: FIRST }) }
}

describe('a file that a list of files calls a match and harmless at once', () => {
  const match = file('1', [md5(1), md5(2)], { code: '1' })
  const harmless = file('1', [md5(1)], { code: '0' })
  const terms = { scheme: vics, repeats: 'unite' } as const

  test('is refused with its hash, in any order; its other hashes come in', async () => {
    for (const items of [
      [match, harmless],
      [harmless, match],
      [match, harmless, match],
      [harmless, match, harmless],
    ]) {
      const topic = await IntakeTopic.make()
      const summary = await topic.apply(items, terms)
      expect(summary).toMatchObject({ added: 1, rejectedCount: 1 })
      expect(summary.rejected).toMatchObject([{ reason: expect.stringContaining('what was there stays') }])
      expect(await topic.keys()).toEqual([keyOf(md5(2), '1')])
    }
  })

  test('stays what it was', async () => {
    const topic = await IntakeTopic.make()
    await topic.apply([match], terms)
    expect(await topic.apply([harmless, match], terms)).toMatchObject({ removed: 0, rejectedCount: 1 })
    expect(await topic.keys()).toHaveLength(2)
  })

  test('is the same as one that is a match and suppressed', async () => {
    const scheme = {
      name: 'mine',
      title: 'Mine',
      purpose: 'csam' as const,
      codes: {
        bad: { meaning: 'known', role: 'match' as const },
        ok: { meaning: 'known good', role: 'suppress' as const },
      },
      missing: 'refuse',
    }
    const topic = await IntakeTopic.make()
    const items = ['bad', 'ok'].map((code) => file('1', [md5(1)], { code }))
    for (const both of [items, items.toReversed()])
      expect(await topic.apply(both, { ...terms, scheme })).toMatchObject({ added: 0, rejectedCount: 1 })
  })

  test('in a list of changes is what the later record says', async () => {
    const topic = await IntakeTopic.make()
    expect(await topic.apply([harmless, match], { scheme: vics })).toMatchObject({
      added: 2,
      rejectedCount: 0,
    })
  })
})

describe('never accusing by format', () => {
  test('only codes that the scheme marks become matches; the others are left out and counted, unknown ones refused', async () => {
    const codes = ['0', '1', '2', '3', '4', '5', undefined, '6']
    const { topic, applied } = await withoutClass(
      codes.map((code, number) => file(String(number), [md5(number)], { code })),
      { scheme: vics },
    )
    expect(await applied).toMatchObject({
      accepted: { md5: 2 },
      added: 2,
      skipped: {
        'vics-us 0: non-pertinent': 1,
        'vics-us 3: computer-generated or animated': 1,
        'vics-us 4: comparison images': 1,
        'vics-us 5: not categorised': 1,
        'vics-us: without a code': 1,
      },
      rejected: [{ where: 'record 1', reason: 'its code is none of the scheme vics-us (0, 1, 2, 3, 4, 5)' }],
    })
    expect([...(await topic.entries()).values()]).toMatchObject([
      { role: 'match', classification: { scheme: 'vics-us', code: '1' } },
      { role: 'match', classification: { scheme: 'vics-us', code: '2' } },
    ])
  })

  test('a file that is harmless in the list’s next version is no match any more', async () => {
    const topic = await IntakeTopic.make()
    const terms = { scheme: vics }
    await topic.apply([file('1', [md5(1)], { code: '1' })], terms)
    await topic.apply([file('1', [md5(1)], { code: '0' })], terms, { approved: 'any' })
    expect(await topic.keys()).toEqual([])
    await topic.apply([file('1', [md5(1)], { code: '1' })], terms)
    // A code that is not known says nothing against the file.
    await topic.apply([file('1', [md5(1)], { code: '9' })], terms, { approved: 'any' })
    expect(await topic.keys()).toEqual([keyOf(md5(1), '1')])
  })

  test('a list that declares its scheme, before or after its records, is understood by it', async () => {
    const declaration: ListItem = { kind: 'scheme', place: 'line 1', scheme: 'US' }
    const record = file('1', [md5(1)], { code: '1' })
    for (const items of [[declaration, record], [record, declaration], [{ ...record, scheme: 'US' }]]) {
      const { topic, applied } = await withoutClass(items)
      expect(await applied).toMatchObject({ added: 1 })
      expect(await topic.keys()).toHaveLength(1)
    }
  })

  test.each<[string, readonly ListItem[], Partial<IntakeTerms>, RegExp]>([
    [
      'with codes and no scheme',
      [file('1', [md5(1)], { code: '1' })],
      {},
      /\(icse, iwf, .*vics-us\).*--scheme NAME\|FILE/,
    ],
    [
      'of a declared scheme that is not known',
      [file('1', [md5(1)], { code: '1', scheme: 'UK' })],
      {},
      /"UK".*known are icse, .*--scheme FILE/,
    ],
    [
      'whose declaration is one of no scheme',
      [file('1', [md5(1)], { code: '1', scheme: 'CUSTOM' })],
      {},
      /declares "CUSTOM", which does not say .*vics-us/,
    ],
    [
      'that declares another scheme than the one named',
      [file('1', [md5(1)], { code: '1', scheme: 'UK' })],
      { scheme: vics },
      /declares the scheme "UK", and vics-us is for US/,
    ],
    [
      'without any code, under a scheme',
      [file('1', [md5(1)])],
      { scheme: vics },
      /--role suppress --classification/,
    ],
    [
      'without any code, under a class for all',
      [file('1', [md5(1)])],
      { classification: { scheme: 'mine', code: 'A' } },
      /accuse innocent people/,
    ],
    [
      'of matches, as suppressions',
      [file('1', [md5(1)], { code: '1' })],
      { scheme: vics, role: 'suppress' },
      /role match/,
    ],
    ['of lines without a class', [file('1', [md5(1)])], { needsCodes: false }, /--classification ncmec:A1/],
    [
      'of the source of suppressions',
      [file('1', [md5(1)])],
      { source: 'curation', role: 'suppress' },
      /reserved/,
    ],
  ])(
    'a list %s is refused with the words to declare, and nothing of it published',
    async (_, items, terms, expected) => {
      const { topic, applied } = await withoutClass(items, terms)
      await expect(applied).rejects.toThrow(expected)
      expect(await topic.length()).toBe(0)
    },
  )

  test('a list of benign files without codes comes in as suppressions, by declaration alone', async () => {
    const { topic, applied } = await withoutClass([file('1', [md5(1)])], {
      role: 'suppress',
      classification: { scheme: 'nist', code: 'known-good' },
    })
    expect(await applied).toMatchObject({ added: 1 })
    expect([...(await topic.entries()).values()]).toMatchObject([{ role: 'suppress' }])
  })
})
