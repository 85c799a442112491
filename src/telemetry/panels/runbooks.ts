// Where runbooks are read: the one place that says so.

/**
 * The review service serves them at /runbooks/, here at the address of its default settings, and of the Compose file.
 * deploy/prometheus/README.md says how rules and dashboards get the address of your own.
 */
const RUNBOOKS = 'http://127.0.0.1:9465/runbooks/'

/** The runbook of an alert. */
export const runbookUrl = (alert: string): string => `${RUNBOOKS}${alert}`
