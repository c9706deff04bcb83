// Remembers what node:crypto answered about keys and signatures while one world is followed.
//
// A client reads its store again at every step, and most files of a step are those of the step before. Both functions
// depend on their arguments alone, so that an answer from memory is the answer. Exceptions are not remembered.

import crypto from "node:crypto";

const { createPublicKey, verify } = crypto;
const keys = new Map();
const numbers = new WeakMap();
const verdicts = new Map();

/** Lets node:crypto answer from memory what it was asked since. */
export function rememberSignatures() {
  crypto.createPublicKey = (given) => {
    const { key: encoded = given, format = "pem", type } = given;
    const name = `${format} ${type} ${encoded.toString("latin1")}`;
    let key = keys.get(name);
    if (key === undefined) {
      key = createPublicKey(given);
      numbers.set(key, keys.size);
      keys.set(name, key);
    }
    return key;
  };
  crypto.verify = (algorithm, data, given, signature) => {
    const { key, padding } = given;
    const parts = [algorithm, numbers.get(key), padding, signature.toString("latin1"), data.toString("latin1")];
    const name = parts.join(" ");
    let verdict = verdicts.get(name);
    if (verdict === undefined) {
      verdict = verify(algorithm, data, given, signature);
      verdicts.set(name, verdict);
    }
    return verdict;
  };
}

/** Forgets everything, and lets node:crypto answer by itself. */
export function forgetSignatures() {
  Object.assign(crypto, { createPublicKey, verify });
  keys.clear();
  verdicts.clear();
}
