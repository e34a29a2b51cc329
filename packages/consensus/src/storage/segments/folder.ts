/**
 * What the storage needs of a disk: one folder, as a seam. `node-folder.ts` is the real one; tests plant torn writes, lost syncs and full disks.
 *
 * Nothing is on disk until it is synced: what a file holds by the sync of the file, which names there are by that of the folder. Until then a crash may leave
 * any part of what was written, in any order. Whatever rejects has failed for good: it is not tried again.
 */
export interface Folder {
  /** Makes the folder, and those above it, if it is not there, so that its name is on disk; and takes it for this user of it alone, until `close` or the end of the process. False: somebody else has it. */
  lock(): Promise<boolean>
  /** The names of its files. */
  list(): Promise<readonly string[]>
  read(name: string): Promise<Uint8Array>
  /** An empty file, in place of what had this name. */
  create(name: string): Promise<StoredFile>
  open(name: string): Promise<StoredFile>
  /** At once or not at all, in place of what had the name. */
  rename(from: string, to: string): Promise<void>
  remove(name: string): Promise<void>
  sync(): Promise<void>
  /** Ends the lock. */
  close(): Promise<void>
}

export interface StoredFile {
  /** All of `bytes`, from `position` on. Nobody changes them until it resolves. */
  write(bytes: Uint8Array, position: number): Promise<void>
  truncate(length: number): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}
