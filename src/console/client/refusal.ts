// What the server refused, or that it could not be reached: a value, so that every caller has to look at it.
import type { Problem } from '../../contract/review.ts'

export class Refusal {
  readonly code: string
  readonly title: string
  readonly detail: string | undefined
  readonly status: number

  constructor({ code, title, detail, status }: Pick<Problem, 'code' | 'title' | 'detail' | 'status'>) {
    this.code = code
    this.title = title
    this.detail = detail
    this.status = status
  }

  get text(): string {
    return this.detail === undefined ? `${this.title}.` : `${this.title}: ${this.detail}`
  }
}

export const OFFLINE = new Refusal({
  code: 'offline',
  title: 'The server cannot be reached',
  status: 0,
})
