import { connect } from "node:net";

/** What most of us write first. */
export async function fetchReport(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write("report\n");
  let answer = "";
  for await (const chunk of socket) answer += chunk;
  return answer.slice(answer.indexOf("\n") + 1); // The first line is the size.
}
