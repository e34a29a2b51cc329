/**
 * All topics. Each has an Erlang module of its name beside it.
 */
import type { Topic } from '../scenario.ts'
import { exits } from './exits.ts'
import { links } from './links.ts'
import { monitors } from './monitors.ts'

export const topics: Readonly<Record<string, Topic>> = { exits, links, monitors }
