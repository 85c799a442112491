import { Rejection } from '../../src/contract/rejection.ts'

/** What a codec said of a message: the rejection in words, or that it was accepted. */
export const refusal = (outcome: unknown): string =>
  outcome instanceof Rejection ? outcome.toString() : 'accepted'
