//! Writes the order of the corpus as each library of Rust does: a name and base64, on lines.

use base64::{engine::general_purpose::STANDARD, Engine};
use prost::Message;
use serde::Serialize;
use std::io::Write;

const RAW: [u8; 3] = [0, 1, 255];

#[derive(Serialize)]
struct Order {
    id: i64,
    name: String,
    items: Vec<Item>,
    price: f64,
    #[serde(with = "serde_bytes")]
    raw: Vec<u8>,
}

#[derive(Serialize)]
struct Item {
    sku: String,
    qty: i32,
}

#[derive(Message)]
struct OrderMessage {
    #[prost(int64, tag = "1")]
    id: i64,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(message, repeated, tag = "3")]
    items: Vec<ItemMessage>,
    #[prost(double, tag = "4")]
    price: f64,
    #[prost(bytes = "vec", tag = "5")]
    raw: Vec<u8>,
}

#[derive(Message)]
struct ItemMessage {
    #[prost(string, tag = "1")]
    sku: String,
    #[prost(int32, tag = "2")]
    qty: i32,
}

fn say(name: &str, made: &[u8]) {
    println!("rust-{} {}", name, STANDARD.encode(made));
}

fn main() {
    let items = [("a-1", 2), ("b-2", 300)];
    let order = Order {
        id: 7,
        name: "grün 茶".into(),
        items: items.iter().map(|(sku, qty)| Item { sku: sku.to_string(), qty: *qty }).collect(),
        price: 9.5,
        raw: RAW.to_vec(),
    };
    say("msgpack", &rmp_serde::to_vec_named(&order).unwrap());
    let mut cbor = Vec::new();
    ciborium::into_writer(&order, &mut cbor).unwrap();
    say("cbor", &cbor);
    let message = OrderMessage {
        id: 7,
        name: "grün 茶".into(),
        items: items.iter().map(|(sku, qty)| ItemMessage { sku: sku.to_string(), qty: *qty }).collect(),
        price: 9.5,
        raw: RAW.to_vec(),
    };
    say("protobuf", &message.encode_to_vec());
    let json = serde_json::to_vec(&order).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&json).unwrap();
    say("gzip", &gzip.finish().unwrap());
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    zlib.write_all(&json).unwrap();
    say("zlib", &zlib.finish().unwrap());
    let mut snappy = snap::write::FrameEncoder::new(Vec::new());
    snappy.write_all(&json).unwrap();
    say("snappy", &snappy.into_inner().unwrap());
    say("snappy-block", &snap::raw::Encoder::new().compress_vec(&json).unwrap());
}
