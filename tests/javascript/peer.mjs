// A JavaScript client that does as it is told: a JSON command per line in, an answer per line out.

import { createInterface } from "node:readline";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { ServiceError, Svcm } from "@nats-io/services";
import { connect, headers } from "@nats-io/transport-node";

const { PEER_URL, PEER_USER, PEER_PASSWORD, PEER_NAME, PEER_INBOX } = process.env;
const nc = await connect({
  servers: PEER_URL,
  user: PEER_USER,
  pass: PEER_PASSWORD,
  name: PEER_NAME,
  ...(PEER_INBOX && { inboxPrefix: PEER_INBOX }),
});

const commands = {
  async request({ subject, body, headers, ...options }) {
    const asked = { timeout: 30000, headers: written(headers), ...options };
    return told(await nc.request(subject, body, asked));
  },

  async requestMany({ subject, body, ...options }) {
    const replies = await nc.requestMany(subject, body, { maxWait: 5000, ...options });
    return all(replies, told);
  },

  /** Answers every request on a subject with each of these bodies. */
  async answer({ subject, bodies }) {
    const callback = (_, message) => bodies.forEach((body) => message.respond(body));
    nc.subscribe(subject, { callback });
    await nc.flush();
  },

  /** Asks everybody, or one service, under $SRV. */
  async discover({ name }) {
    const client = new Svcm(nc).client({ strategy: "stall", maxWait: 2000 });
    const [ping, info, stats] = await Promise.all(
      ["ping", "info", "stats"].map(async (verb) => all(await client[verb](name))),
    );
    return { ping, info, stats };
  },

  /** A service whose endpoint `create` goes wrong in the way that the body names. */
  async serve({ name, version, schema }) {
    const metadata = { team: "checkout" };
    const service = await new Svcm(nc).add({ name, version, metadata, description: `the ${name}` });
    const group = service.addGroup(name);
    group.addEndpoint("create", { handler: create, metadata: { schema: JSON.stringify(schema) } });
    serveEach(group.addEndpoint("list"));
    await nc.flush();
    return service.info();
  },

  /** Consumes a stream's requests, and answers where the header says. */
  async consume({ stream, durable }) {
    const manager = await jetstreamManager(nc);
    await manager.consumers.add(stream, { durable_name: durable, ack_policy: "explicit" });
    const consumer = await jetstream(nc).consumers.get(stream, durable);
    work(await consumer.consume());
  },
};

const create = (_, message) => {
  switch (message.string()) {
    case "refuse":
      return message.respondError(409, "sold out", "none of 3 left");
    case "throw coded":
      throw new ServiceError(400, "bad order");
    case "throw":
      throw new Error("out of tea");
    case "throw nothing":
      throw new Error("");
    case "reject":
      return Promise.reject(new Error("out of tea, but later"));
    default:
      return message.respond(`done: ${message.string()}`);
  }
};

async function serveEach(requests) {
  for await (const one of requests) one.respond(`listed: ${one.string()}`);
}

async function work(jobs) {
  for await (const job of jobs) {
    const [id, to] = ["correlation_id", "reply_to"].map((name) => job.headers?.get(name));
    const lines = id ? [["correlation_id", id]] : [];
    if (to) nc.publish(to, `done: ${job.string()}`, { headers: written(lines) });
    job.ack();
  }
}

async function all(answers, made = (one) => one) {
  const found = [];
  for await (const one of answers) found.push(made(one));
  return found;
}

function told(message) {
  const lines = [...(message.headers ?? [])].flatMap(([name, values]) =>
    values.map((value) => [name, value]),
  );
  return { subject: message.subject, body: message.string(), headers: lines };
}

function written(lines = []) {
  const block = headers();
  for (const [name, value] of lines) block.append(name, value);
  return block;
}

console.log(JSON.stringify({ value: nc.info.client_id }));
for await (const line of createInterface({ input: process.stdin })) {
  const { what, ...details } = JSON.parse(line);
  try {
    console.log(JSON.stringify({ value: (await commands[what](details)) ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ error: error.message, cause: error.cause?.constructor.name }));
  }
}
await nc.close();
