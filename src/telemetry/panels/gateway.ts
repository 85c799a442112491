// The dashboard of the gateway: do the reports of platforms without Kafka come in, and who sends what?
import type { Dashboard } from './panel.ts'

export const GATEWAY: Dashboard = {
  id: 'gateway',
  title: 'hashwarden: gateway',
  purpose: 'Do reports come in by HTTPS, which requests are refused, and does anybody probe?',
  rows: [
    {
      title: 'Do reports come in?',
      panels: [
        {
          id: 'gateway-reports',
          title: 'Reports that were acknowledged',
          unit: 'records a second',
          why: 'accepted: written to Kafka. repeated: there already, so a platform sends again what it has an answer for.',
          queries: [
            {
              expr: 'sum by (kind) (rate(hashwarden_gateway_reports_total[$__rate_interval]))',
              legend: '{{kind}}',
            },
          ],
          runbook: 'HashwardenGatewayRefusing',
        },
        {
          id: 'gateway-requests',
          title: 'Requests to the gateway, by status',
          unit: 'events',
          why: '5xx: Kafka is away, or the gateway is full. 4xx: see by why below.',
          queries: [
            {
              expr: 'sum by (status) (increase(hashwarden_gateway_requests_total[$__rate_interval]))',
              legend: '{{status}}',
            },
          ],
          runbook: 'HashwardenGatewayRefusing',
        },
        {
          id: 'gateway-refusals',
          title: 'Requests that the gateway refused, by why',
          unit: 'events',
          why: 'malformed: a platform’s client is wrong. not-permitted: a key has ended, or somebody tries keys.',
          queries: [
            {
              expr: 'sum by (code) (increase(hashwarden_gateway_refusals_total[$__rate_interval]))',
              legend: '{{code}}',
            },
          ],
          runbook: 'HashwardenGatewayRefusing',
        },
        {
          id: 'gateway-write',
          title: 'Time until Kafka has a request’s reports (median and 99th percentile)',
          unit: 'seconds',
          why: 'If it grows, Kafka is slow; after 15 s requests get 503.',
          queries: [
            {
              expr: 'histogram_quantile(0.5, sum by (le) (rate(hashwarden_gateway_write_seconds_bucket[$__rate_interval])))',
              legend: 'median',
            },
            {
              expr: 'histogram_quantile(0.99, sum by (le) (rate(hashwarden_gateway_write_seconds_bucket[$__rate_interval])))',
              legend: '99 %',
            },
          ],
          runbook: 'HashwardenGatewayRefusing',
          limit: 1,
        },
        {
          id: 'gateway-in-flight',
          title: 'Bytes that the gateway has in work',
          unit: 'bytes',
          why: 'Beyond gateway.limits.inFlightMiB requests get 503, and beyond half of it those of one platform 429.',
          queries: [
            {
              expr: 'max by (job, instance) (hashwarden_gateway_in_flight_bytes)',
              legend: '{{job}}: {{instance}}',
            },
          ],
          runbook: 'HashwardenGatewayRefusing',
        },
      ],
    },
    {
      title: 'Who sends too much, or probes?',
      panels: [
        {
          id: 'gateway-throttled',
          title: 'Requests beyond a platform’s quota',
          unit: 'events',
          why: 'The platform keeps these reports and sends them later. If it goes on, the quota is too small, or something there sends too much.',
          queries: [
            {
              expr: 'sum by (platform) (increase(hashwarden_gateway_throttled_total[$__rate_interval]))',
              legend: '{{platform}}',
            },
          ],
          runbook: 'HashwardenGatewayThrottling',
        },
        {
          id: 'gateway-probing',
          title: 'Alarms for probing',
          unit: 'events',
          why: 'Many altered copies of one picture by one submitter of the platform, perhaps to see which gets through.',
          queries: [
            {
              expr: 'sum by (platform) (increase(hashwarden_gateway_probing_total[$__rate_interval]))',
              legend: '{{platform}}',
            },
          ],
          runbook: 'HashwardenGatewayProbing',
        },
      ],
    },
  ],
}
