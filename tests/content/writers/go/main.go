// Writes the order of the corpus as each library of Go does: a name and base64, on lines.
package main

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/hamba/avro/v2"
	"github.com/hamba/avro/v2/ocf"
	"github.com/hamba/avro/v2/soe"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/vmihailenco/msgpack/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
)

type item struct {
	SKU string `json:"sku" msgpack:"sku" cbor:"sku" avro:"sku"`
	Qty int    `json:"qty" msgpack:"qty" cbor:"qty" avro:"qty"`
}

type order struct {
	ID    int64   `json:"id" msgpack:"id" cbor:"id" avro:"id"`
	Name  string  `json:"name" msgpack:"name" cbor:"name" avro:"name"`
	Items []item  `json:"items" msgpack:"items" cbor:"items" avro:"items"`
	Price float64 `json:"price" msgpack:"price" cbor:"price" avro:"price"`
	Raw   []byte  `json:"raw" msgpack:"raw" cbor:"raw" avro:"raw"`
}

type dated struct {
	order
	At time.Time `msgpack:"at" cbor:"at"`
}

func must[T any](made T, err error) T {
	if err != nil {
		panic(err)
	}
	return made
}

func say(name string, made []byte) {
	fmt.Println("go-"+name, base64.StdEncoding.EncodeToString(made))
}

// packed closes the writer around the buffer, which ends what it writes.
func packed(inner []byte, around func(io.Writer) io.WriteCloser) []byte {
	var out bytes.Buffer
	writer := around(&out)
	must(writer.Write(inner))
	must(0, writer.Close())
	return out.Bytes()
}

func main() {
	made := order{7, "grün 茶", []item{{"a-1", 2}, {"b-2", 300}}, 9.5, []byte{0, 1, 255}}
	with := dated{made, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	say("msgpack", must(msgpack.Marshal(&with)))
	say("cbor", must(must(cbor.EncOptions{Time: cbor.TimeUnix}.EncMode()).Marshal(with)))
	say("protobuf", protobuf(made))

	schema := must(avro.Parse(os.Args[1]))
	say("avro", must(avro.Marshal(schema, made)))
	say("avro-single", must(must(soe.NewCodec(schema)).Encode(made)))
	say("avro-file", file(schema, made, ocf.Null))
	say("avro-snappy", file(schema, made, ocf.Snappy))
	say("avro-zstd", file(schema, made, ocf.ZStandard))

	var lines strings.Builder
	for id := range 40 {
		fmt.Fprintf(&lines, "{\"id\":%d,\"name\":\"grün\",\"tags\":[\"a\",\"b\",\"a\",\"b\"]}\n", id)
	}
	text := []byte(lines.String())
	say("text", text)
	say("s2-block", s2.Encode(nil, text))
	say("snappy-block", snappy.Encode(nil, text))
	say("s2", packed(text, func(out io.Writer) io.WriteCloser { return s2.NewWriter(out) }))
	say("snappy", packed(text, func(out io.Writer) io.WriteCloser { return snappy.NewBufferedWriter(out) }))
	say("zstd", packed(text, func(out io.Writer) io.WriteCloser { return must(zstd.NewWriter(out)) }))
	say("gzip", packed(text, func(out io.Writer) io.WriteCloser { return gzip.NewWriter(out) }))
	one := must(json.Marshal(made))
	say("zlib", packed(one, func(out io.Writer) io.WriteCloser { return zlib.NewWriter(out) }))
}

func file(schema avro.Schema, made order, codec ocf.CodecName) []byte {
	var out bytes.Buffer
	encoder := must(ocf.NewEncoderWithSchema(schema, &out, ocf.WithCodec(codec)))
	must(0, encoder.Encode(made))
	must(0, encoder.Close())
	return out.Bytes()
}

func field(name string, number int32, kind descriptorpb.FieldDescriptorProto_Type) *descriptorpb.FieldDescriptorProto {
	label := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL
	return &descriptorpb.FieldDescriptorProto{Name: &name, Number: &number, Type: &kind, Label: &label}
}

func protobuf(made order) []byte {
	items := field("items", 3, descriptorpb.FieldDescriptorProto_TYPE_MESSAGE)
	items.Label = descriptorpb.FieldDescriptorProto_LABEL_REPEATED.Enum()
	items.TypeName = proto.String(".Item")
	described := must(protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name:   proto.String("shop.proto"),
		Syntax: proto.String("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{
			{Name: proto.String("Item"), Field: []*descriptorpb.FieldDescriptorProto{
				field("sku", 1, descriptorpb.FieldDescriptorProto_TYPE_STRING),
				field("qty", 2, descriptorpb.FieldDescriptorProto_TYPE_INT32),
			}},
			{Name: proto.String("Order"), Field: []*descriptorpb.FieldDescriptorProto{
				field("id", 1, descriptorpb.FieldDescriptorProto_TYPE_INT64),
				field("name", 2, descriptorpb.FieldDescriptorProto_TYPE_STRING),
				items,
				field("price", 4, descriptorpb.FieldDescriptorProto_TYPE_DOUBLE),
				field("raw", 5, descriptorpb.FieldDescriptorProto_TYPE_BYTES),
			}},
		},
	}, nil))
	set := func(message *dynamicpb.Message, name string, value any) {
		message.Set(message.Descriptor().Fields().ByName(protoreflect.Name(name)), protoreflect.ValueOf(value))
	}
	message := dynamicpb.NewMessage(described.Messages().ByName("Order"))
	set(message, "id", made.ID)
	set(message, "name", made.Name)
	set(message, "price", made.Price)
	set(message, "raw", made.Raw)
	list := message.Mutable(message.Descriptor().Fields().ByName("items")).List()
	for _, each := range made.Items {
		part := dynamicpb.NewMessage(described.Messages().ByName("Item"))
		set(part, "sku", each.SKU)
		set(part, "qty", int32(each.Qty))
		list.Append(protoreflect.ValueOfMessage(part))
	}
	return must(proto.MarshalOptions{Deterministic: true}.Marshal(message))
}
