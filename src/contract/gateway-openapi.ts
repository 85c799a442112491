// The OpenAPI 3.1 document of the gateway, made from the schemas and the closed list that it answers by.
import {
  GATEWAY_MAX_REPORTS,
  GATEWAY_PROBLEMS,
  GATEWAY_PROBLEM_CODES,
  GatewayAnswer,
  GatewayProblem,
  SubmittedReport,
  type GatewayProblemCode,
} from './gateway.ts'

type Json = { readonly [key: string]: unknown }

const ref = (name: string): Json => ({ $ref: `#/components/schemas/${name}` })

const REPORTS_BODY: Json = {
  required: true,
  description:
    'One report, or several. Each has at most 16 KiB. A field that comes twice in one object is refused. With `content-encoding` the bounds hold for the unpacked body.',
  content: {
    'application/json': {
      schema: {
        oneOf: [
          ref('Report'),
          { type: 'array', items: ref('Report'), minItems: 1, maxItems: GATEWAY_MAX_REPORTS },
        ],
      },
    },
    'application/x-ndjson': {
      schema: { type: 'string', description: 'A report on each line.' },
    },
  },
}

/** What can be answered to a request of reports, beside 202. */
const OF_REPORTS: readonly GatewayProblemCode[] = GATEWAY_PROBLEM_CODES.filter(
  (code) => code !== 'not-found' && code !== 'wrong-method',
)

export function gatewayOpenApi(): Json {
  return {
    openapi: '3.1.0',
    info: {
      title: 'hashwarden gateway',
      version: '1',
      description:
        'Hash-only reports by HTTPS. 202 means that every report of the request is in Kafka, on all replicas in sync. A request that is refused with another status than 503 is refused as a whole; after 503 a part of it may be in Kafka, and all of it is to be sent again. A report that is sent again with the same content changes nothing. No answer says whether a hash is known.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: {
      '/v1/reports': {
        post: {
          operationId: 'submitReports',
          summary: 'Submit reports',
          parameters: [
            {
              name: 'content-encoding',
              in: 'header',
              required: false,
              schema: { type: 'string', enum: ['gzip', 'zstd', 'identity'] },
            },
          ],
          requestBody: REPORTS_BODY,
          responses: {
            202: {
              description: 'All of them are in Kafka.',
              content: { 'application/json': { schema: ref('Answer') } },
            },
            ...problemsOf(OF_REPORTS),
          },
        },
      },
      '/v1/openapi.json': {
        get: {
          operationId: 'openApi',
          summary: 'This document',
          security: [],
          responses: {
            200: { description: 'It', content: { 'application/json': { schema: { type: 'object' } } } },
            ...problemsOf(['bad-request']),
          },
        },
      },
    },
    components: {
      schemas: { Report: SubmittedReport, Answer: GatewayAnswer, Problem: GatewayProblem },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key, `hw_…`.' },
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'An API key, `hw_…`.' },
      },
    },
    security: [{ bearer: [] }, { apiKey: [] }],
  }
}

/** By status: several codes may share one. */
function problemsOf(codes: readonly GatewayProblemCode[]): Json {
  const byStatus = Map.groupBy(codes, (code) => GATEWAY_PROBLEMS[code].status)
  return Object.fromEntries(
    [...byStatus].map(([status, these]) => [
      status,
      {
        description: these.map((code) => `${code}: ${GATEWAY_PROBLEMS[code].title}`).join('; '),
        ...(status === 429 || status === 503
          ? {
              headers: {
                'Retry-After': {
                  description: 'When to try again, in seconds.',
                  schema: { type: 'integer', minimum: 0 },
                },
              },
            }
          : {}),
        content: { 'application/problem+json': { schema: ref('Problem') } },
      },
    ]),
  )
}
