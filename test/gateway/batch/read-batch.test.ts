// What a body has to be, and that each fault has a place.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GATEWAY_MAX_REPORTS, type GatewayError } from '../../../src/contract/gateway.ts'
import { canonicalJson } from '../../../src/contract/json.ts'
import { checkReport } from '../../../src/contract/report.ts'
import { readBatch, type BatchTerms } from '../../../src/gateway/batch/read-batch.ts'
import { GatewayRefusal } from '../../../src/gateway/gateway-problem.ts'
import { reportOf } from '../gateway-in-memory.ts'

const JSON_TERMS: BatchTerms = { type: 'json', platform: 'example', profile: 'provider' }
const LINES: BatchTerms = { ...JSON_TERMS, type: 'ndjson' }

const bytes = (body: string | Buffer): Buffer => (typeof body === 'string' ? Buffer.from(body) : body)

const textsOf = async (body: string | Buffer, terms = JSON_TERMS): Promise<readonly string[]> =>
  (await readBatch(bytes(body), terms)).reports.map(({ text }) => text)

async function refusalOf(body: string | Buffer, terms = JSON_TERMS): Promise<GatewayRefusal> {
  try {
    await readBatch(bytes(body), terms)
  } catch (error) {
    if (error instanceof GatewayRefusal) return error
    throw error
  }
  throw new Error('The body was taken.')
}

const errorsOf = async (body: string | Buffer, terms = JSON_TERMS): Promise<readonly GatewayError[]> =>
  (await refusalOf(body, terms)).refusal.errors ?? []

const pointersOf = async (body: string | Buffer, terms = JSON_TERMS): Promise<readonly string[]> =>
  (await errorsOf(body, terms)).map(({ pointer }) => pointer)

