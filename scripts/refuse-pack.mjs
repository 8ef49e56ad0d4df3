// Plain `npm pack` and `npm publish` would take the development tree: modules that are not joined, and
// whatever binaries there are.
console.error(
  'npm pack does not make this package: `npm run release 1.2.3` makes what is published, and ' +
    '`node scripts/packed.mjs` packs what is built, into out/pack/',
);
process.exit(1);
