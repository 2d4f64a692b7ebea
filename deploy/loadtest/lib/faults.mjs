// Wrong usage: exit status 2.
export class UsageFault extends Error {}

// What went wrong at run time, in words for the person who runs it: exit status 1.
export class RunFault extends Error {}

// Runs a program's `main` and turns faults into a line on stderr and an exit status.
export async function runMain(name, main) {
  try {
    process.exitCode = await main()
  } catch (fault) {
    if (!(fault instanceof UsageFault || fault instanceof RunFault)) throw fault
    console.error(`${name}: ${fault.message}`)
    process.exitCode = fault instanceof UsageFault ? 2 : 1
  }
}
