// Checks, by GNU readelf, which symbols a Linux binary needs from the system that loads it. Node binds functions
// when they are first called, so a missing function would end the process at the call, not when the binary is
// loaded. `node scripts/symbols.mjs glibc FILE` checks one binary.
import { fileURLToPath } from 'node:url';
import { run } from './tools.mjs';

/** The oldest glibc that a binary may need: 2.17. */
const GLIBC_MINOR = 17;
/** Weak names from the toolchain's start files, which a system may lack. */
const OPTIONAL = /^(__gmon_start__|_ITM_(de)?registerTMCloneTable)$/;
/** Names that Node, which loads the binary, provides. */
const NODE_API = /^(napi|node_api)_/;
/** The libraries of the C library. C++'s library is linked into the binary. */
const LIBRARIES = {
  glibc: /^(lib(c|m|dl|rt|pthread)\.so\.\d|ld-linux[\w-]*\.so\.\d)$/,
  musl: /^libc\.so$/,
};

/** The undefined names of a binary, with their versions and kinds. */
function undefinedSymbols(file) {
  const lines = run('readelf', ['--dyn-syms', '--wide', file]).split('\n');
  return lines.flatMap((line) => {
    const [, , , , binding, , section, symbol] = line.trim().split(/\s+/);
    if (section !== 'UND' || symbol === undefined) return [];
    const [name, version] = symbol.split(/@+/);
    return [{ name, version, isWeak: binding === 'WEAK' }];
  });
}

function librariesOf(file) {
  const dynamic = run('readelf', ['--dynamic', '--wide', file]);
  return [...dynamic.matchAll(/\(NEEDED\).*\[(.+)\]/g)].map(([, name]) => name);
}

function isKnown({ name, version, isWeak }, libc) {
  if (version === undefined) {
    // musl has no versions, and resolves every name when it loads a binary.
    return libc === 'musl' || NODE_API.test(name) || (isWeak && OPTIONAL.test(name));
  }
  const minor = /^GLIBC_2\.(\d+)(\.\d+)?$/.exec(version)?.[1];
  return libc === 'glibc' && minor !== undefined && Number(minor) <= GLIBC_MINOR;
}

/** Throws an error that lists the names which the binary needs and systems with this C library may lack. */
export function checkSymbols(file, libc) {
  const unknown = undefinedSymbols(file).filter((symbol) => !isKnown(symbol, libc));
  const libraries = librariesOf(file).filter((name) => !LIBRARIES[libc].test(name));
  const all = [
    ...unknown.map(({ name, version }) => `${name} (${version ?? 'of no known version'})`),
    ...libraries,
  ];
  if (all.length > 0) throw new Error(`${file} needs what ${libc} may lack: ${all.join(', ')}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [libc, ...files] = process.argv.slice(2);
  if (!Object.hasOwn(LIBRARIES, libc ?? '') || files.length === 0) {
    console.error(`usage: node scripts/symbols.mjs ${Object.keys(LIBRARIES).join('|')} FILE...`);
    process.exit(2);
  }
  try {
    for (const file of files) checkSymbols(file, libc);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
