// On which legal basis reports may come in. A provider may compare what its users upload; an agency may not be handed the
// records of a provider's users in bulk, so there each report has to say on what basis it comes.
import type { Report } from '../contract/report.ts'
import type { GatewaySettings } from '../settings/gateway-settings.ts'

export type Profile = GatewaySettings['profile']

/** Why a report may not come in, and where it says so; undefined if it may. */
export function basisProblem(
  profile: Profile,
  { basis }: Pick<Report, 'basis'>,
): { readonly detail: string; readonly at: string } | undefined {
  if (profile === 'provider') return undefined
  if (basis === undefined)
    return { at: '/basis', detail: 'The report names no basis, and this deployment is an authority’s.' }
  if (basis.kind === 'own-terms')
    return {
      at: '/basis/kind',
      detail: 'The basis own-terms is not enough for a report to an authority.',
    }
  return undefined
}
