/**
 * The birth of a port: a process of the kernel's own, linked to its owner and among what he owns, before its source says anything.
 */
import { kernelOf } from '../node.ts'
import type { AnyPid, NodeIdentity } from '../identity/pid.ts'
import { close } from '../kernel/closing.ts'
import type { Kernel } from '../kernel/kernel.ts'
import type { ProcessRecord } from '../kernel/process-record.ts'
import type { AnyProcess } from '../process/process.ts'
import type { Driver } from './driver.ts'
import { OpenPort } from './open-port.ts'
import { list } from './open-ports.ts'
import { ownedBy } from './owned-ports.ts'
import { processOf } from './pending.ts'
import type { AnyPort } from './port.ts'
import type { Settings } from './settings.ts'

/**
 * A dead process gets a closed port, and its source is closed, as whatever else it owns.
 *
 * @throws `node.too_many_processes`, `node.stopped`; the source is closed then.
 */
export function launch(self: AnyProcess, driver: Driver, settings: Settings): AnyPort {
  const owner = processOf(self.pid)
  if (owner !== null) return launchFor(owner, driver, settings)
  const kernel = kernelOf(self.node)
  closeUnused(kernel, self.pid, driver)
  return settings.makePort(kernel.identity, -1)
}

/** @throws as {@link launch} */
export function launchFor(owner: ProcessRecord, driver: Driver, settings: Settings): AnyPort {
  const { kernel } = owner
  const record = spawnFor(owner, driver, settings)
  const port = record.pid as AnyPort
  const opened = new OpenPort(port, record, owner, driver, settings)
  port.open = opened
  record.belong().owned = [opened]
  ownedBy(owner).add(opened)
  list(kernel, port)
  kernel.links.link(owner, port)
  try {
    driver.start(opened)
  } catch (error) {
    opened.fail(error)
  }
  opened.intake.activate(settings.active)
  return port
}

function spawnFor(owner: ProcessRecord, driver: Driver, { makePort }: Settings): ProcessRecord {
  const toPid = (identity: NodeIdentity, id: number): AnyPort => makePort(identity, id)
  const { kernel, pid: parent } = owner
  try {
    return kernel.spawn(portBody, { parent, visible: false, mailboxLimit: Infinity, toPid })
  } catch (error) {
    closeUnused(kernel, parent, driver)
    throw error
  }
}

/** Nobody owns it: it is closed at once, and what fails is reported. */
function closeUnused(kernel: Kernel, pid: AnyPid, driver: Driver): void {
  void close(kernel, { pid, name: null }, { close: () => driver.close() }, 'noproc')
}

/** As a process a port takes the signals that any process takes, and no message. */
const portBody = { init: () => null, message: () => null }
