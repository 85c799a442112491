// The splitter gives each record of a document as JSON.parse would, in pieces of any size, and holds none of the rest.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { members, type Route } from '../../../../src/lists/formats/json/route.ts'
import { JsonSplitter } from '../../../../src/lists/formats/json/splitter.ts'
import { DamagedListError } from '../../../../src/lists/list-item.ts'

const KEEP = new Set(['id', 'hash', 'more'])
const RECORD: Route = { record: { kind: 'file', keep: KEEP } }
const LIST: Route = {
  members: members({
    context: { field: 'context' },
    value: {
      elements: { record: { kind: 'file', keep: KEEP, folder: { name: 'media', elements: RECORD } } },
    },
  }),
  elements: RECORD,
}

type Event = readonly [what: string, place: string, value?: unknown]

/** What the splitter says of a document that comes in pieces of this many bytes. */
function split(text: string | Buffer, pieceBytes = Infinity, route = LIST): readonly Event[] {
  const events: Event[] = []
  const splitter = new JsonSplitter(route, {
    record: (value, place) => events.push(['record', place, value]),
    refused: (place, reason) => events.push(['refused', place, reason]),
    field: (name, value) => events.push(['field', name, value]),
    folder: () => events.push(['folder', '']),
  })
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += pieceBytes)
    splitter.push(bytes.subarray(at, Math.min(bytes.length, at + pieceBytes)))
  splitter.end()
  return events
}

const recordsOf = (text: string | Buffer, pieceBytes?: number): readonly unknown[] =>
  split(text, pieceBytes).flatMap(([what, , value]) => (what === 'record' ? [value] : []))

function damage(text: string | Buffer, pieceBytes?: number): string {
  try {
    split(text, pieceBytes)
  } catch (error) {
    if (error instanceof DamagedListError) return error.message
    throw error
  }
  return 'none'
}

/** For JSON.parse: integers of 16 characters and more stay text. */
const exactly = (_: string, value: unknown, { source = '' }: { readonly source?: string } = {}): unknown =>
  typeof value === 'number' && /^-?\d+$/.test(source) && source.length > 15 ? source : value

const PIECES = [1, 2, 3, 7, 64, Infinity]

