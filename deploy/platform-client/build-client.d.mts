/** Builds the package into this folder, or into .cache/client-package. Returns it. */
export function buildClient(out?: string): Promise<string>
