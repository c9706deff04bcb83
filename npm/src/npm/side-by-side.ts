/** Tasks that wait for the network, several at a time. */

/** Targets searched and fetched at a time: with 50 ms a request, a thousand of them wait for two seconds. */
const AT_A_TIME = 32;

/** Runs a task for each item, several at a time. The first failure leaves out those that are not begun. @throws that failure. */
export async function forEach<T>(items: Iterable<T>, task: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items];
  const work = async (): Promise<void> => {
    try {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
        await task(item);
      }
    } finally {
      queue.length = 0;
    }
  };
  for (const result of await Promise.allSettled(Array.from({ length: AT_A_TIME }, work))) {
    if (result.status === "rejected") {
      throw result.reason;
    }
  }
}
