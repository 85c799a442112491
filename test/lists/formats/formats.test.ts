import { spawnSync } from 'node:child_process'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { FORMAT_NAMES, formatOf, openList } from '../../../src/lists/formats/formats.ts'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { zipOf } from '../input/zip-bytes.ts'
import { listFile } from '../list-files.ts'

const MD5 = '0123456789abcdef'.repeat(2)
const SHA1 = '0123456789abcdef0123'.repeat(2)
const PDQ = 'fedcba9876543210'.repeat(4)

type Options = Parameters<typeof openList>[1]

async function open(
  content: string | Uint8Array,
  options?: Options,
): Promise<{ format: string; items: readonly ListItem[] }> {
  const { format, items } = await openList(listFile(content), options)
  return { format, items: (await Array.fromAsync(items)).flat() }
}

const formatTold = async (content: string | Uint8Array): Promise<string> => (await open(content)).format

const XML = `<?xml version="1.0"?>\n<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2"><images count="1" maxTimestamp="2026-01-10T08:00:00Z"><image><member id="1"/><id>a</id><fingerprints><md5>${MD5}</md5></fingerprints></image></images></queryResult>`
const ICSE = `MD5;SHA1;Image ID;Series name;Baseline\n${MD5};${SHA1};1;a;Yes\n`
const NSRL = `"SHA-1","MD5","CRC32","FileName","FileSize","ProductCode","OpSystemCode","SpecialCode"\n"${SHA1}","${MD5}","A","b","1",1,"W",""\n`
const VICS = `{"odata.metadata":"http://github.com/ICMEC/ProjectVic/DataModels/1.3.xml#Media","value":[{"MediaID":1,"Category":1,"MD5":"${MD5}"}]}`
const OWN =
  'type,value,source_id,scheme,code,role,series,victim_identified,tags,added_at,valid_until,held,held_until\n'

describe('the format of a list', () => {
  test.each<[string, string, string]>([
    ['ncmec', 'XML of NCMEC', XML],
    [
      'ncmec',
      'XML of NCMEC with a prefix',
      XML.replaceAll(/<(\/?)(?=[a-zA-Z])/g, '<$1h:').replace('xmlns=', 'xmlns:h='),
    ],
    ['icse', 'the CSV of ICSE', ICSE],
    ['icse', 'the CSV of ICSE with commas', ICSE.replaceAll(';', ',')],
    [
      'threatexchange',
      'the CSV of ThreatExchange',
      `signal_type,signal_str,collab,category,tags\npdq,${PDQ},c,POSITIVE_CLASS,\n`,
    ],
    [
      'threatexchange',
      'updates of ThreatExchange',
      `{"data":[{"indicator":"${MD5}","type":"HASH_MD5","descriptors":[]}]}`,
    ],
    ['vics', 'VICS', VICS],
    [
      'stopncii',
      'StopNCII',
      `{"count":1,"hashRecords":[{"signalType":"ImagePDQ","hashValue":"${PDQ}","hashStatus":"Active"}]}`,
    ],
    [
      'tat',
      'Tech Against Terrorism',
      `{"count":1,"results":[{"hash_digest":"${MD5}","algorithm":"MD5","deleted":false,"id":1}]}`,
    ],
    ['hma', 'a bank of HMA', `{"id":1,"disable_until_ts":1,"signals":{"pdq":"${PDQ}"}}`],
    ['csv', "hashwarden's own CSV", `${OWN}md5,${MD5},a,s,1,match,,,,,,,\n`],
    ['lines', 'type and value', `# a comment\n\nmd5 ${MD5}\npdq ${PDQ} id\n`],
    [
      'lines',
      'what `hashwarden hash` prints',
      `# a.jpg\n  md5        ${MD5}\n  pdq        ${PDQ}  quality 77\n`,
    ],
    [
      'lines',
      'what `hashwarden hash --json` prints',
      `{"file":"a","hashes":[{"type":"md5","value":"${MD5}"}]}\n`,
    ],
    ['md5sum', 'md5sum', `${MD5}  a\n${MD5} *b\n`],
    ['md5sum', 'sha1sum', `${SHA1}  a\n`],
    ['md5sum', "md5sum in BSD's form", `MD5 (a) = ${MD5}\n`],
    ['md5sum', "sha256sum in BSD's form", `SHA256 (a) = ${PDQ}\n`],
  ])('%s is told by its beginning: %s', async (format, _, content) => {
    expect(await formatTold(content)).toBe(format)
    expect(await formatTold(`\uFEFF${content.replaceAll('\n', '\r\n')}`)).toBe(format)
    expect(await formatTold(gzipSync(content))).toBe(format)
    expect(await formatTold(zipOf([{ name: 'a.txt', content }]))).toBe(format)
  })

  test.each<[string, string, RegExp]>([
    ['bare hashes', `${MD5}\n${MD5}\n`, /no type. Put it before each/],
    ['bare hashes below a name', `hash\n${MD5}\n`, /no type. Put it before each/],
    [
      'md5sum with a broken line',
      `${MD5}  a\n${SHA1}  b\nx  c\n`,
      /If it is such a list, say --format md5sum/,
    ],
    ['our CSV with other delimiters', OWN.replaceAll(',', ';'), /Import the file as it was exported/],
    [
      '64 digits and a name, SHA-256 or PDQ',
      `${PDQ}  a\n`,
      /64 digits can be SHA-256.*or PDQ.*--format md5sum, or --format lines/,
    ],
    ['lines of two forms', `md5 ${MD5}\n${MD5}  a\n`, /no form that is known/],
    ['another table', `Hash,Name\n${MD5},x\n`, /table of its own form.*--mapping FILE/],
    ['a table of hashes alone', `MD5,SHA1\n${MD5},${SHA1}\n`, /table of its own form/],
    ['other XML', '<rss/>', /XML, but no answer of NCMEC/],
    ['a page of HTML', '<!doctype html><html></html>', /web page.*Get the list itself again/],
    ['other JSON', '{"a":1}', /JSON of a form that is not known/],
    ['JSON with the signs of two formats', '{"hashRecords":[],"hash_digest":1}', /or that two formats have/],
    ['prose', 'Dear colleague\nplease find', /no form that is known/],
    ['comments alone', '# md5\n# sha1\n', /comments only/],
  ])('is not guessed from %s: the choices are named, or what to do', async (_, content, problem) => {
    const error: unknown = await formatTold(content).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'DAMAGED_LIST', message: expect.stringMatching(problem) })
    expect(error).toMatchObject({
      message: expect.stringMatching(
        /--format (ncmec\|.*md5sum.*--mapping|md5sum|lines)|--mapping FILE|again|as it was exported/,
      ),
    })
    expect(String(error)).not.toMatch(/0123456789abcdef|colleague|Hash,Name/)
  })

  test('that is said is not looked for', async () => {
    expect(await open(`${PDQ}  a\n`, { format: 'md5sum' })).toMatchObject({
      format: 'md5sum',
      items: [{ hashes: [{ type: 'sha256' }] }],
    })
    expect(await open(`x\nmd5 ${MD5}`, { format: 'lines' })).toMatchObject({
      items: [{ kind: 'refused' }, { kind: 'file' }],
    })
  })

  test('is CSV where a mapping is given', async () => {
    const mapping = { delimiter: ',', header: true, columns: { hashes: { md5: 'Hash' } } } as const
    expect(await open(`Hash,Name\n${MD5},x\n`, { mapping })).toMatchObject({
      format: 'csv',
      items: [{ sourceId: MD5 }],
    })
  })
})

