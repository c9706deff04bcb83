/** What an installation needs before any package is known: it is begun while packages are verified, since npm takes long to start. */

import { join } from "node:path";
import { type Confinement, forUserSettings } from "../npm/npm-program.js";
import { type Answer, type Answers, RegistryServer } from "../npm/registry/server.js";
import { type UserSettings, userSettings } from "../npm/user-settings.js";
import type { Context } from "./context.js";
import { ExitStatus } from "./exit-status.js";
import { Failure, npmFailed } from "./failure.js";
import { subfolder } from "./run-folder.js";

/** A registry that has nothing yet, and npm's answer to what the user has set it up for. */
export class Preparation {
  readonly server: RegistryServer;
  /** Without scopes, and without the settings of the user. */
  readonly confinement: Confinement;
  readonly #ending: AbortController;
  readonly #user: Promise<UserSettings | undefined>;
  #answers: Answers | undefined;

  private constructor(server: RegistryServer, confinement: Confinement, npm: string, folder: string, { surroundings }: Context) {
    this.server = server;
    this.confinement = confinement;
    this.#ending = new AbortController();
    const { signal } = this.#ending;
    this.#user = userSettings(npm, folder, forUserSettings(surroundings.environment, confinement), signal);
    // It is thrown where the settings are asked for.
    this.#user.catch(() => undefined);
  }

  /** Runs a task with a preparation in the `folder` of a run. Afterwards nothing of it runs any more. `npm` is npm's script. */
  static async with<T>(context: Context, npm: string, folder: string, task: (preparation: Preparation) => Promise<T>): Promise<T> {
    let preparation: Preparation | undefined;
    const server = await startServer((path) => {
      return preparation?.answer(path) ?? Promise.resolve({ tag: "refused", why: "no package is verified yet" });
    });
    const { signal } = context.surroundings;
    const abort = (): void => preparation?.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    try {
      const confinement: Confinement = {
        registry: server.url,
        cache: await subfolder(folder, "cache"),
        logs: await subfolder(folder, "logs"),
        git: join(folder, "no-git"),
        scopes: [],
        user: undefined,
      };
      signal.throwIfAborted();
      preparation = new Preparation(server, confinement, npm, folder, context);
      return await task(preparation);
    } finally {
      signal.removeEventListener("abort", abort);
      preparation?.abort();
      await preparation?.settled();
      await server.stop();
    }
  }

  private answer(path: string): Promise<Answer> | undefined {
    return this.#answers?.(path);
  }

  private abort(reason?: unknown): void {
    this.#ending.abort(reason);
  }

  private async settled(): Promise<void> {
    await this.#user.catch(() => undefined);
  }

  /** Has the registry answer from here on. */
  answerWith(answers: Answers): void {
    this.#answers = answers;
  }

  /** The confinement of an installation of packages of these scopes. @throws {Failure} where npm fails. */
  async confinedTo(scopes: readonly string[]): Promise<Confinement> {
    const user = await this.#user;
    if (user === undefined) {
      throw npmFailed(1);
    }
    return { ...this.confinement, scopes, user };
  }
}

async function startServer(answers: Answers): Promise<RegistryServer> {
  try {
    return await RegistryServer.start(answers);
  } catch (cause) {
    const message = `cannot start the registry on the loopback interface: ${cause instanceof Error ? cause.message : String(cause)}`;
    const help = "the loopback interface must allow a listener on 127.0.0.1";
    throw new Failure({ message, code: "registry-unusable", status: ExitStatus.usage, help }, { cause });
  }
}
