/** What a process costs, from /proc. */
import { readFileSync } from 'node:fs'

/** User and system CPU milliseconds of a process, all its threads (utime and stime of /proc/PID/stat, 100 ticks a second). */
export function cpuMs(pid: number): number {
  const fields =
    readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
      .split(') ')[1]
      ?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Resident megabytes. */
export function rssMb(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) / 1024)
}
