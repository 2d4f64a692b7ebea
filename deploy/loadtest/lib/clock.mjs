// Milliseconds of the steady clock, the same in every thread of the process. performance.now() is not: each thread has an
// origin of its own.
export function now() {
  return Number(process.hrtime.bigint()) / 1e6
}
