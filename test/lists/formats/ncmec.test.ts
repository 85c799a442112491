import { describe, expect, test } from 'vitest'
import { readNcmec, type NcmecPaging } from '../../../src/lists/formats/ncmec.ts'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { itemsOf } from './made-up.ts'

const MD5 = '0123456789abcdef'.repeat(2)
const SHA1 = '0123456789abcdef0123'.repeat(2)
const PDQ = 'fedcba9876543210'.repeat(4)
const PDNA = Buffer.alloc(144, 'photo')

const NAMESPACE = 'https://hashsharing.ncmec.org/hashsharing/v2'
const page = (lists: string, paging = ''): string =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<queryResult xmlns="${NAMESPACE}">${lists}${paging}</queryResult>`

const entry = (inner: string, name = 'image', id = 'one'): string =>
  `<${name}><member id="42">A Member</member><timestamp>2026-01-10T08:00:00Z</timestamp><id>${id}</id>${inner}</${name}>`
const images = (...entries: readonly string[]): string =>
  `<images count="${entries.length}" maxTimestamp="2026-01-10T08:00:00Z">${entries.join('')}</images>`
const fingerprints = (inner: string): string => `<fingerprints>${inner}</fingerprints>`

const read = (xml: string | Buffer, size?: number): Promise<readonly ListItem[]> =>
  itemsOf(readNcmec, xml, size)

const oneMd5 = { kind: 'file', sourceId: '42/one', hashes: [{ type: 'md5', value: MD5 }] }

const tombstone = (name: string, id: string): string =>
  `<${name}><member id="7"/><id>${id}</id><timestamp>2026-01-11T08:00:00Z</timestamp></${name}>`

describe('a page of NCMEC', () => {
  test('gives images and videos with their hashes, class and time', async () => {
    const video = entry(fingerprints(`<sha1>${SHA1}</sha1>`), 'video', 'two')
    const lists = `${images(
      entry(`<classification>A1</classification>${fingerprints(`<md5>${MD5}</md5><pdq>${PDQ}</pdq>`)}`),
    )}<videos count="1" maxTimestamp="2026-01-10T08:00:00Z">${video}</videos>`
    expect(await read(page(lists))).toEqual([
      {
        kind: 'file',
        place: 'record 1',
        sourceId: '42/one',
        hashes: [
          { type: 'md5', value: MD5 },
          { type: 'pdq', value: PDQ },
        ],
        code: 'A1',
        tags: ['media:image'],
        changedAt: '2026-01-10T08:00:00.000Z',
        unkept: [],
      },
      expect.objectContaining({
        place: 'record 2',
        sourceId: '42/two',
        hashes: [{ type: 'sha1', value: SHA1 }],
        tags: ['media:video'],
      }),
    ])
  })

  test('gives a withdrawal for each tombstone, whose id comes before its time and which has no class', async () => {
    const lists = `${images(tombstone('deletedImage', 'a'))}<videos count="1">${tombstone('deletedVideo', 'b')}</videos>`
    expect(await read(page(lists))).toEqual([
      { kind: 'withdrawal', place: 'record 1', sourceId: '7/a', changedAt: '2026-01-11T08:00:00.000Z' },
      { kind: 'withdrawal', place: 'record 2', sourceId: '7/b', changedAt: '2026-01-11T08:00:00.000Z' },
    ])
  })

  test('may lack images or videos, and a list of none has no maxTimestamp', async () => {
    expect(await read(page(''))).toEqual([])
    expect(await read(page('<images count="0"/>'))).toEqual([])
    expect(await read(page('<videos count="0"></videos>'))).toEqual([])
  })

  test('may have a live entry without a class', async () => {
    expect(await read(page(images(entry(fingerprints(`<md5>${MD5}</md5>`)))))).toMatchObject([
      { ...oneMd5, tags: ['media:image'] },
    ])
  })

  test('may have an entry without a hash: it has none any more', async () => {
    expect(await read(page(images(entry('<fingerprints/>'))))).toMatchObject([
      { kind: 'file', sourceId: '42/one', hashes: [] },
    ])
  })

  test('lists an entry twice: both come, with their times, and the newer one holds', async () => {
    const again = entry(fingerprints('')).replace('2026-01-10', '2026-01-12')
    expect(await read(page(images(entry(fingerprints(`<md5>${MD5}</md5>`)), again)))).toMatchObject([
      { sourceId: '42/one', changedAt: '2026-01-10T08:00:00.000Z' },
      { sourceId: '42/one', hashes: [], changedAt: '2026-01-12T08:00:00.000Z' },
    ])
  })

  test('says where the next page is, and the newest time of its lists, once it has been read', async () => {
    const seen: NcmecPaging[] = []
    const lists = `<images count="1" maxTimestamp="2026-01-10T08:00:00Z"/><videos count="1" maxTimestamp="2026-01-12T08:00:00Z"/>`
    const paging = '<paging><next>/v2/entries?from=a&amp;to=b&amp;start=2001</next></paging>'
    const options = { onPaging: (found: NcmecPaging) => void seen.push(found) }
    await itemsOf((text) => readNcmec(text, options), page(lists, paging))
    await itemsOf((text) => readNcmec(text, options), page('<images count="0"/>', '<paging/>'))
    expect(seen).toEqual([
      { next: '/v2/entries?from=a&to=b&start=2001', maxTimestamp: '2026-01-12T08:00:00Z' },
      {},
    ])
  })

  test('says nothing of the next page if it is cut off', async () => {
    const seen: NcmecPaging[] = []
    const xml = page('', '<paging><next>/v2/entries?a</next></paging>').slice(0, -3)
    const options = { onPaging: (found: NcmecPaging) => void seen.push(found) }
    await expect(itemsOf((text) => readNcmec(text, options), xml)).rejects.toThrow(/cut off/)
    expect(seen).toEqual([])
  })
})

const hashesOf = async (inner: string): Promise<unknown> => {
  const [item] = await read(page(images(entry(fingerprints(inner)))))
  return item
}

describe('a fingerprint of NCMEC', () => {
  test.each([
    ['md5', 'md5', MD5],
    ['MD5', 'md5', MD5.toUpperCase()],
    ['Sha1', 'sha1', SHA1],
    ['pdq', 'pdq', PDQ],
    ['sha256', 'sha256', PDQ],
    ['blockhash', 'blockhash', PDQ],
    ['sha512', 'sha512', PDQ.repeat(2)],
    ['pdna', 'photodna', PDNA.toString('hex')],
    ['netclean', 'netclean', 'abcDEF123'],
    ['tmk-pdqf', 'tmk-pdqf', 'abc'],
    ['TMK_PDQF', 'tmk-pdqf', 'abc'],
    ['ssvh-safer-hash', 'ssvh-safer-hash', 'abc'],
    ['SSVH_SAFER_HASH', 'ssvh-safer-hash', 'abc'],
    ['TMK_SAFER_HASH', 'ssvh-safer-hash', 'abc'],
    ['ssvh-pdna', 'ssvh-pdna', 'abc'],
    ['videntifier', 'videntifier', 'abc'],
  ])('called %s is of type %s', async (tag, type, value) => {
    expect(await hashesOf(`<${tag}>${value}</${tag}>`)).toMatchObject({
      hashes: [{ type, value: type === 'netclean' ? value : value.toLowerCase() }],
    })
  })

  test('of PhotoDNA comes as base64', async () => {
    expect(await hashesOf(`<pdna>${PDNA.toString('base64')}</pdna>`)).toMatchObject({
      hashes: [{ type: 'photodna', value: PDNA.toString('hex') }],
    })
  })

  test.each(['videntifier', 'tmk-pdqf', 'ssvh-pdna', 'ssvh-safer-hash'])(
    'that is large, such as %s, is a reference: it is counted, and its address is kept nowhere',
    async (tag) => {
      const item = await hashesOf(`<md5>${MD5}</md5><${tag} rel="self" href="/v2/secret-address"/>`)
      expect(item).toMatchObject({ ...oneMd5, unkept: [tag] })
      expect(JSON.stringify(item)).not.toContain('secret')
    },
  )

  test('of a type that is not known yet is counted, and the others are read', async () => {
    expect(await hashesOf(`<newhash>abc</newhash><md5>${MD5}</md5>`)).toMatchObject({
      ...oneMd5,
      unkept: ['of another name'],
    })
  })

  test('that is wrong costs that value, and the reason does not quote it', async () => {
    const items = await read(page(images(entry(fingerprints(`<md5>deadbeef</md5><pdq>${PDQ}</pdq>`)))))
    expect(items).toMatchObject([
      { kind: 'file', hashes: [{ type: 'pdq', value: PDQ }] },
      { kind: 'refused', place: 'record 1', reason: expect.stringMatching(/md5 value has 32 hex/) },
    ])
    expect(JSON.stringify(items)).not.toContain('deadbeef')
  })
})

const tagsOf = async (inner: string): Promise<unknown> => {
  const [item] = await read(page(images(entry(fingerprints(`<md5>${MD5}</md5>`) + inner))))
  return item?.kind === 'file' ? item.tags?.slice(1) : item
}

describe('feedback and categorizations of NCMEC', () => {
  test('become tags: how many members say what of which hash, and not which members', async () => {
    const feedback = `<feedback lastUpdateTimestamp="2026-01-10T08:00:00Z">
      <affirmativeFeedback type="Md5" lastUpdateTimestamp="2026-01-10T08:00:00Z">
        <members><member id="42">A Member</member><member id="43">Another</member><member id="43"/></members>
      </affirmativeFeedback>
      <negativeFeedback type="Sha1"><reasons>
        <reason guid="01234567-abcd-0123-4567-012345678900" name="Not in scope" type="Sha1"/>
        <members><member id="44">Third</member></members>
        <reason guid="01234567-abcd-0123-4567-012345678901" name="Other"/>
        <members><member id="45">Fourth</member><member id="46">Fifth</member></members>
      </reasons></negativeFeedback></feedback>`
    expect(await tagsOf(feedback)).toEqual([
      'affirmative:md5:2',
      'negative:sha1:1:Not in scope',
      'negative:sha1:2:Other',
    ])
  })

  test('may be empty', async () => {
    expect(await tagsOf('<feedback/><categorizations/>')).toEqual([])
  })

  test('name a categorization by its words, since its guid differs between environments', async () => {
    const group = `<categorizations><group name="Spread" allowMultiple="true" guid="1">
      <categorization guid="2" name="Potential Meme"/><categorization guid="3" name="Viral"/></group></categorizations>`
    expect(await tagsOf(group)).toEqual(['Potential Meme', 'Viral'])
  })

  test('give at most 16 tags of at most 64 characters', async () => {
    const many = Array.from({ length: 40 }, (_, at) => `<categorization name="${`${at}-`.repeat(60)}"/>`)
    const [item] = await read(
      page(images(entry(`<categorizations>${many.join('')}</categorizations><fingerprints/>`))),
    )
    expect(item).toMatchObject({ tags: { length: 16 } })
    expect(item?.kind === 'file' && item.tags?.every((tag) => tag.length <= 64)).toBe(true)
  })

  test("do not pass for the entry's own member", async () => {
    const feedback =
      '<feedback><affirmativeFeedback type="Md5"><members><member id="9"/></members></affirmativeFeedback></feedback>'
    const before = `<image>${feedback}<member id="42"/><id>one</id></image>`
    expect(await read(page(images(before)))).toMatchObject([{ sourceId: '42/one' }])
  })
})

describe('an entry of NCMEC', () => {
  test.each<[string, string]>([
    ['no member', '<image><id>one</id></image>'],
    ['a member without a number', '<image><member id="x"/><id>one</id></image>'],
    ['no id', '<image><member id="42"/></image>'],
  ])('with %s is refused, and the others are read', async (_, bad) => {
    const good = entry(fingerprints(`<md5>${MD5}</md5>`))
    expect(await read(page(images(bad, good)))).toMatchObject([
      { kind: 'refused', place: 'record 1', reason: expect.stringMatching(/no id of its own/) },
      { ...oneMd5, place: 'record 2' },
    ])
  })

  test('whose id is too long for an entry has the digest of it as id, live and withdrawn alike', async () => {
    const id = 'long'.repeat(30)
    const live = entry(fingerprints(`<md5>${MD5}</md5>`), 'image', id)
    const [first, second] = await read(page(images(live, live.replaceAll('image>', 'deletedImage>'))))
    expect(first).toMatchObject({ kind: 'file', sourceId: expect.stringMatching(/^42\/#[0-9a-f]{40}$/) })
    expect(second).toMatchObject({
      kind: 'withdrawal',
      sourceId: first && 'sourceId' in first && first.sourceId,
    })
  })

  test('with an id beyond 2^53 keeps its digits', async () => {
    expect(await read(page(images(entry('', 'image', '900719925474099312345'))))).toMatchObject([
      { sourceId: '42/900719925474099312345' },
    ])
  })
})

describe('XML of a list', () => {
  const body = images(entry(fingerprints(`<md5>${MD5}</md5>`)))

  test.each<[string, string | Buffer]>([
    ['a byte order mark', `\uFEFF${page(body)}`],
    [
      'a prefix of its namespace',
      page(body)
        .replaceAll(/<(\/?)(?=[a-zA-Z])/g, '<$1h:')
        .replace('xmlns=', 'xmlns:h='),
    ],
    ['white space around values', page(body.replace(MD5, `\n\t ${MD5} \r\n`).replace('>one<', '> one <'))],
    ['CDATA', page(body.replace(MD5, `<![CDATA[${MD5}]]>`).replace('>one<', '><![CDATA[on]]>e<'))],
    ['comments', page(body.replace(MD5, `${MD5.slice(0, 9)}<!-- x -->${MD5.slice(9)}<!-- y -->`))],
    ['processing instructions', page(body.replace('<images', '<?x y?><images'))],
    ['attributes in another order', page(body.replace('<member id="42">', '<member z="1" id=\'42\' a="2">'))],
    ['references to characters', page(body.replace(MD5, `&#x30;${MD5.slice(1)}`))],
    [
      'elements of another namespace',
      page(body.replace('<md5>', '<x:md5 xmlns:x="urn:x">a<x:b/></x:md5><md5>')),
    ],
    ['new elements', page(body.replace('<id>', '<new><newer><id>two</id></newer></new><id>'), '<more/>')],
    ['no namespace', page(body).replace(/ xmlns="[^"]*"/, '')],
  ])('is read with %s', async (_, xml) => {
    expect(await read(xml)).toMatchObject([oneMd5])
  })

  test.each([1, 2, 3, 7, 64])('is read in pieces of %i bytes', async (size) => {
    const xml = page(
      images(
        entry(
          `<categorizations><x><categorization name="größer €"/></x></categorizations>${fingerprints(`<md5>${MD5}</md5>`)}`,
        ),
      ),
    )
    expect(await read(xml, size)).toMatchObject([{ ...oneMd5, tags: ['media:image', 'größer €'] }])
  })

  const bomb = `<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 9 }, (_, at) => `<!ENTITY b${at} "${'&a;'.repeat(10)}">`).join('')}]>`
  test.each<[string, string | Buffer, RegExp]>([
    ['nothing', '', /well-formed, or is cut off/],
    ['no element', '<?xml version="1.0"?>', /well-formed, or is cut off/],
    ['another element', '<html></html>', /no list of NCMEC.*queryResult/],
    [
      'a document type',
      page(body).replace('<queryResult', '<!DOCTYPE queryResult><queryResult'),
      /document type/,
    ],
    ['entities within entities', page(body).replace('<queryResult', `${bomb}<queryResult`), /document type/],
    [
      'an external entity',
      page(body).replace('<queryResult', '<!DOCTYPE r SYSTEM "file:///etc/passwd"><queryResult'),
      /document type/,
    ],
    ['an entity that is not defined', page(body.replace(MD5, '&secret;')), /not well-formed/],
    ['elements that cross', page(body).replace('</fingerprints>', '</image>'), /not well-formed/],
    ['an attribute twice', page(body.replace('<member', '<member id="1"')), /not well-formed/],
    ['17 levels', page('<a>'.repeat(16) + '</a>'.repeat(16)), /more than 16 levels/],
    [
      '33 attributes',
      page(`<a ${Array.from({ length: 33 }, (_, at) => `a${at}=""`).join(' ')}/>`),
      /more than 32 attributes/,
    ],
    ['a text of a megabyte', page(body.replace('>one<', `>${'x'.repeat(1_000_000)}<`)), /more than 256 KiB/],
    [
      'a text of a megabyte in pieces',
      page(body.replace('>one<', `>${'<![CDATA[xxxxxxxxxx]]>'.repeat(100_000)}<`)),
      /more than 256 KiB/,
    ],
    [
      'a comment of a megabyte',
      page(body.replace('<id>', `<!--${'x'.repeat(1_000_000)}--><id>`)),
      /more than 256 KiB/,
    ],
    ['a name of a megabyte', page(`<${'x'.repeat(1_000_000)}/>`), /more than 256 KiB/],
    ['an attribute of a megabyte', page(`<a b="${'x'.repeat(1_000_000)}"/>`), /more than 256 KiB/],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from(page(body).slice(0, -20)), Buffer.from([0xff])]),
      /not UTF-8/,
    ],
    [
      'a character cut off at its end',
      Buffer.concat([Buffer.from(page(body)), Buffer.from([0xe2, 0x82])]),
      /not UTF-8/,
    ],
    ['a maxTimestamp that is no time', page(body.replace('2026-01-10T08:00:00Z"', 'soon"')), /no time/],
    ['something after its end', `${page(body)}<more/>`, /not well-formed/],
  ])('that has %s is damaged as a whole', async (_, xml, problem) => {
    const error: unknown = await read(xml).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'DAMAGED_LIST', message: expect.stringMatching(problem) })
    // Nothing of the document is in the message.
    expect(String(error)).not.toMatch(/0123456789abcdef|secret|passwd|xxxx/)
  })

  test('that is cut off anywhere is damaged', async () => {
    const xml = page(body)
    for (let end = 0; end < xml.length; end += 7)
      await expect(read(xml.slice(0, end))).rejects.toMatchObject({ code: 'DAMAGED_LIST' })
  })
})
