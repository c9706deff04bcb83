/** Dates in HTTP headers (RFC 9110, section 5.6.7). */

/**
 * Seconds since 1970 of a date in one of the three forms that a recipient must accept; none for any other text. The name of the
 * day is not compared.
 *
 * `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
 */
export function parseDate(text: string): number | undefined {
  const { day, month, year, hour, minute, second } = FORMS.map((form) => form.exec(text)?.groups).find(Boolean) ?? {};
  const place = MONTHS.indexOf(month ?? "");
  const whole = [day, hour, minute, second].map(Number);
  const [d = 0, h = 0, m = 0, s = 0] = whole;
  // A leap second counts as the first of the next minute.
  const y = fullYear(year ?? "");
  if (y < 1970 || place < 0 || d < 1 || d > 31 || h > 23 || m > 59 || s > 60) {
    return undefined;
  }
  return Date.UTC(y, place, d, h, m, s) / 1000;
}

const MONTHS: readonly string[] = [
  "Jan",
  "Feb",
  "Mar",
  "Apr",
  "May",
  "Jun",
  "Jul",
  "Aug",
  "Sep",
  "Oct",
  "Nov",
  "Dec",
];

const TIME = "(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)";

const FORMS: readonly RegExp[] = [
  new RegExp(`^[A-Za-z]+, (?<day>\\d{1,2}) (?<month>[A-Za-z]{3}) (?<year>\\d{4}) ${TIME} GMT$`),
  new RegExp(`^[A-Za-z]+, (?<day>\\d{1,2})-(?<month>[A-Za-z]{3})-(?<year>\\d\\d) ${TIME} GMT$`),
  new RegExp(`^[A-Za-z]+ (?<month>[A-Za-z]{3}) +(?<day>\\d{1,2}) ${TIME} (?<year>\\d{4})$`),
];

/** Two digits are a year from 1970 to 2069; none is the year 0. */
function fullYear(text: string): number {
  const year = Number(text);
  return text.length !== 2 ? year : year + (year < 70 ? 2000 : 1900);
}
