// The lists that `hashwarden hashset sync` keeps up to date: config/sources.yaml. It names places of secrets, never secrets.
import { Type, type Static, type TSchema } from 'typebox'
import { handlingContradiction } from '../contract/handling.ts'
import { CURATION_SOURCE, PURPOSES } from '../contract/known-hash.ts'
import { Classification, SourceName } from '../contract/primitives.ts'
import { SecretPlace } from '../secrets/secret-place.ts'

const strict = { additionalProperties: false } as const
const optional = Type.Optional
const path = (description: string) => Type.String({ minLength: 1, description })

const COMMON = {
  name: {
    ...SourceName,
    description: 'Name of the source in every entry. It stays: another name is another source.',
  },
  everyMinutes: optional(
    Type.Number({
      minimum: 0.01,
      maximum: 10_080,
      description: 'Time between two looks at the source. Default: 10; of a folder 0.1.',
    }),
  ),
  staleAfterMinutes: optional(
    Type.Number({
      minimum: 0.01,
      maximum: 100_000,
      description:
        'An alert is raised when the source was last read to its end this long ago. Default: three times `everyMinutes`, at least 60.',
    }),
  ),
  scheme: optional(
    Type.String({
      minLength: 1,
      maxLength: 256,
      description:
        'Which codes of the list are matches: a scheme of config/schemes, or a file of your own. Default: the scheme of the kind.',
    }),
  ),
  purpose: optional(
    Type.Enum([...PURPOSES], { description: 'Why the hashes are listed. Default: that of the kind.' }),
  ),
  handling: optional(
    Type.Object(
      {
        audience: Type.Enum(['this-deployment', 'law-enforcement', 'members']),
        onward: Type.Enum(['none', 'same-audience']),
      },
      {
        ...strict,
        description:
          'Who may see the entries, and whether they may be passed on. Default: this deployment, not passed on.',
      },
    ),
  ),
  removesShare: optional(
    Type.Number({
      minimum: 0,
      maximum: 1,
      description:
        'A change that removes a greater share of the source than this waits for a person. Default: 0.1.',
    }),
  ),
}

/** Of sources that are asked over HTTPS. */
const OVER_HTTPS = {
  base: Type.String({
    pattern: '^https?://[^?#]+$',
    maxLength: 1_024,
    description:
      'Where it is. HTTPS, but on this machine itself (loopback). A server that sends elsewhere is not followed.',
  }),
  tls: optional(
    Type.Object(
      {
        ca: optional(path('The authorities to trust instead, or the one certificate (PEM).')),
        certificate: optional(path('Our own certificate, where the server asks for one (PEM).')),
        key: optional(path('Its key (PEM), open to its owner only.')),
      },
      { ...strict, description: 'Left out: the authorities that Node knows, no certificate of our own.' },
    ),
  ),
  timeoutSeconds: optional(
    Type.Number({
      minimum: 0.1,
      maximum: 3_600,
      description:
        'For an answer, at most; of a file, whose length is not known, between two pieces of it. Default: 60.',
    }),
  ),
}

const SIGN_IN = {
  username: Type.String({ minLength: 1, maxLength: 256 }),
  password: SecretPlace('The password.'),
}

const reasonName = (when: string) =>
  Type.String({ minLength: 1, maxLength: 200, description: `Where ${when}.` })

const NcmecSource = Type.Object(
  {
    kind: Type.Literal('ncmec'),
    ...COMMON,
    ...OVER_HTTPS,
    ...SIGN_IN,
    since: optional(
      Type.String({
        pattern: '^\\d{4}-\\d{2}-\\d{2}$',
        description: 'The day from which a first synchronisation reads. Default: 2000-01-01, which is all.',
      }),
    ),
    feedback: optional(
      Type.Boolean({ description: 'Send what reviews found of its entries back to it. Default: false.' }),
    ),
    feedbackReasons: optional(
      Type.Object(
        {
          wrong: optional(reasonName('a viewing found an entry wrong')),
          suspected: optional(reasonName('a reviewer suspects an entry')),
        },
        {
          ...strict,
          description:
            'The reasons of negative feedback, by the names that NCMEC gives them. Left out: the only one that there is; if there are several, the feedback waits, and the log names them.',
        },
      ),
    ),
  },
  strict,
)

const StopNciiSource = Type.Object(
  {
    kind: Type.Literal('stopncii'),
    ...COMMON,
    ...OVER_HTTPS,
    functionsKey: SecretPlace('Sent as x-functions-key.'),
    subscriptionKey: SecretPlace('Sent as Ocp-Apim-Subscription-Key.'),
    pageSize: optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'Default: 800.' })),
  },
  strict,
)

const TatSource = Type.Object({ kind: Type.Literal('tat'), ...COMMON, ...OVER_HTTPS, ...SIGN_IN }, strict)

const ThreatExchangeSource = Type.Object(
  {
    kind: Type.Literal('threatexchange'),
    ...COMMON,
    ...OVER_HTTPS,
    purpose: Type.Enum([...PURPOSES], {
      description: 'Why the hashes are listed: a group can be of anything.',
    }),
    privacyGroup: Type.String({ pattern: '^[0-9]{1,32}$', description: 'Its number.' }),
    token: SecretPlace('The access token. It is sent as a header, never in an address.'),
  },
  strict,
)

