/**
 * One run of a scenario, cut once or not at all, and what was observed.
 *
 * Theory of operation. Everything in a run is driven by microtasks and by the ends of turns of the event loop; time stands
 * still. While anything happens at the seam the run is left alone. When nothing has happened for a few turns it is idle:
 * then time jumps to the next deadline, and where there is none the run hangs, which is a finding and not a test that
 * never ends. When the scenario has settled, its connections are followed to their end in the same way, the peers are
 * stopped, and what is then still armed or listening has been left behind.
 *
 * @module
 */
import type { Cut } from "./cut.ts";
import type { Observation } from "./finding.ts";
import { IdleWatch, turn } from "./idle.ts";
import { judgeLeftovers, judgeOutcomes, judgeSettled, type Verdicts } from "./judge.ts";
import type { Scenario } from "./scenario.ts";
import { Followed } from "./settled.ts";
import { Stage, type StageSettings } from "./stage.ts";
import type { VirtualTime } from "./virtual_time.ts";

/** What all runs of an exploration have in common. */
export interface RunSettings<T> extends StageSettings, Verdicts<T> {
  readonly scenario: Scenario<T>;
  readonly time: VirtualTime;
  /** Real milliseconds without an event before time jumps. */
  readonly quiet: number;
  /** The rejections that nobody has handled since the last call. */
  readonly takeUnhandled: () => unknown[];
}

/** One run. */
export class Run<T> {
  /** Its connections and what passed. */
  readonly stage: Stage;
  /** What was wrong. */
  readonly observations: Observation[] = [];
  /** What it resolved to. */
  result: T | undefined;
  readonly #cut: Cut | undefined;
  readonly #settings: RunSettings<T>;
  readonly #idle: IdleWatch;
  /** The explorer's own close: where it rejects, bytes were lost and the caller was told. */
  #closing: Followed<unknown> | undefined;

  /** @param settings What all runs have in common. @param cut Where and how to cut; not at all in the clean run. */
  constructor(settings: RunSettings<T>, cut?: Cut) {
    this.#settings = settings;
    this.#cut = cut;
    this.stage = new Stage(settings, cut);
    const { time, quiet } = settings;
    const { seam } = this.stage;
    this.#idle = new IdleWatch(time, quiet, () => seam.activity, () => this.stage.idle(this.#idle.jumps));
  }

  /** Plays it to its end and observes. */
  async play(): Promise<void> {
    const { scenario, time } = this.#settings;
    time.clear();
    const local = new Followed(() => scenario.local(this.stage));
    const over = await this.#idle.until(() => local.settled !== undefined) && await this.#followConnections();
    if (over) await this.#judge(local);
    else this.#observe({ kind: "hang", message: `it hangs: nothing is under way, and ${this.#idle.why}` });
    await this.#stopPeers(over);
    if (over) { for (const observation of judgeLeftovers(this.stage, time)) this.#observe(observation); }
    await turn(); // In which the runtime tells what nobody has handled.
    for (const error of this.#settings.takeUnhandled()) {
      this.#observe({ kind: "unhandled", message: `nobody handled a rejection: ${String(error)}`, error });
    }
  }

  /** Whether it ended with bytes that were not sent. */
  async losesBytes(): Promise<boolean> {
    const outcomes = await Promise.all(this.stage.transports.map(({ connection }) => connection?.closed));
    return outcomes.some((outcome) => outcome !== undefined && outcome.unsentBytes > 0);
  }

  #observe(observation: Observation): void {
    this.observations.push(observation);
  }

  /** Closes what is the explorer's, and follows what is the scenario's; `false` when one of them never ends. */
  async #followConnections(): Promise<boolean> {
    const { transports, owned } = this.stage;
    const closing = this.#closing = owned && new Followed(() => owned.close());
    const gone = (): boolean => transports.every((transport) => transport.gone);
    await this.#idle.until(gone, false);
    for (const transport of transports) {
      const { connection, number } = transport;
      if (transport.gone || connection?.signal.aborted) continue;
      this.#observe({ kind: "open", message: `connection ${number} was left open` });
      (connection ?? transport).abort();
    }
    return await this.#idle.until(() => gone() && (closing === undefined || closing.settled !== undefined));
  }

  async #judge(local: Followed<T>): Promise<void> {
    const settled = local.settled!;
    const told = this.#closing?.settled !== undefined && "error" in this.#closing.settled;
    const content = !told && "value" in settled && this.#settings.isClean(settled.value);
    if ("value" in settled) this.result = settled.value;
    for (const observation of judgeSettled(settled, this.stage, this.#cut, this.#settings)) this.#observe(observation);
    for await (const observation of judgeOutcomes(this.stage, content, this.#cut)) this.#observe(observation);
  }

  /** The other ends: what they do after a cut is their business, but they must stop. */
  async #stopPeers(orderly: boolean): Promise<void> {
    const { peers, transports } = this.stage;
    // In the clean run the peer may still have something to say, such as that the goodbye was wrong.
    const stopped = (): boolean => peers.every(({ script }) => script.settled !== undefined);
    if (this.#cut === undefined && orderly) await this.#idle.until(stopped);
    for (const transport of transports) transport.abort();
    for (const { connection } of peers) connection.abort();
    const gone = (): boolean => stopped() && peers.every(({ end }) => end.settled !== undefined);
    if (!await this.#idle.until(gone)) {
      this.#observe({ kind: "peer", message: "the peer waits for something else although its connection is over" });
    }
    if (this.#cut !== undefined) return;
    for (const { script } of peers) {
      if (script.settled === undefined || "value" in script.settled) continue;
      const { error } = script.settled;
      this.#observe({ kind: "peer", message: `the peer rejected with ${String(error)}`, error });
    }
  }
}
