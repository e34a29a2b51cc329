/**
 * Figures about the chat, computed from the messages in the database.
 */
import { protocol, type Protocol } from '@agner/behaviours'

export interface Figures {
  readonly totalMessages: number
  /** Messages in each of the last 30 minutes, oldest first. */
  readonly messagesPerMinute: readonly number[]
  /** Users who wrote in the last 5 minutes. */
  readonly activeUsers: number
  readonly busiestRooms: readonly { readonly room: string; readonly messages: number }[]
  /** When this service began to count, as ISO 8601. */
  readonly since: string
  /** The id of the newest message that is counted. */
  readonly upTo: number
}

export interface AnalyticsApi {
  calls: { figures(): Figures }
  /** The server's own: time to read what is new. */
  info: { readonly type: 'pull' }
}

export const analytics: Protocol<AnalyticsApi> = protocol('@agner-chat/analytics')
