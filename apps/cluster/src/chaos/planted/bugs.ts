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
  /** It shows only when nodes are cut off. */
  readonly needsCuts?: true
  /** A plan that brings it out, and how long that takes. */
  readonly seed: number
  readonly seconds: number
}

const log = 'apps/database/src/log'

/** Right, and so much later on disk than the log. */
function slowCopies(ms: number): Edit {
  return {
    file: `${log}/keeping.ts`,
    find: 'openTable: () => openSqliteTable(tableFileIn(dataFolder, node.name)),',
    replace: `openTable: async () => {
      const table = await openSqliteTable(tableFileIn(dataFolder, node.name))
      const apply = table.apply.bind(table)
      table.apply = async (rows, index) => {
        await new Promise((resolve) => setTimeout(resolve, ${ms}))
        return apply(rows, index)
      }
      return table
    },`,
  }
}

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
      // Otherwise they would have what the log has lost, and refuse to go on.
      slowCopies(1000),
    ],
    seed: 3,
    seconds: 12,
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
      slowCopies(200),
    ],
    seed: 187,
    seconds: 6,
  },
  forgetTheFence: {
    what: 'who led once takes its claim for held ever after, and answers without asking whether it still leads',
    services: ['database'],
    edits: [
      {
        file: 'packages/release/src/arbiter/leader-arbiter.ts',
        find: 'this.#isOver ||= ',
        replace: 'void 0 && ',
      },
      {
        file: 'packages/release/src/calling/gate.ts',
        find: '(instance.token ?? 0) < atLeast',
        replace: 'false',
      },
      {
        file: `${log}/server.ts`,
        find: `await ask(await client.read(self, 'lastId', { timeoutMs: readTimeoutMs }))`,
        replace: 'await ask(lastId)',
      },
      {
        file: `${log}/server.ts`,
        find: '{ client }: DatabaseState,',
        replace: '{ client, lastId }: DatabaseState,',
      },
    ],
    needsCuts: true,
    seed: 151124,
    seconds: 20,
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
