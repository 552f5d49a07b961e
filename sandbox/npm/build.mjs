// Creates the npm packages of this version: `stripe-sandbox`, and one with the binary for a platform, which npm installs on
// matching systems (as esbuild does). Usage: node build.mjs BINARY FOLDER
import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [binary, folder] = process.argv.slice(2);
if (!binary || !folder) {
  console.error("usage: node build.mjs BINARY FOLDER");
  process.exit(2);
}
const here = import.meta.dirname;
const version = /^version = "(.+)"$/m.exec(readFileSync(join(here, "../Cargo.toml"), "utf8"))[1];
const platforms = [
  ["linux", "x64"],
  ["linux", "arm64"],
  ["darwin", "x64"],
  ["darwin", "arm64"],
  ["win32", "x64"],
];
const common = {
  version,
  license: "MIT OR Apache-2.0",
  description: "An offline Stripe for Connect and Issuing, as one command",
  keywords: ["stripe", "connect", "issuing", "sandbox", "testing"],
};
const named = (os, cpu) => `stripe-sandbox-${os}-${cpu}`;
const write = (name, content) => {
  mkdirSync(join(folder, name), { recursive: true });
  writeFileSync(join(folder, name, "package.json"), `${JSON.stringify({ name, ...common, ...content }, null, 2)}\n`);
};

write("stripe-sandbox", {
  bin: { "stripe-sandbox": "run.js" },
  files: ["run.js"],
  engines: { node: ">=18" },
  optionalDependencies: Object.fromEntries(platforms.map(([os, cpu]) => [named(os, cpu), version])),
});
copyFileSync(join(here, "run.js"), join(folder, "stripe-sandbox", "run.js"));
copyFileSync(join(here, "../README.md"), join(folder, "stripe-sandbox", "README.md"));

const [os, cpu] = [process.env.TARGET_OS ?? process.platform, process.env.TARGET_CPU ?? process.arch];
const own = named(os, cpu);
const file = os === "win32" ? "stripe-sandbox.exe" : "stripe-sandbox";
write(own, { os: [os], cpu: [cpu], files: [file] });
copyFileSync(binary, join(folder, own, file));
chmodSync(join(folder, own, file), 0o755);
console.log(own);
