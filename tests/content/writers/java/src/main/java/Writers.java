import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import com.github.luben.zstd.Zstd;
import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Label;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto.Type;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.message.BinaryMessageEncoder;
import org.msgpack.jackson.dataformat.MessagePackMapper;
import org.xerial.snappy.Snappy;
import org.xerial.snappy.SnappyFramedOutputStream;

/** Writes the order of the corpus as each library of Java does: a name and base64, on lines. */
public class Writers {
    static final byte[] RAW = {0, 1, (byte) 255};
    static final String NAME = "grün 茶";

    interface Wrapping {
        OutputStream around(OutputStream out) throws Exception;
    }

    public static void main(String[] args) throws Exception {
        Map<String, Object> order = order();
        byte[] json = new ObjectMapper().writeValueAsBytes(order);
        say("msgpack", new MessagePackMapper().writeValueAsBytes(order));
        say("cbor", new CBORMapper().writeValueAsBytes(order));
        Schema schema = new Schema.Parser().parse(args[0]);
        say("avro", avro(schema));
        say("avro-single", single(schema));
        say("avro-file", file(schema, CodecFactory.nullCodec()));
        say("avro-deflate", file(schema, CodecFactory.deflateCodec(6)));
        say("protobuf", protobuf());
        say("gzip", wrapped(json, GZIPOutputStream::new));
        say("zlib", wrapped(json, DeflaterOutputStream::new));
        say("zstd", Zstd.compress(json));
        say("snappy", wrapped(json, SnappyFramedOutputStream::new));
        say("snappy-block", Snappy.compress(json));
        say("utf16", new String(json, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_16));
    }

    static void say(String name, byte[] made) {
        System.out.println("java-" + name + " " + Base64.getEncoder().encodeToString(made));
    }

    static Map<String, Object> order() {
        Map<String, Object> order = new LinkedHashMap<>();
        order.put("id", 7L);
        order.put("name", NAME);
        order.put("items", List.of(item("a-1", 2), item("b-2", 300)));
        order.put("price", 9.5);
        order.put("raw", RAW);
        return order;
    }

    static Map<String, Object> item(String sku, int quantity) {
        Map<String, Object> item = new LinkedHashMap<>();
        item.put("sku", sku);
        item.put("qty", quantity);
        return item;
    }

    static byte[] wrapped(byte[] inner, Wrapping wrapping) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream packed = wrapping.around(out)) {
            packed.write(inner);
        }
        return out.toByteArray();
    }

    static GenericRecord record(Schema schema) {
        Schema items = schema.getField("items").schema();
        GenericData.Array<GenericRecord> all = new GenericData.Array<>(2, items);
        for (Map<String, Object> each : List.of(item("a-1", 2), item("b-2", 300))) {
            GenericRecord item = new GenericData.Record(items.getElementType());
            each.forEach(item::put);
            all.add(item);
        }
        GenericRecord record = new GenericData.Record(schema);
        record.put("id", 7L);
        record.put("name", NAME);
        record.put("items", all);
        record.put("price", 9.5);
        record.put("raw", ByteBuffer.wrap(RAW));
        return record;
    }

    static byte[] avro(Schema schema) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        var encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<GenericRecord>(schema).write(record(schema), encoder);
        encoder.flush();
        return out.toByteArray();
    }

    static byte[] single(Schema schema) throws Exception {
        ByteBuffer made = new BinaryMessageEncoder<GenericRecord>(GenericData.get(), schema).encode(record(schema));
        byte[] bytes = new byte[made.remaining()];
        made.get(bytes);
        return bytes;
    }

    static byte[] file(Schema schema, CodecFactory codec) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (var file = new DataFileWriter<GenericRecord>(new GenericDatumWriter<>(schema))) {
            file.setCodec(codec).create(schema, out);
            file.append(record(schema));
        }
        return out.toByteArray();
    }

    static FieldDescriptorProto field(String name, int number, Type type, Label label, String of) {
        var made = FieldDescriptorProto.newBuilder().setName(name).setNumber(number).setType(type).setLabel(label);
        return (of == null ? made : made.setTypeName(of)).build();
    }

    static byte[] protobuf() throws Exception {
        Label one = Label.LABEL_OPTIONAL;
        DescriptorProto item = DescriptorProto.newBuilder().setName("Item")
            .addField(field("sku", 1, Type.TYPE_STRING, one, null))
            .addField(field("qty", 2, Type.TYPE_INT32, one, null)).build();
        DescriptorProto order = DescriptorProto.newBuilder().setName("Order")
            .addField(field("id", 1, Type.TYPE_INT64, one, null))
            .addField(field("name", 2, Type.TYPE_STRING, one, null))
            .addField(field("items", 3, Type.TYPE_MESSAGE, Label.LABEL_REPEATED, "Item"))
            .addField(field("price", 4, Type.TYPE_DOUBLE, one, null))
            .addField(field("raw", 5, Type.TYPE_BYTES, one, null)).build();
        FileDescriptor file = FileDescriptor.buildFrom(
            FileDescriptorProto.newBuilder().setName("shop.proto").setSyntax("proto3")
                .addMessageType(item).addMessageType(order).build(),
            new FileDescriptor[0]);
        Descriptor items = file.findMessageTypeByName("Item"), orders = file.findMessageTypeByName("Order");
        DynamicMessage.Builder made = DynamicMessage.newBuilder(orders)
            .setField(orders.findFieldByName("id"), 7L)
            .setField(orders.findFieldByName("name"), NAME)
            .setField(orders.findFieldByName("price"), 9.5)
            .setField(orders.findFieldByName("raw"), ByteString.copyFrom(RAW));
        for (Map<String, Object> each : List.of(item("a-1", 2), item("b-2", 300))) {
            DynamicMessage.Builder part = DynamicMessage.newBuilder(items);
            each.forEach((name, value) -> part.setField(items.findFieldByName(name), value));
            made.addRepeatedField(orders.findFieldByName("items"), part.build());
        }
        return made.build().toByteArray();
    }
}
