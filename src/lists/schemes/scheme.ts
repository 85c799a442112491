// Schemes: what the codes of a list mean, and which of them are matches. A list's format never says that.
import { Type, type Static } from 'typebox'

const CODE = '^[A-Za-z0-9 ._-]{1,32}$'

/** What happens to a file without a code, beside the codes themselves. */
export const WITHOUT_CODE = ['skip', 'refuse'] as const

export const Scheme = Type.Object(
  {
    name: Type.String({
      pattern: '^[A-Za-z0-9._-]{1,16}$',
      description: 'Entries carry it: classification.scheme.',
    }),
    title: Type.String({ minLength: 1, maxLength: 80 }),
    purpose: Type.Optional(
      Type.Enum(['csam', 'self-submitted', 'ncii', 'terrorism'], {
        description:
          'What such lists are of. `--purpose` and the purpose of a source override it. Without it one of them must say it.',
      }),
    ),
    format: Type.Optional(
      Type.String({
        pattern: '^[a-z0-9]{1,16}$',
        description:
          'The format that the scheme belongs to. Only there `missing` may name a code: in other formats a file without one says nothing.',
      }),
    ),
    declaredBy: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
        description:
          'A list that names one of these declares this scheme itself. Of a VICS file: the path element of its context, such as US. Exports name the first of them.',
      }),
    ),
    codes: Type.Record(
      Type.String({ pattern: CODE }),
      Type.Object(
        {
          meaning: Type.String({ minLength: 1, maxLength: 120 }),
          role: Type.Enum(['match', 'suppress', 'skip'], {
            description:
              'match: the file is searched for. suppress: its hashes are known to be harmless and silence their values. skip: it is counted and left out.',
          }),
        },
        { additionalProperties: false },
      ),
      {
        additionalProperties: false,
        description: 'By code, exactly as the list writes it. Any other code is refused.',
      },
    ),
    missing: Type.String({
      pattern: CODE,
      description:
        'A file without a code: `skip` leaves it out and counts it, `refuse` refuses it, any other word is the code that it gets.',
    }),
  },
  { additionalProperties: false },
)
export type Scheme = Static<typeof Scheme>

/** What a scheme says of a file: its class and role, that it is left out, or that it is refused. */
export type Decision =
  | { readonly role: 'match' | 'suppress'; readonly code: string }
  | { readonly role: 'skip'; readonly why: string }
  | {
      readonly role: 'refuse'
      readonly reason: string
      /** It has a class, and no scheme that is known says what that means. */
      readonly isUnknownClass?: true
    }

/**
 * What a scheme says of a file with this code, in a list of this format, if that is known. The texts never quote a code
 * that the scheme doesn't have.
 */
export function decide(scheme: Scheme, code: string | undefined, format?: string): Decision {
  const { name, missing } = scheme
  if (code === undefined && missing === 'skip') return { role: 'skip', why: `${name}: without a code` }
  if (code === undefined && missing === 'refuse')
    return { role: 'refuse', reason: `it has no code, and the scheme ${name} asks for one` }
  if (code === undefined && scheme.format !== undefined && format !== undefined && format !== scheme.format)
    return {
      role: 'refuse',
      reason: `it has no code, and by the scheme ${name} only a list of the format ${scheme.format} may lack one`,
    }
  const own = code ?? missing
  if (!Object.hasOwn(scheme.codes, own))
    return {
      role: 'refuse',
      reason: `its code is none of the scheme ${name} (${namedCodes(scheme)})`,
      isUnknownClass: true,
    }
  const { role, meaning } = scheme.codes[own]
  return role === 'skip' ? { role, why: `${name} ${own}: ${meaning}` } : { role, code: own }
}

/** Codes that a message names at most. */
const MOST_NAMED = 12

function namedCodes({ codes }: Scheme): string {
  const names = Object.keys(codes)
  return [...names.slice(0, MOST_NAMED), ...(names.length > MOST_NAMED ? ['…'] : [])].join(', ')
}
