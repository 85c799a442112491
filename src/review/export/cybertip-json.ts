// A case as file details of NCMEC's CyberTipline API, for the platform that submits them.
import {
  INDUSTRY_CLASSIFICATIONS,
  type CaseProof,
  type CyberTipExport,
  type FileDetails,
} from '../../contract/case-export.ts'
import type { Hit } from '../../contract/hit.ts'
import { ANNOTATIONS } from '../../contract/report.ts'
import type { CaseView } from '../../contract/review.ts'
import { isPerceptual } from '../../hash/hash-type.ts'
import { byReferral, entriesOfThisFile, listWords, reportedValues } from './referred-hits.ts'

/** The scheme of NCMEC's industry classification in known hashes. */
const SCHEME = 'ncmec'

export function cyberTipJson(view: CaseView, audit: CaseProof): CyberTipExport {
  const { referred, notReferred } = byReferral(view)
  return {
    schema: 'cybertip-export/1',
    caseId: view.case.caseId,
    platform: view.case.platform,
    files: referred.map(({ hit, decision, outcomes }) => ({
      hitId: hit.hitId,
      reportId: hit.report.reportId,
      contentRef: hit.report.contentRef,
      decisionId: decision.decisionId,
      decidedAt: decision.decidedAt,
      reason: decision.reason,
      outcomes: outcomes.map(({ finding, basis, reportedAt }) => ({ finding, basis, reportedAt })),
      fileDetails: fileDetails(hit),
    })),
    notReferred,
    audit,
  }
}

function fileDetails(hit: Hit): FileDetails {
  const { cybertipId, annotations } = hit.report
  const viewed = viewedByPlatform(hit)
  const industryClassification = classOf(hit)
  const values = reportedValues(hit)
  const perceptual = values.filter(({ type }) => isPerceptual(type))
  return {
    ...(cybertipId !== undefined && { reportId: cybertipId }),
    ...(viewed !== undefined && { fileViewedByEsp: viewed }),
    fileRelevance: 'Reported',
    ...(annotations && {
      fileAnnotations: Object.fromEntries(inOrder(annotations).map((name) => [name, true])),
    }),
    ...(industryClassification && { industryClassification }),
    originalFileHash: values.flatMap(({ type, value }) => {
      const hashType = HASH_TYPES_OF_API.get(type)
      return hashType ? [{ hashType, value }] : []
    }),
    ...(perceptual.length > 0 && {
      details: [
        {
          nameValuePair: perceptual.map(({ type, value }) => ({
            type: 'HASH' as const,
            name: type.toUpperCase(),
            value,
          })),
        },
      ],
    }),
    additionalInfo: [...words(hit)],
  }
}

const HASH_TYPES_OF_API = new Map<string, 'SHA256' | 'SHA1' | 'MD5'>([
  ['sha256', 'SHA256'],
  ['sha1', 'SHA1'],
  ['md5', 'MD5'],
])

/**
 * Unknown never becomes yes or no. A machine that went through a file is no viewing by the company, and `true` would let
 * others open it without a warrant (United States v. Wilson).
 */
function viewedByPlatform({ report: { viewed } }: Hit): boolean | undefined {
  if (viewed.thisFile === 'no') return false
  return viewed.thisFile === 'yes' && viewed.by !== 'automated' ? true : undefined
}

/** The one class that lists of this scale have for this very file; undefined if there is none, or two. */
function classOf(hit: Hit): FileDetails['industryClassification'] {
  const codes = new Set(
    entriesOfThisFile(hit)
      .filter(({ classification }) => classification.scheme === SCHEME)
      .map(({ classification }) => classification.code),
  )
  const [code] = codes
  return codes.size === 1 ? INDUSTRY_CLASSIFICATIONS.find((one) => one === code) : undefined
}

const inOrder = (annotations: NonNullable<Hit['report']['annotations']>): readonly string[] =>
  ANNOTATIONS.filter((name) => annotations.includes(name))

const GRADES: Readonly<Record<Hit['grade'], string>> = {
  exact: 'The file has the SHA-256, or the MD5 and the SHA-1, of a known file.',
  'exact-weak': 'The file has the MD5 or the SHA-1 of a known file. Either can be forged.',
  perceptual: 'The picture looks like a known one, by its perceptual hash. It may be another picture.',
  'perceptual-weak':
    'The picture has nearly the perceptual hash of a known one; nothing says how much detail it has. It may be another picture.',
}

function words(hit: Hit): readonly string[] {
  const { viewed, observedAt } = hit.report
  const said = [
    'Hashes were compared: the reviewers who decided on this have not seen the file.',
    GRADES[hit.grade],
  ]
  if (viewed.by === 'automated')
    said.push('The platform says that a machine, not a person, went through this file.')
  if (hit.reportsDiffer)
    said.push('The platform sent different reports under one id: this is what the last one says.')
  said.push(`The platform observed the file at ${observedAt}.`, ...listWords(hit))
  if (hit.truncated)
    said.push(`Of ${hit.matchCount} matches or more the best ${hit.matches.length} are named.`)
  return said
}
