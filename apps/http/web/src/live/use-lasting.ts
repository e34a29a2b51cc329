/** True once `isSo` has been true for `ms` without a break. */
import { useEffect, useState } from 'preact/hooks'

export function useLasting(isSo: boolean, ms: number): boolean {
  const [isLasting, setLasting] = useState(false)
  useEffect(() => {
    if (!isSo) return setLasting(false)
    const timer = setTimeout(() => setLasting(true), ms)
    return () => clearTimeout(timer)
  }, [isSo, ms])
  return isSo && isLasting
}
