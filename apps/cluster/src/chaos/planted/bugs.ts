/**
 * Bugs that a chaos run plants into the nodes, to show that its checker would find them.
 *
 * The services know nothing of it: what they are made of is changed as it is loaded, in OS processes of the run alone (see `main.ts`). A bug whose place
 * cannot be found any more is refused, so that none of them turns into nothing unseen.
 */
import type { ServiceName } from '../../topology.ts'

export interface Edit {
  /** From the top of the repository. */
  readonly file: string
  /** Stands there exactly once. */
  readonly find: string
  readonly replace: string
}

export interface Bug {
  readonly what: string
  /** Whose nodes have it. */
  readonly services: readonly ServiceName[]
  readonly edits: readonly Edit[]
  /** A plan that brings it out, and how long that takes. */
  readonly seed: number
  readonly seconds: number
}

const log = 'apps/database/src/log'

export const bugs: Readonly<Record<string, Bug>> = {
  acknowledgeBeforeSync: {
    what: 'the log says that an entry is on disk half a second before it is',
    services: ['database', 'log'],
    edits: [
      {
        file: `${log}/application.ts`,
        find: 'return () => segmentStorage(',
        replace: `return () => {
          const storage = segmentStorage({ folder: join(dataFolder, 'messages', \`\${shortName(node)}.log\`) })
          return { load: () => storage.load(), save: (snapshot) => storage.save(snapshot), close: () => storage.close(),
            write: async (write) => void setTimeout(() => void storage.write(write).catch(() => {}), 500) }
        }
        return () => segmentStorage(`,
      },
    ],
    seed: 1,
    seconds: 30,
  },
  leadWithoutCatchingUp: {
    what: 'who leads answers from its copy, however far that is behind',
    services: ['database'],
    edits: [
      {
        file: `${log}/server.ts`,
        find: `await ask(await client.read(self, 'lastId', { timeoutMs: readTimeoutMs }))`,
        replace: 'await ask(0)',
      },
    ],
    seed: 1,
    seconds: 10,
  },
}

/** @throws Error when the place of an edit is not there, or not the only one. */
export function edited(source: string, edits: readonly Edit[]): string {
  return edits.reduce((text, { file, find, replace }) => {
    const parts = text.split(find)
    if (parts.length !== 2)
      throw new Error(
        `"${find}" stands ${parts.length - 1} times in ${file}: the bug that is planted there has to follow the code (apps/cluster/src/chaos/planted/bugs.ts)`,
      )
    return parts.join(replace)
  }, source)
}
