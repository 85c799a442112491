// Hits of the sample photographs and their altered copies, as the real matcher makes them.
import { readFile } from 'node:fs/promises'
import { hitId, type Hit } from '../../src/contract/hit.ts'
import { decodeKnownHash, knownHashKey, type KnownHash } from '../../src/contract/known-hash.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import { checkReport, type Report } from '../../src/contract/report.ts'
import type { FileHash } from '../../src/hashing/file-hash.ts'
import { hashBytes } from '../../src/hashing/hash-file.ts'
import { HashingError } from '../../src/hashing/hashing-error.ts'
import { PackedKnownSet } from '../../src/known/packed/packed-known-set.ts'
import { Matcher } from '../../src/matcher/matcher.ts'
import { ALTERATIONS } from '../../src/sample/alterations.ts'
import { photographs } from '../../src/sample/photographs.ts'
import { loadPolicy } from '../../src/settings/load-settings.ts'

/** Three lists; the first picture is on one of them, the second on two, the third on all. */
const LISTS = [
  { source: 'ncmec', code: 'A1' },
  { source: 'iwf', code: 'A' },
  { source: 'interpol', code: 'baseline' },
] as const
const PICTURES = ['astronaut', 'coffee', 'rocket'] as const
/** Of each picture: in this order its hits come. */
const COPIES = [
  'original',
  'jpeg-q30',
  'mirrored-left-right',
  'turned-90-cw',
  'watermark',
  'half-size',
] as const
const FIRST_AT = Date.parse('2026-11-30T06:00:00.000Z')
const MINUTE = 60_000

async function hashesOf(name: string, bytes: Buffer): Promise<readonly FileHash[]> {
  const hashed = await hashBytes(name, bytes)
  if (hashed instanceof HashingError) throw hashed
  return hashed[0].hashes
}

/** What the test says of where a hit comes from. */
export interface HitOrigin {
  readonly platform: string
  /** Left out: a case of its own. */
  readonly actorRef?: string
}

const known = ({ type, value }: FileHash, picture: number, list: number): KnownHash => ({
  schema: 'known-hash/1',
  type,
  value,
  source: LISTS[list].source,
  sourceId: `${LISTS[list].source}-${88_120 + picture}`,
  classification: { scheme: LISTS[list].source, code: LISTS[list].code },
  role: 'match',
  purpose: 'csam',
  handling: { audience: 'this-deployment', onward: 'none' },
  addedAt: `2026-0${picture + 1}-1${list}T03:04:05Z`,
})

const report = (hashes: readonly FileHash[], number: number, { platform, actorRef }: HitOrigin): Report => ({
  schema: 'report/1',
  reportId: `upload-${8_100 + number}`,
  platform,
  observedAt: new Date(FIRST_AT + number * MINUTE).toISOString(),
  mediaType: 'image',
  contentRef: `object-${77_120 + number * 31}`,
  ...(actorRef === undefined ? {} : { actorRef }),
  byteLength: 34_211 + number * 991,
  jurisdictions: number % 2 === 0 ? ['US-CA'] : ['FR', 'DE'],
  ...(number % 3 === 0 ? { annotations: ['viral'] as ['viral'], cybertipId: '181234567' } : {}),
  viewed: ([{ thisFile: 'no' }, { thisFile: 'unknown' }, { thisFile: 'yes', by: 'human' }] as const)[
    number % 3
  ],
  basis: { kind: 'own-terms' },
  hashes: hashes.map(({ type, value, quality }) => ({
    type,
    value,
    ...(quality === undefined ? {} : { quality }),
  })),
})

/** Eighteen hits: six of each of three pictures. `origin` says where each comes from. */
export async function pictureHits(origin: (hit: number) => HitOrigin): Promise<readonly Hit[]> {
  const entries: KnownHash[] = []
  const reports: Report[] = []
  for (const [picture, name] of PICTURES.entries()) {
    const original = await readFile(photographs().find((one) => one.name === name)?.path ?? name)
    for (const hash of await hashesOf(name, original))
      for (let list = 0; list <= picture; list++) entries.push(known(hash, picture, list))
    for (const copy of COPIES) {
      const apply = ALTERATIONS.find((one) => one.name === copy)?.apply
      if (!apply) throw new Error(`There is no alteration ${copy}`)
      const hashes = await hashesOf(name, await apply(original))
      reports.push(report(hashes, reports.length, origin(reports.length)))
    }
  }
  return await matched(entries, reports)
}

/** Hits of copies of one picture, all of one uploader: in the order of the copies. */
export async function hitsOfCopies(original: Buffer, copies: readonly Buffer[]): Promise<readonly Hit[]> {
  const entries = (await hashesOf('original', original)).map((hash) => known(hash, 0, 0))
  const origin = { platform: 'chat.example', actorRef: 'uploader-of-copies' }
  const reports = await Promise.all(
    copies.map(async (copy, at) => report(await hashesOf(`copy ${at}`, copy), at, origin)),
  )
  return await matched(entries, reports)
}

/** As the real matcher makes them, by the policy's defaults. */
async function matched(entries: readonly KnownHash[], reports: readonly Report[]): Promise<readonly Hit[]> {
  const set = new PackedKnownSet({ index: 'flat' })
  try {
    for (const [at, entry] of entries.entries()) {
      const change = decodeKnownHash(Buffer.from(knownHashKey(entry)), Buffer.from(JSON.stringify(entry)))
      if (change instanceof Rejection || change === 'not-searched') throw new Error(change.toString())
      set.apply(change, at + 1)
    }
    const matcher = new Matcher(set, loadPolicy())
    const received = reports.map((one) => {
      const checked = checkReport(one)
      if (checked instanceof Rejection) throw new Error(checked.toString())
      return { report: checked, receivedAtMs: Date.parse(one.observedAt) + 4_000 }
    })
    return matcher.match(received).flatMap((hit) => hit ?? [])
  } finally {
    await set.close()
  }
}

/** The same hit of another report: `changes` says what else is different in it. */
export const another = (hit: Hit, reportId: string, changes: Partial<Hit['report']> = {}): Hit => ({
  ...hit,
  hitId: hitId(changes.platform ?? hit.report.platform, reportId),
  report: { ...hit.report, ...changes, reportId },
})
