// Settings that would let reports, keys or tokens be read or altered on the way.

export class GatewaySettingsError extends Error {
  readonly code = 'GATEWAY_SETTINGS'
  override readonly name = 'GatewaySettingsError'
}