const FORMAT = Type.String({
  pattern: '^[a-z0-9-]{1,32}$',
  description: 'As `hashwarden hashset import --format` names it.',
})

/** Of files, whose format says less than a server's. */
const OF_FILES = {
  format: FORMAT,
  mapping: optional(path('Which columns of a CSV are what: a file as config/csv-mapping.schema.json says.')),
  classification: optional({
    ...Classification,
    description: 'The class of files without one, where the list names none and no scheme does.',
  }),
  role: optional(
    Type.Enum(['match', 'suppress'], {
      description: 'suppress: the whole list is of files known to be harmless. Default: as the scheme says.',
    }),
  ),
}

const FolderSource = Type.Object(
  {
    kind: Type.Literal('folder'),
    ...COMMON,
    path: path(
      'The folder. Files come into it whole, by a rename; names that begin with a dot are passed over.',
    ),
    ...OF_FILES,
    complete: optional(
      Type.Boolean({
        description:
          'true: the newest file is the whole list, and what it lacks is removed. Default: each file adds and changes.',
      }),
    ),
  },
  strict,
)

const HttpsSource = Type.Object(
  {
    kind: Type.Literal('https'),
    ...COMMON,
    ...OVER_HTTPS,
    ...OF_FILES,
    username: optional(SIGN_IN.username),
    password: optional(SIGN_IN.password),
    token: optional(SecretPlace('Sent as a bearer token.')),
  },
  strict,
)

const FORMS = {
  ncmec: NcmecSource,
  stopncii: StopNciiSource,
  tat: TatSource,
  threatexchange: ThreatExchangeSource,
  folder: FolderSource,
  https: HttpsSource,
} as const

const SOURCE_KINDS = Object.keys(FORMS) as readonly (keyof typeof FORMS)[]

export const Sources = Type.Object(
  {
    sources: Type.Array(
      Type.Union([NcmecSource, StopNciiSource, TatSource, ThreatExchangeSource, FolderSource, HttpsSource]),
      { maxItems: 64 },
    ),
  },
  { ...strict, description: 'The lists that `hashwarden hashset sync` keeps up to date.' },
)
export type Sources = Static<typeof Sources>
export type NcmecSource = Static<typeof NcmecSource>
type StopNciiSource = Static<typeof StopNciiSource>
type TatSource = Static<typeof TatSource>
type ThreatExchangeSource = Static<typeof ThreatExchangeSource>
type FolderSource = Static<typeof FolderSource>
type HttpsSource = Static<typeof HttpsSource>
export type SourceSettings = Sources['sources'][number]

const ofSomeKind = Type.Object({ kind: Type.Enum([...SOURCE_KINDS]) })

/** The schema that the kind of a source needs. The errors of a failed union mean nothing; those of this schema do. */
export function sourceForm(source: unknown): TSchema {
  const kind: unknown = Reflect.get(Object(source), 'kind')
  const known = SOURCE_KINDS.find((name) => name === kind)
  return known === undefined ? ofSomeKind : FORMS[known]
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** What sources say against each other, or against the rule that credentials travel encrypted, each as `/place problem`. */
export function sourceContradictions({ sources }: Sources): readonly string[] {
  const names = sources.map(({ name }) => name)
  return sources.flatMap((source, at) => [
    ...(names.indexOf(source.name) < at
      ? [`/sources/${at}/name is there already: each source has its own`]
      : []),
    ...(source.name === CURATION_SOURCE
      ? [`/sources/${at}/name curation is reserved for what people decide here`]
      : []),
    ...handlingProblems(source).map((problem) => `/sources/${at}/handling ${problem}`),
    ...('base' in source ? baseProblems(source.base).map((problem) => `/sources/${at}/base ${problem}`) : []),
    ...(source.kind === 'ncmec' && /exploitative/i.test(source.base) && source.purpose === undefined
      ? [`/sources/${at} needs a purpose: what NCMEC calls exploitative is not csam by itself`]
      : []),
    ...(source.kind === 'https' && (source.username === undefined) !== (source.password === undefined)
      ? [`/sources/${at} needs username and password, both or neither`]
      : []),
    ...(source.kind === 'https' && source.username !== undefined && source.token !== undefined
      ? [`/sources/${at} has a password and a token: keep one of them`]
      : []),
  ])
}

function handlingProblems({ handling }: SourceSettings): readonly string[] {
  const problem = handling && handlingContradiction(handling)
  return problem === undefined ? [] : [problem]
}

function baseProblems(base: string): readonly string[] {
  const url = URL.parse(base)
  if (url === null) return ['must be an address']
  if (url.username !== '' || url.password !== '')
    return ['must be an address without a user or a password: those have settings of their own']
  return url.protocol === 'https:' || LOOPBACK.test(url.hostname)
    ? []
    : ['must begin with https://: only a server on this machine may do without']
}
