/** What a person reads of the checks that were waived, and of the forms that were taken. */

import type { Waiver } from "../records.js";

/** Whether a waiver is about the form in which a key or a date is written. It means the same, so every check was made. */
export function isForm({ check }: Waiver): boolean {
  return check.tag === "date-form" || check.tag === "key-form";
}

/** One sentence about all forms among these waivers, for a program that says it once. None if there are none. */
export function formsInWords(waivers: readonly Waiver[]): string | undefined {
  const dates = new Set<string>();
  const keys = new Set<string>();
  for (const { check } of waivers) {
    if (check.tag === "date-form") {
      dates.add(check.val);
    } else if (check.tag === "key-form") {
      keys.add(check.val.keyid);
    }
  }
  const counted = [counts(keys.size, "key"), counts(dates.size, "date")].filter((words) => words !== undefined);
  return counted.length === 0
    ? undefined
    : `${counted.join(" and ")} in other forms than the specification's; they mean the same`;
}

function counts(count: number, name: string): string | undefined {
  return count === 0 ? undefined : `${count} ${name}${count === 1 ? "" : "s"}`;
}
