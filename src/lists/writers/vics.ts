// Export to VICS 2.0: the entries of one source as a document that tools of law enforcement read, and that comes back in
// as what it was.
import type { Entry } from '../../contract/known-hash.ts'
import { vicsContext } from '../../contract/vics.ts'
import type { HashType } from '../../hash/hash-type.ts'
import type { KeptType } from '../../hash/kept-type.ts'

/** The path element of the context: the scheme that the categories belong to. */
const SCHEME = /^[A-Za-z0-9._-]{1,16}$/

/** Hash names as other tools write them; of other types our own. */
const HASH_NAMES: Readonly<Partial<Record<HashType | KeptType, string>>> = {
  md5: 'MD5',
  sha1: 'SHA1',
  sha256: 'SHA256',
  sha512: 'SHA512',
  pdq: 'PDQ',
  photodna: 'PhotoDNA',
}

/**
 * The text of a VICS document, a record at a time. The entries are of one source; those of one file share a sourceId,
 * and become one record, wherever they stand. An entry that is held back and a canary are left out: the format can't say
 * that they are. What it can't hold either: purpose, handling, and semicolons within tags, which become commas.
 */
export function* vicsText(entries: Iterable<Entry>, scheme: string): Generator<string> {
  if (!SCHEME.test(scheme))
    throw new TypeError(
      'The name of a scheme in VICS has 1 to 16 letters, digits, dots, hyphens or underscores',
    )
  const files = new Map<string, Entry[]>()
  for (const entry of entries) {
    if (entry.held || entry.role === 'canary') continue
    const file = files.get(entry.sourceId)
    if (file) file.push(entry)
    else files.set(entry.sourceId, [entry])
  }
  let separator = '\n'
  yield `{"@odata.context":${JSON.stringify(vicsContext(scheme, 'Media'))},"value":[`
  for (const file of files.values()) {
    yield `${separator}${JSON.stringify(mediaOf(file))}`
    separator = ',\n'
  }
  yield '\n]}\n'
}

function mediaOf(file: readonly Entry[]): object {
  // A file has one entry at least, and the import gives all of them the same provenance.
  const [{ sourceId, classification, series, victimIdentified, tags, addedAt }] = file
  const md5 = file.find(({ type }) => type === 'md5')
  const sha1 = file.find(({ type }) => type === 'sha1')
  const others = file.filter((entry) => entry !== md5 && entry !== sha1)
  return {
    MediaID: integerOf(sourceId),
    Category: integerOf(classification.code),
    MD5: md5?.value.toUpperCase() ?? null,
    SHA1: sha1?.value.toUpperCase() ?? null,
    DateUpdated: addedAt,
    VictimIdentified: victimIdentified ?? null,
    Series: series ?? null,
    Tags: tags === undefined ? null : tagText(tags),
    AlternativeHashes: others.map(({ type, value }) => ({
      HashName: HASH_NAMES[type] ?? type,
      HashValue: type === 'photodna' ? Buffer.from(value, 'hex').toString('base64') : value,
    })),
  }
}

/** A number where the text is that of an integer that every reader holds exactly: `0012` stays text. */
function integerOf(text: string): number | string {
  const number = Number(text)
  return Number.isInteger(number) && Math.abs(number) <= 0x7fffffff && String(number) === text ? number : text
}

/** A tag may hold a comma: a semicolon shows that commas part nothing. */
function tagText(tags: readonly string[]): string {
  const text = tags.map((tag) => tag.replaceAll(';', ',')).join(';')
  return text.includes(',') ? `${text};` : text
}
