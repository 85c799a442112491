// The words for what a platform's report says.
import type { Hit } from '../../contract/hit.ts'
import type { CaseRow, CaseView } from '../../contract/review.ts'
import type { Orientation } from '../../hash/orientation.ts'
import type { HashType } from '../../hash/hash-type.ts'

export const HASH_NAMES: Readonly<Record<HashType, string>> = {
  sha256: 'SHA-256',
  sha1: 'SHA-1',
  md5: 'MD5',
  pdq: 'PDQ',
  blockhash: 'blockhash',
}

export const KIND_WORDS: Readonly<Record<CaseRow['kind'], string>> = {
  actor: 'One uploader',
  collection: 'One collection',
  hit: 'A single file',
}

export const STAGE_WORDS: Readonly<Record<CaseRow['stage'], string>> = {
  first: 'First opinion',
  second: 'Second opinion',
  supervisor: 'Supervisor settles',
}

/** Why a case was opened beside an earlier one. */
export const OPENED_WORDS: Readonly<Record<CaseView['openedBecause'], string>> = {
  first: '',
  'earlier-full': 'The earlier case of this uploader was full.',
  'after-decision': 'More hits came after the earlier case was decided.',
  'new-evidence': 'A hit has new evidence that its earlier decision or opinion did not know.',
}

export const BASIS_WORDS: Readonly<Record<Hit['report']['basis']['kind'], string>> = {
  'own-terms': 'The platform’s own terms of use',
  cybertip: 'A CyberTipline report',
  'legal-process': 'Legal process',
  seized: 'Seized media',
  emergency: 'An emergency',
}

export const ANNOTATION_WORDS: Readonly<Record<NonNullable<Hit['report']['annotations']>[number], string>> = {
  animeDrawingVirtualHentai: 'Drawn or virtual',
  potentialMeme: 'Potential meme',
  viral: 'Viral',
  possibleSelfProduction: 'Possibly self-produced',
  physicalHarm: 'Physical harm',
  violenceGore: 'Violence or gore',
  bestiality: 'Bestiality',
  liveStreaming: 'Live streaming',
  infant: 'Infant',
  generativeAi: 'Generative AI',
}

export const REFERENCE_WORDS = {
  contentRef: 'File',
  actorRef: 'Uploader',
  collectionRef: 'Collection',
  reportId: 'Report',
  cybertipId: 'CyberTip',
} as const

export const ORIENTATION_WORDS: Readonly<Record<Orientation, string>> = {
  'as-is': 'Upright, as the known picture',
  'mirrored-left-right': 'Mirrored left to right',
  'mirrored-top-bottom': 'Mirrored top to bottom',
  'turned-180': 'Turned by 180°',
  transposed: 'Mirrored along the diagonal',
  'turned-90-ccw': 'Turned by 90° to the left',
  'turned-90-cw': 'Turned by 90° to the right',
  'anti-transposed': 'Mirrored along the other diagonal',
}

export interface ViewedWords {
  readonly short: string
  /** Two sentences: the fact, and its meaning under United States v. Wilson (13 F.4th 961, 9th Cir. 2021). */
  readonly meaning: string
}

/** What the platform said, never more. */
export function viewedWords({ thisFile, by }: Hit['report']['viewed']): ViewedWords {
  if (thisFile === 'yes' && by === 'human') {
    return {
      short: 'Yes, by a person',
      meaning:
        'The platform says that a person there viewed this very file before it reported it. That is the fact that United States v. Wilson (9th Cir. 2021) asks for: opening the file no further than that person did needs no warrant on this ground.',
    }
  }
  const fact =
    thisFile === 'yes'
      ? by === 'automated'
        ? 'Only a program of the platform has looked at this file, no person.'
        : 'The platform says that it viewed this file, but not whether a person did.'
      : thisFile === 'no'
        ? 'The platform says that no person there has viewed this file.'
        : 'The platform does not say whether a person there has viewed this file, and unknown counts as no.'
  const short =
    thisFile === 'yes'
      ? by === 'automated'
        ? 'By a program only'
        : 'Yes, not said by whom'
      : thisFile === 'no'
        ? 'No'
        : 'Not said'
  return {
    short,
    meaning: `${fact} Under United States v. Wilson (9th Cir. 2021) the government then needs a warrant to open it, however well its hash matches.`,
  }
}
