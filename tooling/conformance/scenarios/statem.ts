/**
 * State machines (gen_statem). Each story is told in both callback modes.
 */
import type { Topic } from '../scenario.ts'
import { events } from './statem/events.ts'
import { life } from './statem/life.ts'
import { order } from './statem/order.ts'
import { timing } from './statem/timing.ts'

export const statem: Topic = { ...events, ...order, ...timing, ...life }
