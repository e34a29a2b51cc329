/** Calls to a state machine, each of which changes its state: with monitor, alias and a timeout of five seconds each. */
import {
  begin,
  call,
  defineStatem,
  nextState,
  protocol,
  replyTo,
  startStatem,
  stopServer,
  type Begin,
  type Protocol,
  type Statem,
} from '@agner/behaviours'
import { onNode } from '../../agner/on-node.ts'
import { nsEach, type Half, type Halves } from '../../job.ts'

interface ButtonApi {
  calls: { push(asked: { n: number }): { pushed: number } }
}
type State = 'off' | 'on'
const button: Protocol<ButtonApi> = protocol('@bench/button')
const Button: Statem<ButtonApi, undefined, State, number> = defineStatem(button, {
  init: (_: undefined): Begin<State, number> => begin('off', 0),
  states: {
    off: { calls: { push: (pushes, { n }, { from }) => nextState('on', pushes + 1, replyTo(from, { pushed: n })) } },
    on: { calls: { push: (pushes, { n }, { from }) => nextState('off', pushes + 1, replyTo(from, { pushed: n })) } },
  },
})

const asAsync: Half<'calls'> = ({ calls: count }) =>
  onNode(async (self) => {
    const machine = await startStatem(self.node, Button)
    await call(self, machine, 'push', { n: 0 })
    const startMs = performance.now()
    for (let n = 1; n <= count; n++) await call(self, machine, 'push', { n })
    const figures = nsEach(startMs, count)
    await stopServer(self, machine)
    return figures
  })

export const machines: Halves = { async: asAsync }
