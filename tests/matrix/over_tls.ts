/** Conditions over TLS. */
import type { Condition, Role } from "./condition.ts";

const ROLES: readonly Role[] = ["client", "server"];

const SUFFIXES: Record<Role, string> = { client: "", server: "-server" };

/** The same condition with this side as client and as server; `name` makes its id. */
export function asEach(make: (role: Role, name: (id: string) => string) => Condition): readonly Condition[] {
  return ROLES.map((role) => make(role, (id) => id + SUFFIXES[role]));
}

/** In a process of their own; impossible on Bun, whose own sockets are asked all the same. */
export function overTls(conditions: readonly Condition[]): readonly Condition[] {
  return conditions.map((condition) => ({ beside: "tls", impossible: { bun: { kind: "no-tls" } }, ...condition }));
}
