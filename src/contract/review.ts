// What the review service and its clients say to each other: the bodies of requests and answers of its HTTP API. OpenAPI is
// made from these schemas; the console and other clients take their types from here.
export * from './review-api/case.ts'
export * from './review-api/queue.ts'
export * from './review-api/decision.ts'
export * from './review-api/search.ts'
export * from './review-api/audit.ts'
export * from './review-api/sign-in.ts'
export * from './review-api/event.ts'
export * from './review-api/operations.ts'
export * from './review-api/lists.ts'
export * from './review-api/problem.ts'
export { CaseId, CASE_KINDS, CASE_STAGES, CASE_STATES, OPENED_BECAUSE } from './review-api/parts.ts'