describe('records', () => {
  test.each<[string, string, readonly unknown[]]>([
    ['in an array by name', '{"value":[{"id":1},{"id":"2"}]}', [{ id: 1 }, { id: '2' }]],
    ['in an array that is the document', ' [ {"id":1} , {"id":2} ] ', [{ id: 1 }, { id: 2 }]],
    ['in arrays within arrays', '[[{"id":1}],[[{"id":2}]],[]]', [{ id: 1 }, { id: 2 }]],
    [
      'in folders',
      '{"value":[{"id":9,"media":[{"id":1}]},{"x":{},"MEDIA":[{"id":2}],"y":[]}]}',
      [{ id: 1 }, { id: 2 }],
    ],
    ['under a name with escapes', '{"val\\u0075e":[{"i\\u0064":1}]}', [{ id: 1 }]],
    [
      'after other arrays and objects',
      '{"a":[{"id":0}],"b":{"value":[{"id":0}]},"value":[{"id":1}]}',
      [{ id: 1 }],
    ],
    ['none, in an empty list', '{"value":[]}', []],
    [
      'with names of JavaScript',
      '[{"__proto__":1,"id":1,"more":{"__proto__":{"id":2}}}]',
      [JSON.parse('{"__proto__":1,"id":1,"more":{"__proto__":{"id":2}}}')],
    ],
    ['with escapes and other scripts', '[{"id":"a\\"\\\\\\/\\u00e9\\n ü 😀"}]', [{ id: 'a"\\/é\n ü 😀' }]],
    [
      'with numbers of each form',
      '[{"more":[0,-0,1.50,-2e3,1E+2,3e-1]}]',
      [{ more: [0, -0, 1.5, -2000, 100, 0.3] }],
    ],
    ['with words', '[{"more":[true,false,null]}]', [{ more: [true, false, null] }]],
  ])('%s', (_, text, expected) => {
    for (const bytes of PIECES) expect(recordsOf(text, bytes)).toEqual(expected)
  })

  test('keep the text of integers that a number cannot hold exactly', () => {
    const text = '[{"id":12345678901234567890,"more":[-9007199254740993,9007199254740991,999999999999999]}]'
    for (const bytes of PIECES)
      expect(recordsOf(text, bytes)).toEqual([
        { id: '12345678901234567890', more: ['-9007199254740993', '9007199254740991', 999999999999999] },
      ])
  })

  test('have 0 in the place of texts, objects and arrays that are not read', () => {
    const text = '[{"thumbnail":"abc\\"}","id":1,"exif":{"a":[{"id":2}]},"paths":["]"],"size":7,"is":true}]'
    for (const bytes of PIECES)
      expect(recordsOf(text, bytes)).toEqual([{ thumbnail: 0, id: 1, exif: 0, paths: 0, size: 7, is: true }])
  })

  test('are told apart by their place, refused ones included', () => {
    expect(split('[{"id":1},3,{"id":2},null]').map(([what, place]) => `${what} ${place}`)).toEqual([
      'record record 1',
      'refused record 2',
      'record record 3',
      'refused record 4',
    ])
  })

  test('come with the folder that they lie in', () => {
    expect(split('{"value":[{"media":[{},{}]},{"media":[]},{"media":[{}]}]}').map(([what]) => what)).toEqual([
      'folder',
      'record',
      'record',
      'folder',
      'folder',
      'record',
    ])
  })

  test('come with the fields of the envelope, before and after them', () => {
    const text = '{"context":"a","value":[{"id":1}]}'
    const after = '{"value":[{"id":1}],"context":{"b":[1,"c"]}}'
    for (const bytes of PIECES) {
      expect(split(text, bytes).map(([what]) => what)).toEqual(['field', 'record'])
      expect(split(after, bytes)).toContainEqual(['field', 'context', { b: [1, 'c'] }])
    }
  })

  test('of any document are the ones that JSON.parse finds, in pieces of any size', () => {
    const value = fc.jsonValue({ maxDepth: 4, noUnicodeString: false })
    const record = fc.dictionary(fc.constantFrom('id', 'hash', 'more', 'other', '__proto__', 'a b'), value)
    fc.assert(
      fc.property(
        fc.array(record),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(0, 1, 3),
        (records, bytes, indent) => {
          const text = JSON.stringify({ value: records }, null, indent)
          const whole: Route = { members: members({ value: { elements: { record: { kind: 'file' } } } }) }
          const found = split(text, bytes, whole)
          const parsed: unknown = JSON.parse(text, exactly)
          expect({ value: found.map(([, , each]) => each) }).toEqual(parsed)
          expect(found.every(([what]) => what === 'record')).toBe(true)
        },
      ),
    )
  })
})

describe('a record is refused, and no other one,', () => {
  test.each<[string, string | Buffer]>([
    ['whose name comes twice', '[{"id":1,"id":2},{"id":3}]'],
    ['whose name comes twice, once with escapes', '[{"id":1,"\\u0069d":2},{"id":3}]'],
    ['in which an object has a name twice', '[{"id":1,"more":[{"a":1,"a":1}]},{"id":3}]'],
    ['whose name comes twice and is not read', '[{"x":"1","id":1,"x":"2"},{"id":3}]'],
    ['that has bytes other than UTF-8', Buffer.from('[{"id":"\xff"},{"id":3}]', 'latin1')],
    ['that is over a mebibyte', `[{"more":[${'"0123456789",'.repeat(100_000)}1]},{"id":3}]`],
  ])('%s', (_, text) => {
    for (const bytes of typeof text === 'string' && text.length > 10_000 ? [4096, Infinity] : PIECES) {
      const events = split(text, bytes)
      expect(events.map(([what]) => what)).toEqual(['refused', 'record'])
      expect(events[1][2]).toEqual({ id: 3 })
    }
  })

  test('unless its bytes other than UTF-8 are in what is not read', () => {
    expect(recordsOf(Buffer.from('[{"path":"\xff","id":1}]', 'latin1'))).toEqual([{ path: 0, id: 1 }])
  })
})

