#!/usr/bin/env node
// Runs the binary of this platform and exits with its status.
"use strict";
const { spawn } = require("node:child_process");

const name = `stripe-sandbox-${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "stripe-sandbox.exe" : "stripe-sandbox";
let binary;
try {
  binary = require.resolve(`${name}/${file}`);
} catch {
  console.error(`stripe-sandbox: there is no binary for ${process.platform} on ${process.arch}, or npm was told to leave optional packages out (${name})`);
  process.exit(1);
}
const child = spawn(binary, process.argv.slice(2), { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (problem) => {
  console.error(`stripe-sandbox: ${problem.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
