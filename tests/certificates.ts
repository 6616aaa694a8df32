/**
 * Certificates for the tests, made anew by OpenSSL's command line: a repository should hold no keys, and a certificate that
 * is kept expires.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skipUnless, type TestOptions } from "./harness.ts";

/** A certificate and its key, PEM. */
export interface Identity {
  readonly cert: string;
  readonly key: string;
}

/** Everything that a test of TLS may need. */
export interface Certificates {
  /** The authority that has signed the others. */
  readonly ca: string;
  /** For `localhost`. */
  readonly localhost: Identity;
  /** For the address 127.0.0.1. */
  readonly loopback: Identity;
  /** For `other.example`. */
  readonly other: Identity;
  /** For `faß.de`, as certificates write it. */
  readonly unicode: Identity;
  /** For `localhost`, until yesterday. */
  readonly expired: Identity;
  /** For `localhost`, signed by itself. */
  readonly selfSigned: Identity;
  /** For `localhost`, signed by an authority of its own. */
  readonly stranger: Identity & { readonly ca: string };
}

/** Further ones that are wrong, of the same authority. */
export interface OddCertificates {
  /** For `localhost`, from next year on. */
  readonly early: Identity;
  /** For `localhost`, to be a client with. */
  readonly clientOnly: Identity;
  /** For `localhost`, with a key (Ed25519) whose signatures all have the same length. */
  readonly steady: Identity;
}

const openssl = (folder: string, args: string): void => {
  execFileSync("openssl", args.split(" "), { cwd: folder, stdio: "ignore" });
};

function hasOpenssl(): boolean {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Options for tests that need certificates. */
export const needsOpenssl: TestOptions = skipUnless(hasOpenssl(), "there is no openssl");

const EC = "ec -pkeyopt ec_paramgen_curve:prime256v1";

class Maker {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  authority(name: string): string {
    this.#signItself(name, "basicConstraints=critical,CA:TRUE");
    return this.#read(`${name}.pem`);
  }

  /** A certificate for a name; from an authority, or signed by itself. */
  identity(name: string, subjectAltName: string, authority?: string, ended = false): Identity {
    const names = `subjectAltName=${subjectAltName}`;
    if (authority === undefined) this.#signItself(name, names);
    else this.#sign(name, names, authority, ended ? "-1" : "30");
    return this.#identity(name);
  }

  /** Those that take more than a flag. */
  odd(authority: string): OddCertificates {
    return {
      early: this.#early("early", authority),
      clientOnly: this.#clientOnly("client-only", authority),
      steady: this.#steady("steady", authority),
    };
  }

  /** `openssl x509` knows no first day, `openssl ca` does. */
  #early(name: string, authority: string): Identity {
    const year = new Date().getUTCFullYear() + 1;
    openssl(this.#folder, `req ${this.#newKey(name)} -out ${name}.csr`);
    const lines = ["[ca]", "default_ca=it", "[it]", "database=index", "new_certs_dir=.", "rand_serial=yes"];
    const policy = ["default_md=sha256", "policy=any", "[any]", "commonName=supplied"];
    this.#write("ca.cnf", [...lines, ...policy].join("\n"));
    this.#write("index", "");
    this.#write(`${name}.ext`, "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n");
    const signer = `-batch -notext -config ca.cnf -cert ${authority}.pem -keyfile ${authority}.key`;
    const dates = `-startdate ${year}0102000000Z -enddate ${year}0202000000Z`;
    openssl(this.#folder, `ca ${signer} ${dates} -extfile ${name}.ext -in ${name}.csr -out ${name}.pem`);
    return this.#identity(name);
  }

  #clientOnly(name: string, authority: string): Identity {
    this.#sign(name, "subjectAltName=DNS:localhost\nextendedKeyUsage=clientAuth", authority, "30");
    return this.#identity(name);
  }

  #steady(name: string, authority: string): Identity {
    this.#sign(name, "subjectAltName=DNS:localhost", authority, "30", "ed25519");
    return this.#identity(name);
  }

  #signItself(name: string, extension: string): void {
    openssl(this.#folder, `req -x509 ${this.#newKey(name)} -days 30 -out ${name}.pem -addext ${extension}`);
  }

  #sign(name: string, extension: string, authority: string, days: string, key = EC): void {
    openssl(this.#folder, `req ${this.#newKey(name, key)} -out ${name}.csr`);
    this.#write(`${name}.ext`, `${extension}\nbasicConstraints=CA:FALSE\n`);
    const signer = `-CA ${authority}.pem -CAkey ${authority}.key -CAcreateserial`;
    openssl(this.#folder, `x509 -req -in ${name}.csr ${signer} -days ${days} -extfile ${name}.ext -out ${name}.pem`);
  }

  #newKey(name: string, key = EC): string {
    return `-newkey ${key} -nodes -keyout ${name}.key -subj /CN=${name}`;
  }

  #identity(name: string): Identity {
    return { cert: this.#read(`${name}.pem`), key: this.#read(`${name}.key`) };
  }

  #write(file: string, text: string): void {
    writeFileSync(join(this.#folder, file), text);
  }

  #read(file: string): string {
    return readFileSync(join(this.#folder, file), "utf8");
  }
}

let made: Certificates | undefined;

/** The certificates of this process; made when they are first asked for. */
export function certificates(): Certificates {
  return made ??= inFolder(usual);
}

/** All that there are, made anew. */
export function allCertificates(): Certificates & OddCertificates {
  return inFolder((maker) => ({ ...usual(maker), ...maker.odd("authority") }));
}

function inFolder<T>(make: (maker: Maker) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "hawser_certificates_"));
  try {
    return make(new Maker(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function usual(maker: Maker): Certificates {
  const ca = maker.authority("authority");
  const strangeCa = maker.authority("stranger-authority");
  return {
    ca,
    localhost: maker.identity("localhost", "DNS:localhost", "authority"),
    loopback: maker.identity("loopback", "IP:127.0.0.1", "authority"),
    other: maker.identity("other", "DNS:other.example", "authority"),
    unicode: maker.identity("unicode", "DNS:xn--fa-hia.de", "authority"),
    expired: maker.identity("expired", "DNS:localhost", "authority", true),
    selfSigned: maker.identity("self-signed", "DNS:localhost"),
    stranger: { ...maker.identity("stranger", "DNS:localhost", "stranger-authority"), ca: strangeCa },
  };
}
