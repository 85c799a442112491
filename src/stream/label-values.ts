// The closed sets that label metrics: every value has its series from the start.
import { GATEWAY_PROBLEM_CODES } from '../contract/gateway.ts'
import { GRADES } from '../contract/hit.ts'
import { REJECTION_CODES } from '../contract/rejection.ts'
import { HASH_TYPE_NAMES } from '../hash/hash-type.ts'
import { SNAPSHOT_REFUSAL_CODES } from '../known/snapshot/snapshot-refusal.ts'
import type { LabelValues } from '../telemetry/metric-place.ts'

export const LABEL_VALUES: LabelValues = {
  grades: GRADES,
  hashTypes: HASH_TYPE_NAMES,
  rejections: REJECTION_CODES,
  snapshotRefusals: SNAPSHOT_REFUSAL_CODES,
  gatewayProblems: GATEWAY_PROBLEM_CODES,
}
