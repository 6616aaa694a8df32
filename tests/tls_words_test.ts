import assert from "node:assert/strict";
import { tlsWords } from "../lib/tls_words.ts";
import { test } from "./harness.ts";

const error = (code: string, message = ""): Error => Object.assign(new Error(message), { code });

test("tlsWords() says nothing to any other reason", () => {
  assert.equal(tlsWords("reset", error("CERT_HAS_EXPIRED")), undefined);
});

for (
  const [code, words] of [
    ["CERT_HAS_EXPIRED", "has expired"],
    ["CERT_NOT_YET_VALID", "is not valid yet"],
    ["CERT_REVOKED", "has been revoked"],
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "is signed by itself"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "issuer that is not trusted"],
    ["UNABLE_TO_GET_ISSUER_CERT", "issuer that is not trusted"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "issuer that is not trusted"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "issuer that is not trusted"],
    ["INVALID_PURPOSE", "is for another purpose"],
    ["ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE", "is missing"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "is for another name"],
  ] as const
) {
  test(`tlsWords() names the check that fails with ${code}, not what the runtime says`, () => {
    const [state] = tlsWords("tls", error(code, "some runtime's words"))!;
    assert.match(state, new RegExp(`^the peer's certificate .*${words}`));
    assert.doesNotMatch(state, /runtime/);
  });
}

const framed = (words: string): string =>
  `809C2D4E967F0000:error:0A00010B:SSL routines:ssl3_get_record:${words}:../deps/openssl/record.c:350:`;

for (
  const [code, message, words] of [
    ["ERR_SSL_WRONG_VERSION_NUMBER", framed("wrong version number"), "sends something that is not TLS"],
    ["ERR_SSL_WRONG_VERSION_NUMBER", "received corrupt message of type X", "sends something that is not TLS"],
    ["ERR_SSL_BAD_RECORD_TYPE", framed("bad record type"), "sends something that is not TLS"],
    ["ERR_SSL_NO_APPLICATION_PROTOCOL", framed("no application protocol"), "has no application protocol in common"],
    ["ERR_SSL_UNSUPPORTED_PROTOCOL", framed("unsupported protocol"), "has no version of TLS in common"],
    ["ERR_SSL_A", framed("tlsv13 alert certificate required"), 'sent the TLS alert "certificate required"'],
    ["ERR_SSL_SSL/TLS_A", framed("ssl/tls alert handshake failure"), 'sent the TLS alert "handshake failure"'],
    ["ERR_SSL_A", "received fatal alert: CertificateRequired", 'sent the TLS alert "certificate required"'],
  ] as const
) {
  test(`tlsWords() says of "${message}" that the peer ${words}`, () => {
    assert.equal(tlsWords("tls", error(code, message))![0], `the peer ${words}`);
  });
}

test("tlsWords() says the same of a record that was changed, whatever the runtime calls it", () => {
  const node = error("ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC", framed("decryption failed or bad record mac"));
  const deno = error("ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE", "cannot decrypt peer's message");
  for (const cause of [node, deno]) assert.equal(tlsWords("tls", cause)![0], "a TLS record was changed on its way");
});

test("tlsWords() takes what OpenSSL puts around its words away", () => {
  assert.equal(
    tlsWords("tls", error("ERR_SSL_X", framed("excessive message size")))![0],
    "TLS failed: excessive message size",
  );
});

test("tlsWords() quotes any other cause, made printable", () => {
  assert.equal(tlsWords("tls", new Error("bad\nrecord"))![0], "TLS failed: bad\\u000arecord");
});

for (const cause of [undefined, null, 7, { code: "constructor" }, { code: 1, message: 2 }]) {
  test(`tlsWords() bears the cause ${JSON.stringify(cause)}`, () => {
    assert.equal(tlsWords("tls", cause)![0], "TLS failed");
  });
}
