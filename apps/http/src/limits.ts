/**
 * What the API takes: one place for the server, which refuses beyond it, and for the page, which says so at the field. No import may come in here.
 */
export const roomPattern = '^[A-Za-z0-9_-]{1,40}$'
export const longestUser = 40
export const longestText = 4000
export const longestKey = 200
/** Of a message. A larger number is not exact any more: it would be another one by the time it is looked up. */
export const largestId = Number.MAX_SAFE_INTEGER
