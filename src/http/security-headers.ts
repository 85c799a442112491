// What the answers of an API tell a browser that shows one: run nothing, load nothing, show it in no frame.
import type { FastifyHelmetOptions } from '@fastify/helmet'

export const API_HELMET: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
  },
  referrerPolicy: { policy: 'no-referrer' },
}
