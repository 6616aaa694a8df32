/**
 * Mail over a connection that begins in plaintext and goes on in TLS (SMTP, RFC 5321, with STARTTLS, RFC 3207): a client,
 * and a server that prints what it is sent.
 *
 *     deno run --allow-net --allow-read examples/starttls_smtp.ts
 *
 * followed by one of
 *
 *     127.0.0.1:2525 --from ada@example.org --to bob@example.org
 *         sends standard input; with --ca FILE it trusts one more authority
 *     --listen 127.0.0.1:0 --cert FILE --key FILE
 *         prints where it listens, and each mail as a line of JSON
 *
 * Neither of them sends or takes a mail in plaintext. A certificate to try it with:
 *
 *     openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -subj /CN=x -addext subjectAltName=IP:127.0.0.1
 */
import { Buffer } from "node:buffer";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { buffer } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { connect, type Connection, formatAddress, serve } from "@hawser/net";

/** A mail; the text holds any bytes, one a character (ISO 8859-1). */
interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

/** What RFC 5321 asks for (4.5.3.2), for every answer and every command. */
const PATIENCE = 300_000;

/** The largest mail that the server takes. */
const MAIL_LIMIT = 10_000_000;

// --- The client -------------------------------------------------------------------------------------------------------

/** Sends a mail over a connection that has just been dialled. */
async function sendMail(connection: Connection, mail: Mail, caCerts?: readonly string[]): Promise<void> {
  await answer(connection, 220);
  const offers = await ask(connection, "EHLO localhost", 250);
  if (!offers.some((line) => line.toUpperCase() === "STARTTLS")) throw new Error("Cannot send: no STARTTLS there");
  await ask(connection, "STARTTLS", 220);
  // In place: reader and writer are the same. What came in plaintext behind the answer is refused: somebody put it there.
  await connection.startTls({ caCerts });
  await ask(connection, "EHLO localhost", 250); // What was said in plaintext counts no more.
  await ask(connection, `MAIL FROM:<${mail.from}>`, 250);
  for (const to of mail.to) await ask(connection, `RCPT TO:<${to}>`, 250);
  await ask(connection, "DATA", 354);
  // A dot alone ends the mail: lines that begin with one get another.
  const text = mail.text.replace(/\r?\n|\r/g, "\r\n").replace(/^\./gm, "..").replace(/(?<!\r\n)$/, "\r\n");
  await ask(connection, `${text}.`, 250);
  await ask(connection, "QUIT", 221);
}

async function ask(connection: Connection, command: string, wanted: number): Promise<string[]> {
  await connection.writer.write(Buffer.from(`${command}\r\n`, "latin1"));
  return await answer(connection, wanted);
}

/** All lines of one answer, without their code: `250-first`, `250 last`. */
async function answer({ reader }: Connection, wanted: number): Promise<string[]> {
  const lines: string[] = [];
  for (let more = true; more;) {
    const line = await reader.readLine({ required: true, timeout: PATIENCE, encoding: "latin1" });
    if (!line.startsWith(String(wanted))) throw new Error(`Cannot send: the server said ${JSON.stringify(line)}`);
    lines.push(line.slice(4));
    more = line[3] === "-";
  }
  return lines;
}

// --- The server -------------------------------------------------------------------------------------------------------

/** Talks to one client, whose mails go to `deliver`. */
async function takeMail(
  connection: Connection,
  identity: { cert: string; key: string },
  deliver: (mail: Mail) => void,
): Promise<void> {
  const { reader, writer } = connection;
  const say = (line: string): Promise<void> => writer.write(`${line}\r\n`);
  let from: string | undefined;
  let to: string[] = [];
  await say("220 hawser");
  for (;;) {
    const line = await reader.readLine({ timeout: PATIENCE, encoding: "latin1" });
    if (line === null) return;
    const secure = connection.tls !== undefined;
    const verb = /^(MAIL FROM|RCPT TO|\w+)/i.exec(line)?.[1]?.toUpperCase();
    const path = /:<([^<>]*)>/.exec(line)?.[1];
    if (verb === "QUIT") return await say("221 bye");
    else if (verb === "NOOP") await say("250 fine");
    else if (verb === "EHLO" || verb === "HELO") {
      [from, to] = [undefined, []];
      await say(secure ? "250 hawser" : "250-hawser\r\n250 STARTTLS");
    } else if (verb === "STARTTLS" && !secure) {
      await say("220 ready");
      // What has come behind the command is the start of the handshake, or nothing: never a command.
      await connection.startTls({ role: "server", ...identity });
      [from, to] = [undefined, []];
    } else if (!secure) await say("530 STARTTLS first");
    else if (verb === "MAIL FROM" && path !== undefined) {
      [from, to] = [path, []];
      await say("250 fine");
    } else if (verb === "RCPT TO" && from !== undefined && path) {
      to.push(path);
      await say("250 fine");
    } else if (verb === "DATA" && from !== undefined && to.length > 0) {
      await say("354 go on, a dot ends it");
      deliver({ from, to, text: await readText(connection) });
      [from, to] = [undefined, []];
      await say("250 taken");
    } else await say("503 what?");
  }
}

/** Up to the line with the dot. Lines end with CRLF here and nothing else: a bare LF would smuggle in a second mail. */
async function readText({ reader }: Connection): Promise<string> {
  let text = "";
  for (;;) {
    const bytes = await reader.readUntil("\r\n", { required: true, timeout: PATIENCE });
    const line = Buffer.from(bytes).toString("latin1");
    if (line === ".") return text;
    text += `${line.startsWith(".") ? line.slice(1) : line}\r\n`;
    if (text.length > MAIL_LIMIT) throw new Error(`Cannot take a mail of more than ${MAIL_LIMIT} bytes`);
  }
}

// --- The program ------------------------------------------------------------------------------------------------------

const text = { type: "string" } as const;
const options = { listen: text, cert: text, key: text, ca: text, from: text, to: { ...text, multiple: true } } as const;

async function main(): Promise<void> {
  const { values, positionals: [address] } = parseArgs({ options, allowPositionals: true });
  const { listen, cert, key, ca, from, to = [] } = values;
  if (listen !== undefined && cert !== undefined && key !== undefined) {
    const identity = { cert: await readFile(cert, "utf8"), key: await readFile(key, "utf8") };
    const print = (mail: Mail): void => console.log(JSON.stringify(mail));
    const onError = (error: unknown): void => console.error((error as Error).message);
    const server = await serve(listen, { onError }, (connection) => takeMail(connection, identity, print));
    console.log(`listening on ${formatAddress(server.address)}`);
  } else if (address !== undefined && from !== undefined && to.length > 0) {
    if ([from, ...to].some((path) => /[<>\r\n]/.test(path))) throw new TypeError("Cannot use such a mail address");
    const mail = { from, to, text: (await buffer(process.stdin)).toString("latin1") };
    await using connection = await connect(address);
    await sendMail(connection, mail, ca === undefined ? undefined : [await readFile(ca, "utf8")]);
  } else throw new TypeError("Cannot start: give an address with --from and --to, or --listen with --cert and --key");
}

if (import.meta.main) {
  try {
    await main();
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
