// The settings of sharing our known hashes with others: `hashwarden hashset serve`.
import { Type, type Static } from 'typebox'
import { OTHERS } from '../contract/handling.ts'
import { SourceName } from '../contract/primitives.ts'
import { SecretPlace } from '../secrets/secret-place.ts'

const strict = { additionalProperties: false } as const

const SharingClient = Type.Object(
  {
    name: Type.String({
      pattern: '^[a-z0-9][a-z0-9-]{0,63}$',
      description: 'Its user name. It stands in the access log: name an organisation, never a person.',
    }),
    passwordHash: SecretPlace(
      'The place of the SHA-256 of its password, as `hashwarden hashset serve --new-password` prints it. Two lines are two passwords, both valid, so that one can replace the other.',
    ),
    sources: Type.Array(SourceName, { minItems: 1, description: 'The sources that it may read.' }),
    classifications: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z0-9._-]{1,16}:[A-Za-z0-9 ._-]{1,32}$' }), {
        minItems: 1,
        description: 'Only entries of these classes, as `scheme:code`. Left out: of every class.',
      }),
    ),
    audiences: Type.Array(Type.Enum([...OTHERS]), {
      minItems: 1,
      description:
        'Who it is. It gets entries whose `handling.audience` is one of these, and whose `handling.onward` is same-audience. An entry with onward none is never shared.',
    }),
  },
  strict,
)

export const SharingSettings = Type.Object(
  {
    host: Type.String({
      minLength: 1,
      description: 'Address that it listens on. Without `tls` a loopback address.',
    }),
    port: Type.Integer({ minimum: 0, maximum: 65_535, description: '0: any free port.' }),
    tls: Type.Optional(
      Type.Object(
        {
          certificate: Type.String({
            minLength: 1,
            description: 'PEM file of the certificate and its chain.',
          }),
          key: Type.String({
            minLength: 1,
            description: 'PEM file of its private key. Only its owner may open it.',
          }),
        },
        {
          ...strict,
          description: 'TLS. Both files are read again when they change, so renewing them needs no restart.',
        },
      ),
    ),
    requestsPerMinute: Type.Integer({
      minimum: 60,
      maximum: 1_000_000,
      description:
        'Requests of one client in a minute, all of them at once if it likes; of an address without a valid password, too. Readers probe ranges: about 150 requests for 2,600 entries.',
    }),
    clients: Type.Array(SharingClient, { description: 'Who may read. Every other request is refused.' }),
  },
  { ...strict, description: 'Our known hashes for others to read. They see what their permissions name.' },
)
export type SharingSettings = Static<typeof SharingSettings>
export type SharingClient = Static<typeof SharingClient>
