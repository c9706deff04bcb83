// Keys and signatures as the specification names them, by node:crypto.

import crypto from "node:crypto";

import { canonicalize } from "@tufjs/canonical-json";
import models from "@tufjs/models";

const { Key, Signature } = models;

const SCHEMES = {
  ed25519: { keyType: "ed25519", scheme: "ed25519" },
  "ecdsa-p256": { keyType: "ecdsa", scheme: "ecdsa-sha2-nistp256", curve: "prime256v1", hash: "sha256" },
  "ecdsa-p384": { keyType: "ecdsa", scheme: "ecdsa-sha2-nistp384", curve: "secp384r1", hash: "sha384" },
  "rsa-pss": { keyType: "rsa", scheme: "rsassa-pss-sha256", hash: "sha256" },
};

const signers = new Map();

/** The key of this label: the same in every repository that this process writes. */
export function signer(type, label) {
  const name = `${type} ${label}`;
  if (!signers.has(name)) signers.set(name, makeSigner(SCHEMES[type]));
  return signers.get(name);
}

function makeSigner(kind) {
  const { publicKey, privateKey } = makePair(kind);
  const keyVal = { public: publicText(kind, publicKey) };
  const described = { keytype: kind.keyType, scheme: kind.scheme, keyval: keyVal };
  const keyID = crypto.createHash("sha256").update(canonicalize(described)).digest("hex");
  const key = new Key({ keyID, keyType: kind.keyType, scheme: kind.scheme, keyVal });
  const sign = (bytes) => new Signature({ keyID, sig: signature(kind, privateKey, bytes).toString("hex") });
  return { key, sign };
}

function makePair(kind) {
  if (kind.keyType === "rsa") return crypto.generateKeyPairSync("rsa", { modulusLength: 2048 });
  if (kind.curve) return crypto.generateKeyPairSync("ec", { namedCurve: kind.curve });
  return crypto.generateKeyPairSync("ed25519");
}

function publicText(kind, publicKey) {
  if (kind.keyType !== "ed25519") return publicKey.export({ format: "pem", type: "spki" });
  return Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url").toString("hex");
}

function signature(kind, privateKey, bytes) {
  if (kind.keyType === "ed25519") return crypto.sign(undefined, bytes, privateKey);
  if (kind.keyType === "ecdsa") return crypto.sign(kind.hash, bytes, privateKey);
  const padding = crypto.constants.RSA_PKCS1_PSS_PADDING;
  const saltLength = crypto.constants.RSA_PSS_SALTLEN_DIGEST;
  return crypto.sign(kind.hash, bytes, { key: privateKey, padding, saltLength });
}