describe('a list', () => {
  test.each(['', ' \n\n', '\uFEFF', gzipSync('')])('that is empty is no empty list: %o', async (content) => {
    for (const format of ['auto', ...FORMAT_NAMES] as const)
      await expect(open(content, { format, role: 'suppress' })).rejects.toMatchObject({
        code: 'DAMAGED_LIST',
        message: expect.stringMatching(/is empty/),
      })
  })

  test('of known-good files is refused as matches, and read to suppress', async () => {
    for (const options of [{}, { format: 'nsrl' }, { role: 'match' }] as const)
      await expect(open(NSRL, options)).rejects.toThrow(
        /known-good files.*accuse innocent people.*--role suppress/,
      )
    expect(await open(NSRL, { role: 'suppress' })).toMatchObject({
      format: 'nsrl',
      items: [{ sourceId: SHA1 }],
    })
  })

  test('with line feeds and Windows line ends mixed has all of its rows', async () => {
    const rows = [1, 2, 3, 4].map((id) => `${MD5};${SHA1};${id};a;Yes`)
    const text = `MD5;SHA1;Image ID;Series name;Baseline\r\n${rows[0]}\n${rows[1]}\r\n${rows[2]}\r${rows[3]}\n`
    expect((await open(text)).items).toMatchObject([1, 2, 3, 4].map((id) => ({ sourceId: String(id) })))
  })

  test('comes from standard input, too', () => {
    const script = `
      import { openList } from './src/lists/formats/formats.ts'
      const { format, items } = await openList('-')
      console.log(format, (await Array.fromAsync(items)).flat().length)`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
      cwd: new URL('../../..', import.meta.url),
      encoding: 'utf8',
      input: `md5 ${MD5}\n`.repeat(3),
    })
    expect(stdout).toBe('lines 3\n')
  })

  test('that is not there says so', async () => {
    await expect(open('').then(() => openList('/nowhere/list'))).rejects.toThrow()
    await expect(openList('/nowhere/list')).rejects.toThrow(/ENOENT/)
  })
})

test('each format has a title, and says what it means to name a file twice', () => {
  for (const name of FORMAT_NAMES)
    expect(formatOf(name)).toMatchObject({
      title: expect.any(String),
      repeats: expect.stringMatching(/^(replace|unite)$/),
    })
})
