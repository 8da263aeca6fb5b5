// @ts-check
/** Version numbers: read them from what tools print, and compare them. */

/** @typedef {readonly [major: number, minor: number, patch: number]} Version */

/**
 * The first `1.2` or `1.2.3` in a text (a leading `v` or `go` and any suffix such as `-beta` or `+17` are ignored).
 * @param {string} text what a tool printed, e.g. `v3.259.0`, `Python 3.11.7`, `go version go1.25.11 linux/amd64`
 * @returns {Version | undefined} undefined when the text holds no version
 */
export function parseVersion(text) {
  const match = /(?<![\d.])(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
  if (!match) return undefined;
  return [Number(match[1]), Number(match[2]), Number(match[3] ?? 0)];
}

/**
 * @param {Version} a
 * @param {Version} b
 * @returns {number} negative, zero or positive as `a` is older than, equal to or newer than `b`
 */
export function compareVersions(a, b) {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/**
 * @param {Version | undefined} version
 * @param {Version} minimum
 * @returns {boolean} false for an unknown version: what cannot be read is not trusted
 */
export function atLeast(version, minimum) {
  return version !== undefined && compareVersions(version, minimum) >= 0;
}

/** @param {Version} version */
export function formatVersion(version) {
  return version.join(".");
}

/**
 * Java's feature release: `17.0.15` is 17, the old scheme `1.8.0_392` is 8, an early build `25` is 25.
 * @param {string} text value of the `java.version` property
 * @returns {number | undefined}
 */
export function javaFeatureRelease(text) {
  const match = /^(?:1\.)?(\d+)/.exec(text.trim());
  return match ? Number(match[1]) : undefined;
}

/**
 * The engine that `tools/go.mod` names, so that the version is written in one place only.
 * @param {string} goMod text of the file
 * @param {string} module Go module path
 * @returns {string} version without the leading `v`
 * @throws {Error} when the module is not required there
 */
export function requiredGoModule(goMod, module) {
  const escaped = module.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
  const match = new RegExp(`^(?:require\\s+|\\s+)${escaped}\\s+v(\\S+)`, "m").exec(goMod);
  if (!match?.[1]) throw new Error(`tools/go.mod does not require ${module}; restore the file from git`);
  return match[1];
}

/**
 * The oldest Go release that a go.mod accepts.
 * @param {string} goMod text of the file
 * @returns {Version}
 * @throws {Error} when it has no `go` line
 */
export function requiredGo(goMod) {
  const version = parseVersion(/^go\s+(\S+)/m.exec(goMod)?.[1] ?? "");
  if (!version) throw new Error("tools/go.mod has no `go` line; restore the file from git");
  return version;
}
