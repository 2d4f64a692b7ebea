// Receives traces by OTLP/HTTP and prints each export as a line of JSON; the first line has the address.
//
//   node receiver.mjs
import process from 'node:process'
import server from '@elastic/mockotlpserver'

const print = (value) => process.stdout.write(`${JSON.stringify(value)}\n`)
const receiver = new server.MockOtlpServer({
  logLevel: 'warn',
  services: ['http'],
  httpHostname: '127.0.0.1',
  httpPort: 0,
  onTrace: print
})
await receiver.start()
print({ url: receiver.httpUrl.href ?? String(receiver.httpUrl) })
