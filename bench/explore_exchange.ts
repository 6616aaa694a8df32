/**
 * How long the abort explorer takes for an exchange of 2 KB, cut at every byte and event in every way.
 *
 *     deno run bench/explore_exchange.ts [rounds]
 */
import process from "node:process";
import { exploreAborts } from "@hawser/net/testing";

const line = "x".repeat(1_023);
const rounds = Number(process.argv[2] ?? 5);
const times: number[] = [];
for (let round = 0; round < rounds; round++) {
  const started = performance.now();
  const cpu = process.cpuUsage();
  const { runs } = await exploreAborts({
    async local({ connection: { reader, writer } }) {
      await writer.write(`${line}\n`);
      return await reader.readLine({ required: true });
    },
    async peer({ reader, writer }) {
      await writer.write(`${await reader.readLine()}\n`);
    },
  });
  const took = performance.now() - started;
  times.push(took);
  const { user, system } = process.cpuUsage(cpu);
  const busy = Math.round((user + system) / 1_000);
  console.log(`${Math.round(took)} ms, ${busy} ms of CPU, ${Math.round(took / runs * 1_000)} µs a run`);
}
times.sort((a, b) => a - b);
console.log(`median ${Math.round(times[Math.floor(rounds / 2)]!)} ms, fastest ${Math.round(times[0]!)} ms`);
