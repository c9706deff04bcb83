// Times in words, and the clocks of the page.

const FORMAT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short", timeZone: "UTC" });

/** A time as a person reads it. */
export function inWords(date) {
  return `${FORMAT.format(date)} UTC`;
}

/** What is left until a time: `364 days 23:59:59`. */
export function countdown(date, now = new Date()) {
  const left = Math.floor((date.getTime() - now.getTime()) / 1000);
  if (left <= 0) {
    return "expired";
  }
  const digits = (number) => String(Math.floor(number)).padStart(2, "0");
  const clock = [left / 3600 - Math.floor(left / 86_400) * 24, (left / 60) % 60, left % 60].map(digits).join(":");
  const days = Math.floor(left / 86_400);
  return days === 0 ? clock : `${days} ${days === 1 ? "day" : "days"} ${clock}`;
}

/** Lets every element with `data-expires` count down. */
export function startClocks() {
  setInterval(() => {
    for (const clock of document.querySelectorAll("[data-expires]")) {
      clock.textContent = countdown(new Date(clock.dataset.expires));
    }
  }, 1000);
}