const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`

const good = JSON.stringify(reportOf('a'))
const stored = canonicalJson(reportOf('a', { platform: 'example' }))

describe('a body', () => {
  test('may be a report, an array or lines; what is stored is the canonical JSON with the platform', async () => {
    expect(await textsOf(good)).toEqual([stored])
    expect(await textsOf(` \n[ ${good} ,\t${JSON.stringify(reportOf('b'))}] \r\n`)).toHaveLength(2)
    expect(await textsOf(`${good}\n\n  \r\n${good}\r\n`, LINES)).toEqual([stored, stored])
    expect(await textsOf(JSON.stringify(reportOf('a', { platform: 'example' })))).toEqual([stored])
  })

  test('is refused where it is no whole list of reports', async () => {
    for (const body of [
      '',
      ' ',
      '1',
      '"a"',
      'null',
      `${good}${good}`,
      `${good}]`,
      '[',
      '[]',
      ' [ ] ',
      `[${good}`,
    ])
      expect(await pointersOf(body), body).toEqual([''])
    expect(await pointersOf(`[${good}] ${good}`)).toEqual([''])
    expect(await pointersOf(`[${good}}`)).toEqual([''])
    expect(await pointersOf(`\uFEFF${good}`)).toEqual([''])
    for (const body of ['', '\n\n', ' \r\n']) expect(await pointersOf(body, LINES), body).toEqual([''])
  })

  test('is refused with the place of the report that is no JSON, or none at all', async () => {
    expect(await pointersOf(`[${good},]`)).toEqual(['/1'])
    expect(await pointersOf(`[,${good}]`)).toEqual(['/0'])
    expect(await pointersOf(`[${good},{"a":1]}]`)).toEqual([''])
    expect(await pointersOf(`[${good},"text",[],null,12]`)).toEqual(['/1', '/2', '/3', '/4'])
    expect(await pointersOf(`{"a":"b}`)).toEqual([''])
    expect(await pointersOf(`${good}\n${good},${good}\n${good}`, LINES)).toEqual(['/1'])
    expect(await pointersOf(`${good}\n[${good}]\n`, LINES)).toEqual(['/1'])
    // A comma between lines is a mistake of somebody who cut an array into lines.
    expect(await pointersOf(`${good},\n${good}`, LINES)).toEqual(['/0'])
  })

  test('is refused with the place of each field that is wrong, by the check that the matcher uses', async () => {
    const wrong = [
      reportOf('a', { hashes: [{ type: 'md5', value: '01' }] }),
      reportOf('b', { extra: 1 }),
      reportOf('c', { observedAt: 'yesterday' }),
      { ...reportOf('d'), contentRef: undefined },
      reportOf('e'),
    ]
    expect(await pointersOf(JSON.stringify(wrong))).toEqual([
      '/0/hashes/0/value',
      '/1',
      '/2/observedAt',
      '/3/contentRef',
    ])
    expect(await pointersOf(JSON.stringify(wrong[0]))).toEqual(['/hashes/0/value'])
  })

  test('that names another platform than the credential is refused', async () => {
    const errors = await errorsOf(JSON.stringify([reportOf('a'), reportOf('b', { platform: 'other' })]))
    expect(errors.map(({ pointer }) => pointer)).toEqual(['/1/platform'])
    for (const platform of [null, 7, '', {}])
      expect(
        await pointersOf(JSON.stringify([reportOf('b', { platform })])),
        JSON.stringify(platform),
      ).toEqual(['/0/platform'])
  })

  test('with a field twice in one object is refused: two readers could see two reports', async () => {
    expect(await pointersOf(good.replace('{', '{"reportId":"other",'))).toEqual([''])
    expect(await pointersOf(`[${good},${good.replace('{', '{"\\u0072eportId":"other",')}]`)).toEqual(['/1'])
    const twiceInside = good.replace('{"type"', '{"type":"sha1","type"')
    expect(await pointersOf(`[${twiceInside}]`)).toEqual(['/0'])
  })

  test('with the names of prototypes in it is refused, at any depth', async () => {
    for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
      for (const value of ['{"platform":"other"}', '1', 'null']) {
        expect(await pointersOf(good.replace('{', `{"${name}":${value},`)), name).toEqual([''])
        const inHash = good.replace('{"type"', `{"${name}":${value},"type"`)
        expect(await pointersOf(inHash), name).toEqual(['/hashes/0'])
        const inBasis = good.replace('{', `{"basis":{"kind":"seized","${name}":${value}},`)
        expect(await pointersOf(inBasis), name).toEqual(['/basis'])
      }
    }
    expect(({} as Record<string, unknown>)['platform']).toBeUndefined()
  })

  test('that is nested deeper than any report is refused before it is parsed', async () => {
    for (const levels of [9, 5_000])
      expect(await errorsOf(good.replace('{', `{"a":${deep(levels)},`)), String(levels)).toEqual([
        { pointer: '', detail: 'The report is nested deeper than any report is.' },
      ])
    expect(await pointersOf(`[${good},${deep(200_000)}]`)).toEqual(['/1'])
    expect(await pointersOf('['.repeat(200_000))).toEqual([''])
  })

  test('with numbers that no computer holds is refused, not rounded', async () => {
    for (const number of ['1e400', '-1', '9007199254740993', '1e300', '0.5', '-1e400', '1'.repeat(400)])
      expect(await pointersOf(good.replace('{', `{"byteLength":${number},`)), number).toEqual(['/byteLength'])
    expect(await textsOf(good.replace('{', '{"byteLength":1e3,'))).toHaveLength(1)
  })

  test('that is no UTF-8 is refused with the place of the report that is not', async () => {
    const [before, after] = good.split('content-a')
    const broken = Buffer.concat([Buffer.from(before), Buffer.from([0xc3, 0x28]), Buffer.from(after)])
    const comma = Buffer.from(',')
    expect(await pointersOf(broken)).toEqual([''])
    const list = [Buffer.from('['), Buffer.from(good), comma, broken, Buffer.from(']')]
    expect(await pointersOf(Buffer.concat(list))).toEqual(['/1'])
    expect(await pointersOf(Buffer.concat([Buffer.from(`${good}\n`), broken]), LINES)).toEqual(['/1'])
    expect(await pointersOf(Buffer.concat([Buffer.from(good), Buffer.from([0xff])]))).toEqual([''])
  })

  test('with text beyond ASCII has no place for it in a report, and is refused as well-formed JSON', async () => {
    expect(await pointersOf(good.replace('content-a', 'Grüße'))).toEqual(['/contentRef'])
    expect(await pointersOf(good.replace('content-a', '\\ud800'))).toEqual(['/contentRef'])
  })

  test('of too many reports, or with one that is too large, is refused', async () => {
    const many = Array.from({ length: GATEWAY_MAX_REPORTS + 1 }, () => '1').join(',')
    expect((await refusalOf(`[${many}]`)).code).toBe('too-large')
    expect((await refusalOf(many.replaceAll(',', '\n'), LINES)).code).toBe('too-large')
    const large = good.replace('content-a', 'x'.repeat(17_000))
    expect(await errorsOf(`[${good},${large}]`)).toEqual([
      { pointer: '/1', detail: 'The report is larger than 16 KiB (oversized).' },
    ])
  })

  test('names at most 100 errors, and never quotes what it got', async () => {
    const secret = 'f00dfeed'.repeat(5)
    const wrong = Array.from({ length: 150 }, (_, n) =>
      reportOf(`${n}`, { hashes: [{ type: 'md5', value: secret }], [secret]: secret }),
    )
    const errors = await errorsOf(JSON.stringify(wrong))
    expect(errors).toHaveLength(100)
    expect(JSON.stringify(errors)).not.toContain('f00d')
  })

  test('is read as JSON.parse and the contract’s own check read it, whatever it holds', async () => {
    const anything = fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc.constantFrom(good, '', ' ', '{', '}', '[', ']', ',', '"', ':', '\\', '{"a":1', '1 2'),
      fc.string({ maxLength: 30 }),
    )
    const body = fc.oneof(
      anything,
      fc.array(anything, { maxLength: 4 }).map((some) => `[${some.join(',')}]`),
      fc.array(fc.constant(good), { maxLength: 4 }).map((some) => `[${some.join(' , ')}]`),
    )
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const taken = await textsOf(text).catch((error: unknown) => {
          if (error instanceof GatewayRefusal) return undefined
          throw error
        })
        expect(taken !== undefined, text).toBe(isRight(text))
      }),
      { numRuns: 2_000 },
    )
  })
})

