// Which names a platform may have that reports: that of canaries is for the matcher's own reports alone.
import { Compile } from 'typebox/compile'
import { CANARY_PLATFORM } from './canary.ts'
import { PlatformName } from './primitives.ts'

const platformName = Compile(PlatformName)

/** Why no platform that reports may have this name; undefined if one may. */
export function platformProblem(name: string): string | undefined {
  if (!platformName.Check(name)) return 'a platform is at most 64 of a-z, 0-9, ., _ and -'
  return name === CANARY_PLATFORM
    ? `${CANARY_PLATFORM} is the platform of canary reports: no other may use it`
    : undefined
}
