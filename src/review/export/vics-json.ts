// A case as VICS 2.0 JSON, the exchange format of forensic tools (Project VIC).
import type { CaseProof, VicsExport } from '../../contract/case-export.ts'
import type { Hit } from '../../contract/hit.ts'
import type { CaseView } from '../../contract/review.ts'
import { vicsContext } from '../../contract/vics.ts'
import {
  byReferral,
  entriesOfThisFile,
  listWords,
  reportedValues,
  type ReferredHit,
} from './referred-hits.ts'

/** Known hashes of VICS lists have the scheme `vics-us`, `vics-ca`, …: the country whose codes they use. */
const SCHEME = /^vics-([a-z0-9]{1,11})$/

export function vicsJson(view: CaseView, audit: CaseProof): VicsExport {
  const { referred, notReferred } = byReferral(view)
  const country = countryOf(referred)
  return {
    '@odata.context': vicsContext(country?.toUpperCase() ?? 'Default', 'Cases'),
    value: [
      {
        CaseID: view.case.caseId,
        CaseNumber: view.case.caseId,
        SourceApplicationName: 'hashwarden',
        Media: referred.map(({ hit }, at) => media(hit, at + 1, country)),
      },
    ],
    '@hashwarden.notReferred': notReferred,
    '@hashwarden.audit': audit,
  }
}

/** The file names one scheme for all of its categories: undefined unless all lists that have one use the same. */
function countryOf(referred: readonly ReferredHit[]): string | undefined {
  const countries = new Set(
    referred.flatMap(({ hit }) =>
      entriesOfThisFile(hit).flatMap(({ classification }) => SCHEME.exec(classification.scheme)?.[1] ?? []),
    ),
  )
  const [only] = countries
  return countries.size === 1 ? only : undefined
}

function media(
  hit: Hit,
  place: number,
  country: string | undefined,
): VicsExport['value'][number]['Media'][number] {
  const values = new Map<string, string>(
    reportedValues(hit).map(({ type, value }) => [type, value.toUpperCase()]),
  )
  const { byteLength } = hit.report
  const others = [...values].filter(([type]) => type !== 'md5' && type !== 'sha1')
  return {
    MediaID: place,
    Category: country === undefined ? null : categoryOf(hit, `vics-${country}`),
    MD5: values.get('md5') ?? '',
    SHA1: values.get('sha1') ?? '',
    ...(byteLength !== undefined && { MediaSize: byteLength }),
    AlternativeHashes: others.map(([type, value]) => ({ HashName: type.toUpperCase(), HashValue: value })),
    Comments: [`hashwarden hit ${hit.hitId}, grade ${hit.grade}.`, ...listWords(hit)].join(' '),
  }
}

/** The one category that lists of this scheme have for this very file; null if there is none, or two. */
function categoryOf(hit: Hit, scheme: string): number | null {
  const codes = new Set(
    entriesOfThisFile(hit)
      .filter(({ classification }) => classification.scheme === scheme)
      .map(({ classification }) => classification.code),
  )
  const [code] = codes
  return codes.size === 1 && code !== undefined && /^[0-9]{1,3}$/.test(code) ? Number(code) : null
}
