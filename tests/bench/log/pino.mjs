// pino under the benchmark's command line: event|request SINK 1 COUNT; one write for each line.
import pino from 'pino'

const [workload, sink, threads, count] = process.argv.slice(2)
if (threads !== '1') process.exit(3)
const iterations = Number(count)
const root = pino({
  base: null,
  messageKey: 'message',
  timestamp: pino.stdTimeFunctions.isoTime,
  formatters: { level: level => ({ level }) }
}, pino.destination({ dest: sink, sync: true, append: true }))
const makeChild = () => root.child({
  service: 'checkout-api',
  environment: 'production',
  requestId: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736'
})
const facts = { method: 'POST', path: '/orders', status: 201, durationMs: 12.345, bytesOut: 512, userId: 'usr_42' }
const completed = child => child.info({
  event: 'request_completed',
  method: facts.method,
  path: facts.path,
  status: facts.status,
  durationMs: facts.durationMs,
  bytesOut: facts.bytesOut,
  userId: facts.userId
}, 'Request completed')
const bound = makeChild()
const once = workload === 'event'
  ? () => completed(bound)
  : () => {
      const child = makeChild()
      child.info({ event: 'request_started', method: facts.method, path: facts.path }, 'Request started')
      child.info({ event: 'order_created', orderId: 'ord_1001', items: 3, total: 99.95 }, 'Order created')
      completed(child)
    }
for (let i = 0; i < iterations / 10; i++) once()
const startCpu = process.cpuUsage()
const start = process.hrtime.bigint()
for (let i = 0; i < iterations; i++) once()
const wall = Number(process.hrtime.bigint() - start) / iterations
const used = process.cpuUsage(startCpu)
console.log(JSON.stringify({
  logger: 'pino',
  wall_ns: wall,
  caller_ns: wall,
  cpu_ns: (used.user + used.system) * 1000 / iterations
}))
