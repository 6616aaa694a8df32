/**
 * A network of two machines that exists only for one process of the matrix: two network namespaces and the cables
 * between them. The process under test lives in the near one, its peers and a name server in the far one.
 *
 * Nothing outside of the two is touched, their names hold the process that made them, so that two runs do not collide,
 * and with the namespaces all that is in them goes away. The addresses are those of RFC 5737, which nobody has.
 *
 * The kernel's patience is shortened inside (the defaults take a quarter of an hour); each condition has an address of
 * the far machine to itself, so that they can all wait for the kernel at the same time.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Environment } from "./condition.ts";

/** Where the name server listens. */
const NAME_SERVER = "192.0.2.2";

/** Where the addresses of the far machine lead. */
export const far = {
  /** Nobody listens, and the machine says so. */
  refusing: "192.0.2.10",
  /** A firewall says "host unreachable". */
  unreachable: "192.0.2.11",
  /** A firewall says "administratively prohibited". */
  prohibited: "192.0.2.12",
  /** A firewall says nothing. */
  blackHole: "192.0.2.13",
  /** A firewall says "port unreachable". */
  portUnreachable: "192.0.2.14",
  /** Ordinary ones, for a condition each. */
  ordinary: (n: number): string => `192.0.2.${20 + n}`,
  /** On the wire, but nobody has it: ARP gets no answer. */
  nobody: "192.0.2.99",
  /** At the end of the second cable, which can be cut. */
  secondCable: "198.51.100.2",
  /** At the end of the third cable, whose far end can fall silent. */
  thirdCable: "203.0.113.2",
  /** No route leads there. */
  noRoute: "192.88.99.1",
  /** The routing table says "unreachable". */
  unreachableRoute: "198.18.0.1",
  /** The routing table says "prohibit". */
  prohibitedRoute: "198.18.0.2",
} as const;

/** How many ordinary addresses there are. */
const ORDINARY = 20;

/** The kernel's patience: 3 s for a SYN, 2 s for a keep-alive probe, 1.7 s for data, 0.3 s for ARP. */
const SETTINGS = [
  "net.ipv4.tcp_syn_retries=1",
  "net.ipv4.tcp_retries2=2",
  "net.ipv4.tcp_rto_min_us=20000",
  "net.ipv4.tcp_keepalive_time=1",
  "net.ipv4.tcp_keepalive_intvl=1",
  "net.ipv4.tcp_keepalive_probes=1",
  ...["near1", "near2", "near3"].flatMap((cable) => [
    `net.ipv4.neigh.${cable}.mcast_solicit=1`,
    `net.ipv4.neigh.${cable}.ucast_solicit=1`,
    `net.ipv4.neigh.${cable}.retrans_time_ms=300`,
  ]),
];

let last = 0;

/** Makes both machines; disposing of it removes them. */
export async function network(): Promise<Environment> {
  if (last === 0) await removeOrphans();
  const name = `matrix-${process.pid}-${++last}`;
  const [near, distant] = [`${name}-near`, `${name}-far`];
  const settings = settingsOf(near);
  const children: ChildProcess[] = [];
  const dispose = async (): Promise<void> => {
    for (const child of children) child.kill();
    await removeSpace(near);
    await removeSpace(distant);
  };
  try {
    await command("ip", ["-batch", "-"], spaces(near, distant));
    await command("ip", ["-netns", near, "-batch", "-"], nearMachine());
    await command("ip", ["-netns", distant, "-batch", "-"], farMachine());
    await command("ip", ["netns", "exec", near, "sysctl", "-qw", ...SETTINGS]);
    await command("ip", ["netns", "exec", distant, "iptables-restore", "-w"], firewall());
    await mkdir(settings, { recursive: true });
    await writeFile(`${settings}/resolv.conf`, `nameserver ${NAME_SERVER}\noptions timeout:1 attempts:1\n`);
    children.push(await startNameServer(distant));
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    launch: ["ip", "netns", "exec", near],
    data: { far: distant, peerLaunch: JSON.stringify(["ip", "netns", "exec", distant]) },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Where `ip netns exec` looks for what replaces files of `/etc`. */
const settingsOf = (space: string): string => `/etc/netns/${space}`;

async function removeSpace(space: string): Promise<void> {
  await command("ip", ["netns", "delete", space]).catch(() => {}); // It was never made.
  await rm(settingsOf(space), { recursive: true, force: true });
}

/** What runs that were killed have left behind. */
async function removeOrphans(): Promise<void> {
  for (const space of await readdir("/run/netns").catch(() => [])) {
    const maker = /^matrix-(\d+)-/.exec(space)?.[1];
    if (maker !== undefined && !existsSync(`/proc/${maker}`)) await removeSpace(space);
  }
}

/** Runs a command to its end; throws with what it said unless it succeeds. */
export function command(program: string, args: readonly string[], input = ""): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: [input === "" ? "ignore" : "pipe", "ignore", "pipe"] });
    let complaints = "";
    child.stderr!.on("data", (chunk) => complaints += chunk);
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve();
      else reject(new Error(`Cannot ${program} ${args.join(" ")}: ${complaints.trim() || `code ${code}`}`));
    });
    child.stdin?.on("error", () => {}); // A command that fails does not read to the end: its code says so.
    child.stdin?.end(input);
  });
}

/** Both namespaces and three cables between them. */
function spaces(near: string, distant: string): string {
  const cables = [1, 2, 3].map((n) => `link add near${n} netns ${near} type veth peer name far${n} netns ${distant}`);
  return [`netns add ${near}`, `netns add ${distant}`, ...cables, ""].join("\n");
}

function nearMachine(): string {
  return [
    "address add 192.0.2.1/24 dev near1",
    "address add 198.51.100.1/24 dev near2",
    "address add 203.0.113.1/24 dev near3",
    ...["lo", "near1", "near2", "near3"].map((cable) => `link set ${cable} up`),
    `route add unreachable ${far.unreachableRoute}`,
    `route add prohibit ${far.prohibitedRoute}`,
    "",
  ].join("\n");
}

function farMachine(): string {
  const ordinary = Array.from({ length: ORDINARY }, (_, n) => far.ordinary(n));
  const first = [far.refusing, far.unreachable, far.prohibited, far.blackHole, far.portUnreachable];
  return [
    ...[NAME_SERVER, ...first, ...ordinary].map((address) => `address add ${address}/24 dev far1`),
    `address add ${far.secondCable}/24 dev far2`,
    `address add ${far.thirdCable}/24 dev far3`,
    ...["lo", "far1", "far2", "far3"].map((cable) => `link set ${cable} up`),
    "",
  ].join("\n");
}

/** What the far machine answers where, in the words of iptables-restore. */
function firewall(): string {
  const rule = (address: string, answer: string): string => `-A INPUT -d ${address} -p tcp -j ${answer}`;
  return [
    "*filter",
    rule(far.unreachable, "REJECT --reject-with icmp-host-unreachable"),
    rule(far.prohibited, "REJECT --reject-with icmp-admin-prohibited"),
    rule(far.portUnreachable, "REJECT --reject-with icmp-port-unreachable"),
    rule(far.blackHole, "DROP"),
    "COMMIT",
    "",
  ].join("\n");
}

/** Starts the name server and waits until it is there. */
async function startNameServer(space: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL("./name_server.ts", import.meta.url));
  const child = spawn(
    "ip",
    ["netns", "exec", space, process.execPath, "run", "-A", "--no-check", script, NAME_SERVER],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" },
    },
  );
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).once("line", () => resolve());
    child.once("exit", (code) => reject(new Error(`Cannot start the name server: code ${code}`)));
  });
  return child;
}
