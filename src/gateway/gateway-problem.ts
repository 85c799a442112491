// A request that is refused: a code of the contract's closed list, and where in the body it is wrong.
import { GATEWAY_PROBLEMS, type GatewayError, type GatewayProblemCode } from '../contract/gateway.ts'

interface Refusal {
  readonly detail?: string
  readonly errors?: readonly GatewayError[]
  /** When to try again, in seconds. */
  readonly retrySeconds?: number
}

/** Neither the detail nor an error holds a value of the request. */
export class GatewayRefusal extends Error {
  override readonly name = 'GatewayRefusal'
  readonly code: GatewayProblemCode
  readonly refusal: Refusal

  constructor(code: GatewayProblemCode, refusal: Refusal = {}) {
    super(GATEWAY_PROBLEMS[code].title)
    this.code = code
    this.refusal = refusal
  }
}
