// What can be asked for, and of whom. Which answer is right is not written here: the verifier says it.

const LINUX = "releases/linux/lantern-2.1.tar.gz";
const PLUGIN = "plugins/fog.js";

/** Target paths; the last one is listed nowhere. */
export const paths = [
  LINUX,
  "releases/windows/lantern-2.1.zip",
  "install.sh",
  PLUGIN,
  "releases/linux/lantern-9.9.tar.gz",
];

/**
 * @typedef {object} Mirror
 * @property {string} name as the server knows it.
 * @property {string} title
 * @property {string} story who does what.
 * @property {string} [path] the target path that it is about; where there is none, any will do.
 */

/** @type {readonly { readonly title: string, readonly mirrors: readonly Mirror[] }[]} */
export const groups = [
  {
    title: "The repository",
    mirrors: [{ name: "honest", title: "Honest mirror", story: "It has what the project published last." }],
  },
  {
    title: "Attacks",
    mirrors: [
      {
        name: "foreign-keys",
        title: "Arbitrary software",
        story: "Somebody signs a whole release with a key of their own.",
      },
      {
        name: "one-stolen-key",
        title: "One stolen key of three",
        story: "A thief has the keys of the machines, and one of the three release keys. Two must sign.",
        path: LINUX,
      },
      {
        name: "replay",
        title: "Rollback",
        story: "The mirror goes back to the release before: truly signed, not expired, with a known hole.",
      },
      {
        name: "older-snapshot",
        title: "Rollback, newly signed",
        story: "A thief with the timestamp key signs a newer timestamp for the older snapshot.",
      },
      {
        name: "expired",
        title: "Freeze",
        story: "The mirror holds on to a timestamp, rightly signed, whose time ended before you came.",
      },
      {
        name: "half-copied",
        title: "Mix-and-match",
        story: "A newer release, but one of its files is still that of the release before.",
        path: LINUX,
      },
      {
        name: "endless",
        title: "Endless data",
        story: "The timestamp begins as it should, and never ends.",
      },
      {
        name: "changed-target",
        title: "Wrong software",
        story: "All metadata is genuine. The archive has other bytes, as many as are listed.",
        path: LINUX,
      },
      {
        name: "revoked",
        title: "Revoked role",
        story: "The owners of the plugins lost their keys, and say so with a rotation to no key at all.",
        path: PLUGIN,
      },
    ],
  },
  {
    title: "Mishaps",
    mirrors: [
      {
        name: "portal",
        title: "Sign-in page",
        story: "A hotel's network answers in the mirror's place.",
      },
      {
        name: "withheld",
        title: "Withheld file",
        story: "The mirror says that there is no timestamp.",
      },
      {
        name: "unavailable",
        title: "Server error",
        story: "The mirror answers 503. It has said nothing about the repository.",
      },
      {
        name: "unreachable",
        title: "No answer",
        story: "The connection breaks off. Nobody has said anything.",
      },
    ],
  },
];
