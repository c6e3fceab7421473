// Writes the order of the corpus as each library of JavaScript does: a name and base64, on lines.
import { encode } from "@msgpack/msgpack";
import avsc from "avsc";
import { encode as encodeCbor } from "cbor-x";
import protobuf from "protobufjs";
import { compressSync as snappy } from "snappy";
import { deflateSync, gzipSync } from "node:zlib";

const order = {
  id: 7,
  name: "grün 茶",
  items: [
    { sku: "a-1", qty: 2 },
    { sku: "b-2", qty: 300 },
  ],
  price: 9.5,
  raw: new Uint8Array([0, 1, 255]),
};

const say = (name, made) => console.log(`node-${name} ${Buffer.from(made).toString("base64")}`);
const withBuffer = { ...order, raw: Buffer.from(order.raw) };

say("msgpack", encode(order));
say("cbor", encodeCbor(order));

const type = avsc.Type.forSchema(JSON.parse(process.argv[2]));
say("avro", type.toBuffer(withBuffer));
say("avro-file", await avroFile("null"));
say("avro-deflate", await avroFile("deflate"));

const { root } = protobuf.parse(`syntax = "proto3";
message Item { string sku = 1; int32 qty = 2; }
message Order { int64 id = 1; string name = 2; repeated Item items = 3; double price = 4;
                bytes raw = 5; }`);
const Order = root.lookupType("Order");
say("protobuf", Order.encode(Order.create(order)).finish());

const json = Buffer.from(JSON.stringify({ ...order, raw: [...order.raw] }));
say("gzip", gzipSync(json));
say("zlib", deflateSync(json));
say("snappy-block", snappy(json));
say("utf16", Buffer.from("\ufeff" + json, "utf16le"));

function avroFile(codec) {
  const encoder = new avsc.streams.BlockEncoder(type, { codec });
  const parts = [];
  return new Promise((resolve, reject) => {
    encoder.on("data", (part) => parts.push(part));
    encoder.on("end", () => resolve(Buffer.concat(parts)));
    encoder.on("error", reject);
    encoder.end(withBuffer);
  });
}
