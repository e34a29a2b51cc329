/** Writes to a log in an OS process of its own, and says on stdout what is on disk: one number a line. `writer FOLDER ENTRIES`; then it waits. */
import { segmentStorage } from '../../src/storage/segments/segment-storage.ts'

const [folder = '', entries = '0'] = process.argv.slice(2)
const storage = segmentStorage({ folder, segmentBytes: 64 * 1024 })
const say = (line: string): void => void process.stdout.write(`${line}\n`)

try {
  const stored = await storage.load()
  const first = (stored?.entries.at(-1)?.index ?? stored?.snapshot?.index ?? 0) + 1
  say(`loaded ${first - 1}`)
  const writing: Promise<void>[] = []
  for (let index = first; index < first + Number(entries); index++) {
    const command = { index, text: 'x'.repeat(index % 700) }
    const written = storage.write({ entries: [{ index, term: 1, type: 'command', command, request: null }] })
    writing.push(written.then(() => say(`written ${index}`)))
    if (index % 8 === 0) await written
    if (index % 500 === 0) {
      const snapshot = { index: index - 20, term: 1, configuration: [], state: index - 20 }
      writing.push(storage.save(snapshot).then(() => say(`saved ${index - 20}`)))
    }
  }
  await Promise.all(writing)
  say('all')
} catch (error) {
  say(`failed ${(error as { readonly code?: string }).code ?? String(error)}`)
}
process.stdin.resume()
