/** What a message costs in random traffic among more and more live processes: `at10`, `at100`, … and how many times the first the last is. */
import type { Half, Halves } from '../../job.ts'
import { traffic } from '../traffic/traffic.ts'

const asCallback: Half<'least' | 'most' | 'messages'> = async ({ least, most, messages }) => {
  const figures: Record<string, number> = {}
  for (let live = least; live <= most; live *= 10) {
    const { value } = await traffic.callback!({ live, messages, stalls: 0 })
    figures[`at${live}`] = value!
  }
  return { ...figures, times: figures[`at${most}`]! / figures[`at${least}`]! }
}

export const growth: Halves = { callback: asCallback }
