import { hostname } from 'node:os';

/**
 * Whether a request's Host header names this server. Another site can let its own domain name point at this machine
 * (DNS rebinding); its page would then count as this server's. The name in the header shows that. Addresses cannot be
 * pointed elsewhere.
 *
 * @param host The value of `--host`.
 * @param allowed Further names, as `--allow-host` gives them: `gpu-box.lan`, `*.example.org`.
 */
export function isOurHost(
  header: string | undefined,
  host: string,
  allowed: readonly string[] = [],
): boolean {
  const name = hostName(header);
  if (name === undefined) return false;
  if (isAddress(name) || name === 'localhost' || name.endsWith('.localhost')) return true;
  if (name === host.toLowerCase() || allowed.some((one) => matches(name, one))) return true;
  return !isLoopback(host) && name === hostname().toLowerCase();
}

/** Whether a name can be allowed: a host name, without scheme and port, or `*.` and a domain. */
export function isHostPattern(text: string): boolean {
  return /^(\*\.)?[^\s:/@*.]+(\.[^\s:/@*.]+)*$/.test(text);
}

function matches(name: string, pattern: string): boolean {
  const wanted = pattern.toLowerCase();
  return wanted.startsWith('*.') ? name.endsWith(wanted.slice(1)) : name === wanted;
}

/** Whether only this machine can reach a server that listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The host of a URL: IPv6 addresses in brackets. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The name in a Host header; undefined where it holds none. */
export function hostName(header: string | undefined): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[^:/@\s]+)(:\d+)?$/i.exec(header ?? '');
  return match?.[1]?.toLowerCase();
}

function isAddress(name: string): boolean {
  return name.startsWith('[') || /^\d{1,3}(\.\d{1,3}){3}$/.test(name);
}
