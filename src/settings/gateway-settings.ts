// The settings of `hashwarden gateway`.
import { Type, type Static } from 'typebox'
import { ListenerTls } from './listener-tls.ts'

const strict = { additionalProperties: false } as const

export const GatewaySettings = Type.Object(
  {
    host: Type.String({
      minLength: 1,
      description: 'Address that it listens on. Without `tls` a loopback address.',
    }),
    port: Type.Integer({ minimum: 0, maximum: 65_535, description: '0: any free port.' }),
    tls: Type.Optional(ListenerTls),
    credentials: Type.Object(
      {
        keysFile: Type.Optional(
          Type.String({
            minLength: 1,
            description:
              'File of API keys: a line `id platform sha256:…` for each, as `hashwarden gateway --new-key PLATFORM` prints it. Only its owner may open it. A change of it counts within a second.',
          }),
        ),
      },
      { ...strict, description: 'Who may report. Every other request is refused.' },
    ),
    profile: Type.Enum(['provider', 'authority'], {
      description:
        'provider: inside a platform or a clearinghouse. authority: at an agency; a report without a basis, or with own-terms, is refused.',
    }),
    limits: Type.Object(
      {
        inFlightMiB: Type.Integer({
          minimum: 16,
          maximum: 4_096,
          description:
            'Bytes of all requests that are being read, checked or written. Beyond them requests are refused with 503. The process takes about six times as much memory.',
        }),
        rememberedReports: Type.Integer({
          minimum: 1_000,
          maximum: 20_000_000,
          description:
            'Reports whose ids are remembered, at least: a repeat of one is not written again, and another content under its id is refused. About 70 bytes each.',
        }),
        requestSeconds: Type.Integer({
          minimum: 1,
          maximum: 300,
          description: 'A request has to arrive within this time.',
        }),
        connections: Type.Integer({
          minimum: 1,
          maximum: 100_000,
          description: 'Connections at a time. More are closed at once.',
        }),
      },
      strict,
    ),
  },
  { ...strict, description: 'Reports by HTTPS, for platforms without Kafka.' },
)
export type GatewaySettings = Static<typeof GatewaySettings>