/** Whether it is a report or an array of them, by the plainest means. */
function isRight(text: string): boolean {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return false
  }
  const all: readonly unknown[] = Array.isArray(value) ? value : [value]
  return (
    all.length > 0 &&
    all.every(
      (one) =>
        one !== null &&
        typeof one === 'object' &&
        !Array.isArray(one) &&
        'reportId' in Object(checkReport({ ...one, platform: 'example' })),
    )
  )
}

describe('an authority', () => {
  const terms: BatchTerms = { ...JSON_TERMS, profile: 'authority' }

  test('takes no report without a basis, and none on the platform’s own terms', async () => {
    const reports = [
      reportOf('a'),
      reportOf('b', { basis: { kind: 'own-terms' } }),
      reportOf('c', { basis: { kind: 'legal-process' } }),
    ]
    const refusal = await refusalOf(JSON.stringify(reports), terms)
    expect(refusal.code).toBe('wrong-basis')
    expect(refusal.refusal.errors?.map(({ pointer }) => pointer)).toEqual(['/0/basis', '/1/basis/kind'])
    for (const kind of ['cybertip', 'legal-process', 'seized', 'emergency'])
      expect(await textsOf(JSON.stringify(reportOf('a', { basis: { kind } })), terms)).toHaveLength(1)
  })

  test('hears of malformed reports first', async () => {
    const refusal = await refusalOf(JSON.stringify([reportOf('a'), { ...reportOf('b'), extra: 1 }]), terms)
    expect(refusal.code).toBe('malformed')
  })

  test('is not what a provider is: it takes all of these', async () => {
    expect(
      await textsOf(JSON.stringify([reportOf('a'), reportOf('b', { basis: { kind: 'own-terms' } })])),
    ).toHaveLength(2)
  })
})
