// Until when something is held back.
import { utcDay } from '../../wording/times.ts'

export const Until = ({ until }: { until: string | undefined }) =>
  until === undefined ? (
    <>for good</>
  ) : (
    <>
      <span class="narrow-only">until </span>
      {utcDay(until)}
    </>
  )