describe('a document is damaged', () => {
  test.each<[string, string]>([
    ['that is empty', ''],
    ['that is cut off in a record', '{"value":[{"id":1},{"id"'],
    ['that is cut off after a record', '{"value":[{"id":1},'],
    ['that is cut off at its end', '{"value":[{"id":1}]'],
    ['with something after its end', '{"value":[]} x'],
    ['with a second document after it', '{"value":[]}{"value":[]}'],
    ['with NaN', '[{"id":NaN}]'],
    ['with Infinity', '[{"id":-Infinity}]'],
    ['with a comment', '[{"id":1} /* one */]'],
    ['with a comma at the end', '[{"id":1},]'],
    ['with a comma at the end of an object', '[{"id":1,}]'],
    ['with single quotes', "[{'id':1}]"],
    ['with names without quotes', '[{id:1}]'],
    ['with a leading zero', '[{"id":01}]'],
    ['with half a number', '[{"id":1.}]'],
    ['with brackets that do not fit', '[{"id":1]]'],
    ['with a line feed in a text', '[{"id":"a\nb"}]'],
    ['with an escape that JSON does not know', '[{"id":"\\x41"}]'],
    ['with a misspelt word', '[{"id":nulL}]'],
    ['with such a fault in what is not read', '[{"id":1,"path":{"a":[1,,2]}}]'],
    ['with the list twice', '{"value":[{"id":1}],"value":[]}'],
    ['with the list of a folder twice', '{"value":[{"media":[],"Media":[]}]}'],
    ['nested over 64 deep', `[{"more":${'['.repeat(64)}${']'.repeat(64)}}]`],
    ['nested over 64 deep in what is not read', `[{"x":${'{"x":'.repeat(80)}1${'}'.repeat(80)}}]`],
  ])('%s', (_, text) => {
    for (const bytes of PIECES) expect(damage(text, bytes)).not.toBe('none')
  })

  test('and the error says at which byte, and never what stands there', () => {
    expect(damage('{"value":[{"id":"5ec3e7","id2"}]}')).toBe(
      "Byte 31 of the text: it isn't well-formed JSON: expected a colon. Nothing of it is used: get the whole list again from its source",
    )
    expect(damage('{"value":[{"id":"5ec3e7 \n"}]}', 5)).toMatch(/^Byte 25 of the text/)
  })
})

describe('memory is bounded', () => {
  const MEGABYTE = 'x'.repeat(1_000_000)

  test('a text over 64 KiB leaves a mark that no id and no hash may have', () => {
    for (const bytes of [1000, 65_536, Infinity])
      expect(
        recordsOf(`[{"id":"${MEGABYTE}","hash":"${'y'.repeat(65_000)}","more":["${MEGABYTE}",1]}]`, bytes),
      ).toEqual([{ id: '\u0000', hash: 'y'.repeat(65_000), more: ['\u0000', 1] }])
  })

  test('a name over 64 KiB is no name that is read', () => {
    for (const bytes of [1000, Infinity])
      expect(recordsOf(`[{"id":1,"${MEGABYTE}":"2","more":{"${MEGABYTE}":3}}]`, bytes)).toEqual([
        { id: 1, '\u0000': 0, more: { '\u0000': 3 } },
      ])
  })

  test.each(['value', 'media', 'id'])(
    'a name %s that goes on for kilobytes, with escapes, is another name',
    (name) => {
      const long = `${name}${'\\u0041\\\\\\"'.repeat(300)}`
      for (const bytes of PIECES)
        expect(recordsOf(`{"${long}":[1],"value":[{"id":1,"${long}":[2]}]}`, bytes)).toEqual([
          { id: 1, [String(JSON.parse(`"${long}"`))]: 0 },
        ])
    },
  )

  test('an integer of a million digits leaves the same mark', () => {
    for (const bytes of [1000, Infinity])
      expect(recordsOf(`[{"id":${'7'.repeat(1_000_000)},"hash":1}]`, bytes)).toEqual([
        { id: '\u0000', hash: 1 },
      ])
  })

  test('what is not read may have any size', () => {
    const text = `[{"id":1,"thumbnail":"${MEGABYTE.repeat(3)}","files":[${'{"path":"a"},'.repeat(200_000)}{}]}]`
    for (const bytes of [65_536, Infinity])
      expect(recordsOf(text, bytes)).toEqual([{ id: 1, thumbnail: 0, files: 0 }])
  })

  test('a document of 200 MB is read in less than 64 MB more', () => {
    const records = Buffer.from(`{"id":1,"thumbnail":"${'x'.repeat(1_000)}"},`.repeat(1_000))
    let count = 0
    const splitter = new JsonSplitter(LIST, { record: () => count++, refused: () => {} })
    const before = process.memoryUsage.rss()
    splitter.push(Buffer.from('{"case":"x","value":['))
    for (let piece = 0; piece < 200; piece++) splitter.push(records)
    splitter.push(Buffer.from('{}]}'))
    splitter.end()
    expect(count).toBe(200_001)
    expect(process.memoryUsage.rss() - before).toBeLessThan(64 * 2 ** 20)
  })
})
