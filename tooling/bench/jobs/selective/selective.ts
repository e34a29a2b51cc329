/** A receive that finds its message behind all those that wait and do not match. */
import { onNode } from '../../agner/on-node.ts'
import { nsEach, type Half, type Halves } from '../../job.ts'

interface Other {
  readonly type: 'other'
  readonly n: number
}
interface Wanted {
  readonly type: 'wanted'
  readonly n: number
}

const asAsync: Half<'unread' | 'receives'> = ({ unread, receives }) =>
  onNode<Other | Wanted>(async (self) => {
    const { pid } = self
    for (let n = 0; n < unread; n++) self.send(pid, { type: 'other', n })
    const receiveWanted = (wanted: number) => {
      self.send(pid, { type: 'wanted', n: wanted })
      return self.receive((message): message is Wanted => message.type === 'wanted' && message.n === wanted)
    }
    await receiveWanted(0)
    const startMs = performance.now()
    for (let n = 1; n <= receives; n++) await receiveWanted(n)
    return nsEach(startMs, receives)
  })

export const selective: Halves = { async: asAsync }
