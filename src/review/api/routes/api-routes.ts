// All routes of the API.
import type { Route } from '../route.ts'
import { caseRoutes } from './case-routes.ts'
import { entryRoutes } from './entry-routes.ts'
import { hitRoutes } from './hit-routes.ts'
import { personRoutes } from './person-routes.ts'
import { queueRoutes } from './queue-routes.ts'
import type { RouteParts } from './route-parts.ts'

export const apiRoutes = (parts: RouteParts): readonly Route[] => [
  ...personRoutes(parts),
  ...queueRoutes(parts),
  ...caseRoutes(parts),
  ...hitRoutes(parts),
  ...entryRoutes(parts),
]
