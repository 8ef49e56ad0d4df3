// Tests Next.js in standalone mode: it traces the files that its server needs; they are moved and the server started.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { unpack } from '../packed.mjs';
import { root, run, tool } from '../tools.mjs';

const ROUTE = `
import { implementation, JSONStreamBackend, Logger } from 'dllogger';
export const dynamic = 'force-dynamic';
export function GET() {
  const logger = new Logger([new JSONStreamBackend(1, process.env.LOG)]);
  logger.log([0], { loss: 0.5 });
  logger.close();
  return new Response(implementation);
}
`;

const FILES = {
  'app/layout.js': 'export default ({ children }) => <html><body>{children}</body></html>;\n',
  'app/page.js': 'export default () => <p>nothing</p>;\n',
  'app/log/route.js': ROUTE,
};

/** A free port. Port 0 would not do: Next.js then uses its default. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** The answer of a server, once it listens. The server reports that it is ready before it listens. */
async function answerOf(server, url) {
  while (server.exitCode === null) {
    try {
      return await (await fetch(url)).text();
    } catch (error) {
      if (error.cause?.code !== 'ECONNREFUSED') throw error;
      await setTimeout(50);
    }
  }
  throw new Error(`the server ended with ${server.exitCode}`);
}

export const tests = [
  {
    name: 'traced by Next.js, standalone',
    async run(tarball) {
      const next = tool('next', '16.4.6', []);
      const home = join(dirname(next), '..');
      // Inside the folder that has Next.js and React.
      const project = join(home, 'project');
      unpack(tarball, project);
      const config = {
        output: 'standalone',
        outputFileTracingRoot: home,
        turbopack: { root: home },
        serverExternalPackages: ['dllogger'],
      };
      const files = { ...FILES, 'next.config.mjs': `export default ${JSON.stringify(config)};\n` };
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(dirname(join(project, file)), { recursive: true });
        writeFileSync(join(project, file), text);
      }
      const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' };
      run(process.execPath, [join(next, 'dist', 'bin', 'next'), 'build'], { cwd: project, env });
      const moved = join(root, 'out', 'bundle-moved', 'next');
      rmSync(moved, { recursive: true, force: true });
      mkdirSync(dirname(moved), { recursive: true });
      renameSync(join(project, '.next', 'standalone'), moved);
      rmSync(project, { recursive: true });
      const log = join(moved, 'log.json');
      const port = await freePort();
      const server = spawn(process.execPath, [join(moved, 'project', 'server.js')], {
        cwd: moved,
        env: { ...env, LOG: log, PORT: `${port}`, HOSTNAME: '127.0.0.1' },
        stdio: ['ignore', 'ignore', 'inherit'],
      });
      try {
        const said = await answerOf(server, `http://127.0.0.1:${port}/log`);
        if (said !== 'native') throw new Error(said.slice(0, 2000));
        if (!readFileSync(log, 'utf8').endsWith('{"loss": 0.5}}\n')) throw new Error(log);
      } finally {
        const closed = server.exitCode === null ? once(server, 'close') : undefined;
        server.kill();
        await closed;
      }
    },
  },
];
