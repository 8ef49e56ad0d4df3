// The address of the repository, which `repository` in package.json alone says, and the links that need it: npm shows
// README.md without the files beside it.

const LINK = /\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g;
const CODE = /(^```[\s\S]*?^```)/m;
const PICTURE = /\.(png|svg)$/;

/** The address of the repository for a browser; undefined while package.json has none. */
export function addressOf({ repository }) {
  const url = typeof repository === 'string' ? repository : repository?.url;
  const address = url?.replace(/^git\+/, '').replace(/(\.git)?\/?$/, '');
  if (address === undefined || /^https:\/\/[^/]+\/./.test(address)) return address;
  throw new Error(
    `repository.url in package.json is "${url}": it shall be git+https://HOST/OWNER/NAME.git`,
  );
}

/** package.json with `homepage` and `bugs`. */
export function addressed(about) {
  const address = addressOf(about);
  if (address === undefined) return about;
  return { homepage: `${address}#readme`, bugs: { url: `${address}/issues` }, ...about };
}

/** Whether a link leads out of its document and is not an address. */
export function isRelative(target) {
  return !/^(https?:|mailto:|#)/.test(target);
}

/** The targets of the links and pictures of a document. */
export function linksOf(document) {
  const prose = document.replaceAll(new RegExp(CODE, 'gm'), '');
  return [...prose.matchAll(LINK)].map(([, markdown, html]) => markdown ?? html);
}

/** The address of a file as it is in a version, in the form that GitHub has. */
export function fileAddress(about, path) {
  const kind = PICTURE.test(path) ? 'raw' : 'blob';
  return `${addressOf(about)}/${kind}/v${about.version}/${path}`;
}

/** A document of the root with the addresses of the files that it names. */
export function withAddresses(document, about) {
  if (addressOf(about) === undefined) return document;
  const absolute = (link, markdown, html) => {
    const target = markdown ?? html;
    return isRelative(target) ? link.replace(target, () => fileAddress(about, target)) : link;
  };
  // Every other part is code.
  const parts = document.split(CODE);
  return parts.map((part, i) => (i % 2 === 0 ? part.replaceAll(LINK, absolute) : part)).join('');
}
