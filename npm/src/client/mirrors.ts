/** The sources of one repository, in the order in which they are asked. */

import type { Source } from "../source/source.js";

/** One mirror. */
export interface Mirror {
  /** As a person knows it: its location, or its place in the list. */
  readonly name: string;
  readonly source: Source;
}

/** The mirrors of one repository. All are asked before a request fails; one that failed is asked last. */
export class Mirrors {
  readonly #all: readonly Mirror[];
  #order: readonly Mirror[];
  /** The place that has not led an attempt yet, and all after it. */
  #nextToLead = 1;
  /** Whether the attempt under way depends on what some mirror sent. */
  #depends = false;

  constructor(sources: readonly Source[]) {
    this.#all = sources.map((source, place) => ({ source, name: source.location ?? `mirror ${place + 1}` }));
    this.#order = this.#all;
  }

  /** Whether there are none: then the client is offline. */
  get areNone(): boolean {
    return this.#all.length === 0;
  }

  /** Whether none of them can be asked for anything newer than it has. */
  get areBundles(): boolean {
    return this.#all.every((mirror) => mirror.source.isBundle === true);
  }

  /** The mirrors in the order in which they are asked now. */
  inOrder(): readonly Mirror[] {
    return this.#order;
  }

  /** Has this mirror asked last from now on. */
  askLast(mirror: Mirror): void {
    this.#order = [...this.#order.filter((other) => other !== mirror), mirror];
  }

  /** Notes that what follows depends on what a mirror sent: another one could have sent something else. */
  depend(): void {
    this.#depends = true;
  }

  /**
   * Prepares another attempt, led by a mirror that has not led one. `false` where another attempt cannot end otherwise: every
   * mirror has led one, or each was asked for the same and none had it.
   */
  leadWithAnother(): boolean {
    const leader = this.#all[this.#nextToLead];
    if (!this.#depends || leader === undefined) {
      return false;
    }
    this.#depends = false;
    this.#nextToLead += 1;
    this.#order = [leader, ...this.#order.filter((other) => other !== leader)];
    return true;
  }
}
