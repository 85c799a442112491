// The room `policy` says which match becomes a hit and how grave it is: pure functions of (match, policy).
import { Type, type Static } from 'typebox'
import { canonicalJson, sha256Hex } from '../contract/json.ts'
import { SourceName } from '../contract/primitives.ts'
import { HASH_TYPES, HASH_TYPE_NAMES, isPerceptual, type HashType } from '../hash/hash-type.ts'
import { ORIENTATIONS } from '../hash/orientation.ts'

const Part = Type.Enum(['hit', 'corroborate'], {
  description:
    'hit: a match makes a hit. corroborate: a match makes no hit by itself; a hit that another type makes names it, if both point to the same entry (source and sourceId) of a list.',
})

const Distance = Type.Integer({ minimum: 0, maximum: 64, description: 'In bits.' })

const Orientations = Type.Object(
  {
    forms: Type.Array(Type.Enum(ORIENTATIONS.slice(1)), {
      minItems: 1,
      maxItems: 7,
      description: 'How the copy lies to the known picture.',
    }),
    maxDistanceBits: Distance,
  },
  {
    additionalProperties: false,
    description:
      'Match mirrored and turned copies too, by their predicted hash, with a threshold of their own.',
  },
)

const ruleSchema = (type: HashType) =>
  Type.Object(
    isPerceptual(type)
      ? {
          part: Part,
          maxDistanceBits: Distance,
          minQuality: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: 100,
              description: 'A reported hash of less quality is not searched.',
            }),
          ),
          ...(HASH_TYPES[type].orientable ? { orientations: Type.Optional(Orientations) } : {}),
        }
      : { part: Part },
    { additionalProperties: false },
  )

export const Policy = Type.Object(
  {
    hashes: Type.Object(
      Object.fromEntries(HASH_TYPE_NAMES.map((type) => [type, Type.Optional(ruleSchema(type))])),
      {
        additionalProperties: false,
        description: 'The rule of each hash type; a type without one is not searched.',
      },
    ),
    origins: Type.Record(SourceName, SourceName, {
      additionalProperties: false,
      description:
        'Where lists come from. Sources that copy each other share an origin, so that they count once. A source without an origin here is its own.',
    }),
  },
  { additionalProperties: false },
)

/** How one hash type is searched, and what part its matches have in a hit. */
export interface HashRule {
  readonly part: Static<typeof Part>
  readonly maxDistanceBits?: number
  readonly minQuality?: number
  readonly orientations?: Static<typeof Orientations>
}

export interface Policy {
  readonly hashes: Readonly<Partial<Record<HashType, HashRule>>>
  readonly origins: Readonly<Record<string, string>>
}

/** The rules that a policy has, strongest evidence first. */
export const rulesOf = ({ hashes }: Policy): readonly (readonly [HashType, HashRule])[] =>
  HASH_TYPE_NAMES.flatMap((type) => {
    const rule = hashes[type]
    return rule ? [[type, rule] as const] : []
  })

/** SHA-256 of the policy's canonical form. Hits with the same digest were judged by the same rules. */
export const policyDigest = (policy: Policy): string => sha256Hex(canonicalJson(policy))

/** The greatest distance at which a match in this orientation counts. */
export const threshold = (rule: HashRule, orientation: number): number =>
  orientation === 0 ? (rule.maxDistanceBits ?? 0) : (rule.orientations?.maxDistanceBits ?? 0)

/** The orientations that a rule searches, as a mask: bit o stands for orientation o, and bit 0 is always set. */
export const orientationMask = (rule: HashRule): number =>
  (rule.orientations?.forms ?? []).reduce((mask, form) => mask | (1 << ORIENTATIONS.indexOf(form)), 1)

/** Whether a reported hash's quality passes its rule. A hash without a quality passes, and the hit says so. */
export function judgeQuality(rule: HashRule, quality: number | undefined): 'passes' | 'absent' | 'too-low' {
  if (rule.minQuality === undefined) return 'passes'
  if (quality === undefined) return 'absent'
  return quality >= rule.minQuality ? 'passes' : 'too-low'
}

export const originOf = (policy: Policy, source: string): string =>
  Object.hasOwn(policy.origins, source) ? policy.origins[source] : source
