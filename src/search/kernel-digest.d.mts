export const KERNEL_FLAGS: readonly string[]
export const KERNEL_VARIANTS: { readonly relaxed: readonly string[]; readonly plain: readonly string[] }
export function kernelFile(variant: 'relaxed' | 'plain'): string
