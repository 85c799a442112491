// The settings of the review service.
import { Type, type Static } from 'typebox'
import { PlatformName } from '../contract/primitives.ts'
import { GRADES } from '../contract/hit.ts'
import { ROLES } from '../contract/review.ts'
import { SecretPlace } from '../secrets/secret-place.ts'

const strict = { additionalProperties: false } as const
/** `scheme:code` */
const ClassificationName = Type.String({ pattern: '^[A-Za-z0-9._-]{1,16}:[A-Za-z0-9 ._-]{1,32}$' })
const GroupName = Type.String({ minLength: 1, maxLength: 128 })
const textList = (description: string) => Type.Array(Type.String(), { minItems: 1, description })

const Rules = Type.Object(
  {
    platforms: Type.Optional(
      Type.Array(PlatformName, { minItems: 1, description: 'Platforms of the reports.' }),
    ),
    grades: Type.Optional(
      Type.Array(Type.Enum([...GRADES]), { minItems: 1, description: 'How sure the hit is.' }),
    ),
    classifications: Type.Optional(
      Type.Array(ClassificationName, { minItems: 1, description: '`scheme:code`' }),
    ),
    jurisdictions: Type.Optional(textList('ISO 3166 codes, as reports name them.')),
    bases: Type.Optional(textList('Kinds of legal basis, as reports name them.')),
  },
  { ...strict, description: 'All that are named have to hold; of each, one value is enough.' },
)

export const ReviewSettings = Type.Object(
  {
    host: Type.String({ minLength: 1, description: 'Address that it listens on: loopback, behind a proxy.' }),
    port: Type.Integer({ minimum: 0, maximum: 65_535, description: '0: any free port.' }),
    publicUrl: Type.Optional(
      Type.String({
        pattern: '^https?://',
        description: 'Where browsers reach it, if that is another address.',
      }),
    ),
    trustProxy: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 64 }), {
        description:
          'IP addresses or networks (10.0.0.0/8) of the proxies in front of it, whose X-Forwarded-For names the client: requests before the sign-in are limited by that address. Left out: that header is not read, and all clients of a proxy share one limit.',
      }),
    ),
    group: Type.String({ minLength: 1, description: 'Consumer group that reads hits.' }),
    leaseMinutes: Type.Number({
      minimum: 0.05,
      maximum: 120,
      description: 'A reviewer has a case alone for this time, and longer while active.',
    }),
    undoSeconds: Type.Number({
      minimum: 0,
      maximum: 600,
      description: 'A decision can be undone for this time; then it is published.',
    }),
    skipMinutes: Type.Number({
      minimum: 0,
      maximum: 10_080,
      description: 'A skipped case is not offered to the same person for this time.',
    }),
    hitsPerCase: Type.Integer({
      minimum: 1,
      maximum: 1_000,
      description:
        'Hits of one case, at most: then the next one begins. It also begins where the hits of a case reach 8 MiB.',
    }),
    queues: Type.Array(
      Type.Object(
        {
          name: Type.String({
            pattern: '^[a-z0-9-]{1,64}$',
            description: 'Its name in addresses: never change it.',
          }),
          title: Type.String({ minLength: 1, maxLength: 80, description: 'Its name for people.' }),
          when: Type.Optional(Rules),
          groups: Type.Optional(
            Type.Array(GroupName, { minItems: 1, description: 'Who may work in it. Left out: everybody.' }),
          ),
        },
        strict,
      ),
      { minItems: 1, description: 'The first one that fits gets the case; the last one has no `when`.' },
    ),
    secondOpinion: Type.Object(
      { grades: Rules.properties.grades, classifications: Rules.properties.classifications },
      { ...strict, description: 'A case with any of these needs the opinions of two people.' },
    ),
    retentionDays: Type.Object(
      {
        refer: Type.Integer({ minimum: 1, description: '18 U.S.C. 2258A(h): one year.' }),
        others: Type.Integer({ minimum: 1, description: 'Of every other verdict.' }),
      },
      strict,
    ),
    audit: Type.Object(
      {
        origin: Type.String({
          pattern: '^[^\\s+]{1,128}$',
          description: 'The name of the log in its checkpoints: one for each deployment.',
        }),
        keyFile: Type.Optional(
          Type.String({
            minLength: 1,
            description:
              'Ed25519 private key (PEM, PKCS #8) that signs checkpoints, open to its owner only. Without it `hashwarden review` makes one beside the database of a local demonstration only.',
          }),
        ),
        verifierKeys: Type.Optional(
          Type.Array(Type.String({ minLength: 1, maxLength: 512 }), {
            minItems: 1,
            description:
              'Public keys of checkpoints, as `hashwarden review audit key` prints them: former ones, or, where the private key is not at hand, the present one.',
          }),
        ),
      },
      strict,
    ),
    signIn: Type.Optional(
      Type.Object(
        {
          issuer: Type.String({ pattern: '^https?://', description: 'Address of the provider.' }),
          clientId: Type.String({ minLength: 1, description: 'The client that is registered there.' }),
          clientSecret: Type.Optional(SecretPlace('The place of the client secret.')),
          scope: Type.Optional(
            Type.String({
              pattern: '^openid( [!-~]+)*$',
              description: 'What the provider is asked for. Left out: `openid profile`.',
            }),
          ),
          groupsClaim: Type.String({
            minLength: 1,
            description: 'The claim of the ID token that lists the groups of a person.',
          }),
          apiAudience: Type.Optional(
            Type.String({
              minLength: 1,
              description:
                'Machine clients may call the API with an access token (JWT) of this provider for this audience. Left out: they may not.',
            }),
          ),
          apiTokenType: Type.Optional(
            Type.Enum(['at+jwt', 'JWT'], {
              description:
                'The `typ` in the header of access tokens. Left out: `at+jwt` (RFC 9068), which no ID token has. `JWT` is for providers that do not mark them (Keycloak, Microsoft Entra ID); tokens that name a nonce or an at_hash, or a typ other than Bearer in their payload, are refused then as ever.',
            }),
          ),
          serviceClients: Type.Optional(
            Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
              minItems: 1,
              description:
                'Client ids of services that sign in as themselves (client credentials) and whose tokens name another `sub`, as those of Keycloak do: no second factor is demanded of them. No person may be able to sign in by such a client.',
            }),
          ),
          recheckMinutes: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 720,
              description:
                'How often the provider is asked whether a person who has signed in still has their groups, by the refresh token of the session. Left out: 15. Without refresh tokens (some providers give them for the scope offline_access only) roles hold until the session ends.',
            }),
          ),
          roles: Type.Partial(
            Type.Record(
              Type.Enum([...ROLES]),
              Type.Array(GroupName, { description: 'Groups of this role.' }),
            ),
            {
              ...strict,
              description: 'For each role, the groups that have it.',
            },
          ),
          secondFactor: Type.Optional(
            Type.Object(
              {
                acr: Type.Optional(textList('Authentication context classes.')),
                amr: Type.Optional(textList('Authentication methods.')),
              },
              { ...strict, description: 'The sign-in must name one of these, or it is refused.' },
            ),
          ),
        },
        { ...strict, description: 'OpenID Connect. Left out: only the development sign-in, on loopback.' },
      ),
    ),
  },
  strict,
)
export type ReviewSettings = Static<typeof ReviewSettings>
