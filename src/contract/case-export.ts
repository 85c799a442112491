// A case as other tools take it: the file details of NCMEC's CyberTipline API, and VICS 2.0. Fields stand in the order of those
// formats. What the store doesn't know is left out.
import { Type, type Static } from 'typebox'
import { Reason, VERDICTS } from './decision.ts'
import { FINDINGS, VIEWING_BASES } from './outcome.ts'
import { PlatformName, Sha256Hex, Timestamp } from './primitives.ts'
import { reportFields } from './report.ts'
import { CaseId } from './review.ts'

const strict = { additionalProperties: false } as const

const Base64Hash = Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$', description: 'Base64 of 32 bytes.' })

/** Whether the entries are in the audit can be checked by anybody who has the public key: see src/review/audit/README.md. */
export const CaseProof = Type.Object(
  {
    checkpoint: Type.Optional(
      Type.String({
        description:
          'A signed note (c2sp.org/tlog-checkpoint): size and root of the tree that the proofs lead to. Absent: the audit has none.',
      }),
    ),
    entries: Type.Array(
      Type.Object(
        {
          index: Type.Integer({ minimum: 0 }),
          entry: Type.String({ description: 'Exactly the text that is hashed.' }),
          proof: Type.Array(Base64Hash, { description: 'RFC 6962, 2.1.1: the smallest subtree first.' }),
        },
        strict,
      ),
      { description: 'What the audit says of decisions on this case, in its order.' },
    ),
  },
  strict,
)
export type CaseProof = Static<typeof CaseProof>

/** Why a hit of the case is not among the files: only referred ones are. */
const NotReferred = Type.Object(
  {
    hitId: Sha256Hex,
    verdict: Type.Optional({ ...Type.Enum([...VERDICTS]), description: 'Absent: undecided.' }),
    finding: Type.Optional({
      ...Type.Enum([...FINDINGS]),
      description: 'It was referred; then a lawful viewing found this.',
    }),
  },
  strict,
)

const Flag = Type.Optional(Type.Literal(true))

/** In the order of the API's schema, as `annotations` of a report. */
const FileAnnotations = Type.Object(
  {
    animeDrawingVirtualHentai: Flag,
    potentialMeme: Flag,
    viral: Flag,
    possibleSelfProduction: Flag,
    physicalHarm: Flag,
    violenceGore: Flag,
    bestiality: Flag,
    liveStreaming: Flag,
    infant: Flag,
    generativeAi: Flag,
  },
  strict,
)

export const INDUSTRY_CLASSIFICATIONS = ['A1', 'A2', 'B1', 'B2'] as const

/**
 * `<fileDetails>`. The platform adds `fileId` when it submits, and what only it knows: originalFileName,
 * uploadedToEspTimestamp, locationOfFile, exifViewedByEsp, publiclyAvailable, ipCaptureEvent, deviceId.
 */
export const FileDetails = Type.Object(
  {
    reportId: Type.Optional({
      ...Type.String({ pattern: '^[0-9]{1,20}$' }),
      description: 'Of the CyberTip that the platform named.',
    }),
    fileViewedByEsp: Type.Optional(
      Type.Boolean({
        description:
          'Only what the platform said of this very file. Absent: it said nothing, or spoke of a machine.',
      }),
    ),
    fileRelevance: Type.Literal('Reported'),
    fileAnnotations: Type.Optional(FileAnnotations),
    industryClassification: Type.Optional({
      ...Type.Enum([...INDUSTRY_CLASSIFICATIONS]),
      description:
        'Only where lists that use this scale give exactly this file, by its SHA-256 or MD5 and SHA-1, one class.',
    }),
    originalFileHash: Type.Array(
      Type.Object(
        {
          hashType: Type.Enum(['SHA256', 'SHA1', 'MD5']),
          value: Type.String({ pattern: '^[0-9a-f]{32,64}$' }),
        },
        { ...strict, description: '`hashType` is an attribute of the element.' },
      ),
    ),
    details: Type.Optional(
      Type.Array(
        Type.Object(
          {
            nameValuePair: Type.Array(
              Type.Object(
                { type: Type.Literal('HASH'), name: Type.String({ maxLength: 64 }), value: Type.String() },
                { ...strict, description: '`type` is an attribute of the element.' },
              ),
              { minItems: 1 },
            ),
          },
          strict,
        ),
        { description: 'Perceptual hashes, as the platform reported them.' },
      ),
    ),
    additionalInfo: Type.Array(Type.String()),
  },
  strict,
)
export type FileDetails = Static<typeof FileDetails>

export const CyberTipExport = Type.Object(
  {
    schema: Type.Literal('cybertip-export/1'),
    caseId: CaseId,
    platform: PlatformName,
    files: Type.Array(
      Type.Object(
        {
          hitId: Sha256Hex,
          reportId: reportFields.reportId,
          contentRef: reportFields.contentRef,
          decisionId: Type.String(),
          decidedAt: Timestamp,
          reason: Reason,
          outcomes: Type.Array(
            Type.Object(
              {
                finding: Type.Enum([...FINDINGS]),
                basis: Type.Enum([...VIEWING_BASES]),
                reportedAt: Timestamp,
              },
              strict,
            ),
          ),
          fileDetails: FileDetails,
        },
        strict,
      ),
      { description: 'The referred hits, by hitId.' },
    ),
    notReferred: Type.Array(NotReferred),
    audit: CaseProof,
  },
  { ...strict, description: 'A case for a report to the CyberTipline. No media, and no value of a list.' },
)
export type CyberTipExport = Static<typeof CyberTipExport>

const UpperHex = (digits: number) =>
  Type.String({ pattern: `^([0-9A-F]{${digits}})?$`, description: 'Empty: unknown.' })

const VicsMedia = Type.Object(
  {
    MediaID: Type.Integer({ minimum: 1, description: 'Its place in this file.' }),
    Category: Type.Union([Type.Integer(), Type.Null()], {
      description:
        'Of the scheme that the context names, as a list of that scheme has it. null: not categorised.',
    }),
    MD5: UpperHex(32),
    SHA1: UpperHex(40),
    MediaSize: Type.Optional(Type.Integer({ minimum: 0 })),
    AlternativeHashes: Type.Array(
      Type.Object({ HashName: Type.String(), HashValue: Type.String({ pattern: '^[0-9A-F]+$' }) }, strict),
    ),
    Comments: Type.String(),
  },
  strict,
)

export const VicsExport = Type.Object(
  {
    '@odata.context': Type.String({
      pattern:
        '^http://github\\.com/VICSDATAMODEL/ProjectVic/DataModels/2\\.0\\.xml/[A-Za-z0-9]+/\\$metadata#Cases$',
    }),
    value: Type.Array(
      Type.Object(
        {
          CaseID: Type.String(),
          CaseNumber: Type.String(),
          SourceApplicationName: Type.Literal('hashwarden'),
          Media: Type.Array(VicsMedia, { description: 'The referred hits, by hitId.' }),
        },
        strict,
      ),
      { minItems: 1, maxItems: 1 },
    ),
    '@hashwarden.notReferred': Type.Array(NotReferred),
    '@hashwarden.audit': CaseProof,
  },
  {
    ...strict,
    description:
      'A case as VICS 2.0. Names with an at sign are OData annotations: other tools leave them alone.',
  },
)
export type VicsExport = Static<typeof VicsExport>
