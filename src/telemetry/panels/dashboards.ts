// All dashboards, in the order in which an operator looks at them.
import { BROKERS } from './brokers.ts'
import { GATEWAY } from './gateway.ts'
import { KNOWN_SET } from './known-set.ts'
import type { Dashboard } from './panel.ts'
import { REVIEW } from './review.ts'
import { THROUGHPUT } from './throughput.ts'

export const DASHBOARDS: readonly Dashboard[] = [THROUGHPUT, KNOWN_SET, REVIEW, GATEWAY, BROKERS]
