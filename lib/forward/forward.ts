/** Brings logs to other tools. The log is the source of truth: a tool gets later what it has missed. */
import { resolve } from 'node:path';
import { checkOptions } from '../base/describe.js';
import { shortNames } from '../runs/names.js';
import { Link, type LinkOptions } from './link.js';
import { type MlflowOptions, mlflow } from './mlflow/target.js';
import type { Target } from './target.js';
import { tensorBoard } from './tensorboard/target.js';

/** The tools that logs are forwarded to; at least one. */
export interface Targets {
  /** A directory for TensorBoard, with a directory for each log. */
  readonly tensorboard?: string | undefined;
  /** A tracking server of MLflow. */
  readonly mlflow?: MlflowOptions | undefined;
}

/** Number of logs that are read at a time, where they are not followed. */
const AT_ONCE = 8;

/** @throws TypeError when no target is named, or an option is unknown; MlflowError for an invalid address. */
export function openTargets(targets: Targets): Target[] {
  checkOptions(targets, ['tensorboard', 'mlflow'], 'forward()');
  if (targets.mlflow !== undefined) {
    checkOptions(targets.mlflow, ['url', 'experiment', 'depth'], "forward()'s mlflow");
  }
  const list = [
    ...(targets.tensorboard === undefined ? [] : [tensorBoard(targets.tensorboard)]),
    ...(targets.mlflow === undefined ? [] : [mlflow(targets.mlflow)]),
  ];
  if (list.length > 0) return list;
  throw new TypeError(
    'forward() needs a target: { tensorboard: DIRECTORY } or { mlflow: { url } }',
  );
}

/** A link for every log and every target. A log that is named twice counts once. */
export function linksOf(paths: readonly string[], targets: readonly Target[]): Link[] {
  const whole = new Map(paths.map((path) => [resolve(path), path]));
  const names = runNames([...whole.keys()]);
  return [...whole.values()].flatMap((path, i) => {
    const run = names[i] ?? path;
    return targets.map((target) => new Link({ path, run }, target));
  });
}

/** Names of runs: all different, and none leads out of a target's directory. */
function runNames(paths: readonly string[]): string[] {
  const names = shortNames(paths).map((name) => name.replaceAll(':', ''));
  const bare = names.map((name) => name.replace(/\.(json|jsonl|log)$/, ''));
  return names.map((name, i) => {
    const short = bare[i] ?? name;
    return bare.filter((other) => other === short).length === 1 ? short : name;
  });
}

/** Resolves when all links have ended; links that follow end when `signal` aborts. */
export async function runLinks(links: readonly Link[], options: LinkOptions): Promise<void> {
  if (options.follow) {
    await Promise.all(links.map((link) => link.run(options)));
    return;
  }
  const waiting = [...links];
  const work = async (): Promise<void> => {
    for (let link = waiting.shift(); link !== undefined; link = waiting.shift())
      await link.run(options);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
