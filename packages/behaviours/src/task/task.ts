/**
 * Tasks: processes that do one thing and give one result (Task of Elixir).
 *
 *     owner ── spawn, linked ──► task            const page = startTask(self, async (task) => fetchPage(url))
 *       │      goes on           │ run           …
 *     owner ◄───── result ───────┘               const text = await awaitTask(self, page)
 *
 * A task and its owner are linked: when one of them crashes, so does the other, unless it traps exits. One under a task
 * supervisor is not, unless it is wanted. The result is copied, and comes once, to the owner alone; the owner's end
 * gives it up. A task is an answer given later: if its owner waits for it in a handler, and it calls the owner, that is
 * a circle of calls, and reported.
 */
import {
  reply,
  Request,
  type AnyPid,
  type AnyProcess,
  type AsyncBody,
  type Down,
  type Process,
  type Sendable,
} from '@agner/core'
import { inquire } from '@agner/core/kernel'
import { RequestId } from '../protocol/requests/request-id.ts'

/** What a task does. It is a process: it may call, sleep, own things. Its result must be sendable. */
export type TaskRun<R> = (self: Process<never>) => R | Promise<R>

/** Reads as a sentence where a result cannot be sent. */
export type CheckedResult<R> = [R] extends [Sendable<R>]
  ? unknown
  : 'the result of a task is sent to its owner: let it be plain data'

/** A task that was started, for the process that did it. */
export interface Task<out R> {
  readonly pid: AnyPid
  /** That its result comes to, as of any request: `checkResponse(message, task.result)` knows the message. */
  readonly result: RequestId<R>
}

/**
 * Starts a task linked to this process, and goes on at once (Task.async/1). Have its result by `awaitTask`, `yieldTask`
 * or, in a server, by an `info` handler for `response`.
 *
 * @throws `spawn.bad_body`, `node.too_many_processes`
 */
export function startTask<R>(self: AnyProcess, run: TaskRun<R> & CheckedResult<R>): Task<R> {
  return owned(self, self.spawnLink(taskBody(run, null)))
}

/** @internal Asks a task for its result: the owner's side. */
export function owned<R>(self: AnyProcess, pid: AnyPid): Task<R> {
  return { pid, result: new RequestId<R>(inquire(self, pid, { task: 'result' })) }
}

/** Who waits for a task that was started by another process, and whether it is linked to it. */
export interface Owner {
  readonly pid: AnyPid
  readonly link: boolean
}

/**
 * The body of a task. It begins when it is asked for its result, so that there is always somebody to ask.
 *
 * @param owner one that may have ended before it asks; null for the process that spawns it.
 */
export function taskBody<R>(run: TaskRun<R>, owner: Owner | null): AsyncBody<Down> {
  return async function task(self) {
    if (owner?.link === true) self.link(owner.pid)
    const gone = owner === null ? null : self.monitor(owner.pid)
    const asked = await self.receive(
      (message: unknown) => message instanceof Request || (gone !== null && isDown(message) && message.ref === gone),
    )
    if (!(asked instanceof Request)) return
    if (gone !== null) self.demonitor(gone, { flush: true })
    reply(asked as Request<unknown, R>, await run(self as unknown as Process<never>))
  }
}

function isDown(message: unknown): message is Down {
  return typeof message === 'object' && message !== null && 'ref' in message
}
