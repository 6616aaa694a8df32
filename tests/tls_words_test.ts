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

test("tlsWords() quotes any other cause, made printable", () => {
  assert.equal(tlsWords("tls", new Error("bad\nrecord"))![0], "TLS failed: bad\\u000arecord");
});

for (const cause of [undefined, null, 7, { code: "constructor" }, { code: 1, message: 2 }]) {
  test(`tlsWords() bears the cause ${JSON.stringify(cause)}`, () => {
    assert.equal(tlsWords("tls", cause)![0], "TLS failed");
  });
}
