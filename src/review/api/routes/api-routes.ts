// All routes of the API.
import { Type } from 'typebox'
import { openApiOf } from '../open-api.ts'
import { route, type Route } from '../route.ts'
import { auditRoutes } from './audit-routes.ts'
import { caseRoutes } from './case-routes.ts'
import { entryRoutes } from './entry-routes.ts'
import { eventRoutes } from './event-routes.ts'
import { exportRoutes } from './export-routes.ts'
import { hitRoutes } from './hit-routes.ts'
import { listRoutes } from './list-routes.ts'
import { operationsRoutes } from './operations-routes.ts'
import { personRoutes } from './person-routes.ts'
import { queueRoutes } from './queue-routes.ts'
import type { RouteParts } from './route-parts.ts'

/** Of the API. It changes when clients have to. */
const VERSION = '1.0.0'

export function apiRoutes(parts: RouteParts): readonly Route[] {
  const routes = [
    ...personRoutes(parts),
    ...queueRoutes(parts),
    ...caseRoutes(parts),
    ...hitRoutes(parts),
    ...entryRoutes(parts),
    ...auditRoutes(parts),
    ...exportRoutes(parts),
    ...operationsRoutes(parts),
    ...listRoutes(parts),
    ...eventRoutes(parts),
  ]
  const document: Route = route({
    method: 'GET',
    path: '/api/openapi.json',
    name: 'openApi',
    summary: 'This document',
    access: 'public',
    answer: Type.Object({}),
    handle: () => openApiOf([...routes, document], VERSION),
  })
  return [...routes, document]
}
