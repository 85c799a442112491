// The mark of the product.
export const BrandMark = ({ size = 24 }: { size?: number }) => (
  <svg class="brand-mark" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
    <rect width="32" height="32" rx="8" />
    <path d="M10 8v16M22 8v16M10 16h12" />
  </svg>
)
