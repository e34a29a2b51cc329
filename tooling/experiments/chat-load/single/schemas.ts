/** What the single-process chat takes: as the cluster's. */
export const roomPattern = '^[A-Za-z0-9_-]{1,40}$'
export const longestText = 4000

export const params = {
  type: 'object',
  properties: { room: { type: 'string', pattern: roomPattern } },
  required: ['room'],
} as const

export const body = {
  type: 'object',
  required: ['user', 'text'],
  properties: {
    user: { type: 'string', minLength: 1, maxLength: 40, pattern: '\\S' },
    text: { type: 'string', minLength: 1, maxLength: longestText, pattern: '\\S' },
  },
} as const

export const query = {
  type: 'object',
  properties: {
    after: { type: 'integer', minimum: 0, default: 0 },
    limit: { type: 'integer', minimum: 1, maximum: 1000, default: 200 },
  },
} as const

export const headers = {
  type: 'object',
  properties: { 'idempotency-key': { type: 'string', minLength: 1, maxLength: 200 } },
} as const
