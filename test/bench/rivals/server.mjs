// Node's http with one process per core: node server.mjs PORT WORKERS
import cluster from 'node:cluster';
import { createServer } from 'node:http';

const [port, workers] = process.argv.slice(2).map(Number);
if (cluster.isPrimary) {
  for (let i = 0; i < workers; ++i) cluster.fork();
  process.on('SIGTERM', () => {
    for (const worker of Object.values(cluster.workers)) worker.process.kill('SIGKILL');
    process.exit(0);
  });
} else {
  const reply = (response) => {
    response.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 13 });
    response.end('Hello, World!');
  };
  createServer((request, response) => {
    if (request.method !== 'POST') return reply(response);
    const parts = [];
    request.on('data', (part) => parts.push(part)).on('end', () => reply(response));
  }).listen(port, '127.0.0.1');
}
