package io.thalweg.examples.readings;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Record that is not a valid reading, with the expected reason. The test of the parser and the test
 * with a Kafka broker use the same list.
 *
 * @param description the error in the record
 * @param key the record's key
 * @param payload the record's value
 * @param reason the beginning of the expected reason
 */
public record BadInput(String description, byte[] key, byte[] payload, String reason) {

  public static final String DEVICE = "sensor-1";

  /** Valid timestamp, of 2026-11-23. */
  public static final long NOW = 1_795_000_000_000L;

  public static List<BadInput> all() {
    return List.of(
        bad("null payload", DEVICE, null, "the payload must not be empty"),
        bad("empty payload", DEVICE, "", "the payload must not be empty"),
        bad("not json", DEVICE, "hello", "not json: "),
        bad("binary", bytes(DEVICE), new byte[] {0, 1, 2, -1, -2}, "not json: "),
        bad("truncated", DEVICE, "{\"device_id\":\"sensor-1\",\"value\":50", "not json: "),
        bad(
            "cut in the middle of a name",
            DEVICE,
            "{\"device_id\":\"sensor-1\",\"va",
            "not json: "),
        bad("malformed utf-8", bytes(DEVICE), malformedUtf8(), "not json: "),
        bad("an array", DEVICE, "[1,2]", "the payload must be a json object"),
        bad("json null", DEVICE, "null", "the payload must be a json object"),
        bad("two objects", DEVICE, good() + good(), "nothing may follow the json object"),
        bad(
            "a field twice",
            DEVICE,
            "{\"value\":1," + good().substring(1),
            "not json: Duplicate field 'value'"),
        bad("no device_id", DEVICE, json(null, "50", NOW), "device_id must be given"),
        bad("no value", DEVICE, json("\"sensor-1\"", null, NOW), "value must be given"),
        bad(
            "no timestamp",
            DEVICE,
            "{\"device_id\":\"sensor-1\",\"value\":50}",
            "timestamp must be given"),
        bad("null device_id", DEVICE, json("null", "50", NOW), "device_id must be a string: null"),
        bad(
            "null value",
            DEVICE,
            json("\"sensor-1\"", "null", NOW),
            "value must be a number: null"),
        bad(
            "null timestamp",
            DEVICE,
            json("\"sensor-1\"", "50", "null"),
            "timestamp must be an integer: null"),
        bad("number as device_id", DEVICE, json("7", "50", NOW), "device_id must be a string: 7"),
        bad(
            "string as value",
            DEVICE,
            json("\"sensor-1\"", "\"50\"", NOW),
            "value must be a number: \"50\""),
        bad(
            "object as value",
            DEVICE,
            json("\"sensor-1\"", "{\"value\":50}", NOW),
            "value must be a number: {"),
        bad(
            "string as timestamp",
            DEVICE,
            json("\"sensor-1\"", "50", "\"" + NOW + "\""),
            "timestamp must be an integer: \""),
        bad(
            "fraction of a millisecond",
            DEVICE,
            json("\"sensor-1\"", "50", "1.5"),
            "timestamp must be"),
        bad("bare NaN", DEVICE, json("\"sensor-1\"", "NaN", NOW), "not json: "),
        bad("bare Infinity", DEVICE, json("\"sensor-1\"", "Infinity", NOW), "not json: "),
        bad("bare -Infinity", DEVICE, json("\"sensor-1\"", "-Infinity", NOW), "not json: "),
        bad("quoted NaN", DEVICE, json("\"sensor-1\"", "\"NaN\"", NOW), "value must be a number"),
        bad(
            "value beyond double",
            DEVICE,
            json("\"sensor-1\"", "1e999", NOW),
            "value must be finite"),
        bad("empty device_id", "", json("\"\"", "50", NOW), "device_id must not be empty"),
        bad("blank device_id", " ", json("\" \"", "50", NOW), "device_id must not be empty"),
        bad(
            "too long device_id",
            "x".repeat(300),
            json("\"" + "x".repeat(300) + "\"", "50", NOW),
            "device_id must have at most 256 characters: 300"),
        bad(
            "a payload of 1 MB",
            DEVICE,
            json("\"sensor-1\"", "50", NOW, "x".repeat(1_000_000)),
            "the payload must have at most 65536 bytes: 1000"),
        bad("null key", null, good(), "the record key must be the device_id: null"),
        bad(
            "key of another device",
            "sensor-2",
            good(),
            "the record key must be the device_id sensor-1"),
        bad("empty key", "", good(), "the record key must be the device_id sensor-1"),
        bad("timestamp 0", DEVICE, json("\"sensor-1\"", "50", 0), "timestamp must lie"),
        bad("negative timestamp", DEVICE, json("\"sensor-1\"", "50", -NOW), "timestamp must lie"),
        bad(
            "seconds, not ms",
            DEVICE,
            json("\"sensor-1\"", "50", NOW / 1000),
            "timestamp must lie"),
        bad(
            "the year 2100",
            DEVICE,
            json("\"sensor-1\"", "50", 4_102_444_800_000L),
            "timestamp must lie"),
        bad(
            "a timestamp beyond long",
            DEVICE,
            json("\"sensor-1\"", "50", "99999999999999999999"),
            "timestamp must lie"));
  }

  /**
   * Returns the expected reason of a dead letter: the source checks some rules before the parser.
   */
  public String sourceReason() {
    if (payload == null) {
      return "value must not be null";
    }
    if (payload.length > Reading.MAX_BYTES) {
      return "value must have at most 65536 bytes: 1000";
    }
    if (payload.length >= 5 && payload[0] == 0) {
      return "value begins with byte 0 and schema id ";
    }
    return reason;
  }

  private static BadInput bad(String about, String key, String payload, String reason) {
    return bad(
        about, key == null ? null : bytes(key), payload == null ? null : bytes(payload), reason);
  }

  private static BadInput bad(String about, byte[] key, byte[] payload, String reason) {
    return new BadInput(about, key, payload, reason);
  }

  public static String good() {
    return json("\"sensor-1\"", "50", NOW);
  }

  public static String json(String device, String value, Object timestamp) {
    return "{"
        + (device == null ? "" : "\"device_id\":" + device + ",")
        + (value == null ? "" : "\"value\":" + value + ",")
        + "\"timestamp\":"
        + timestamp
        + "}";
  }

  private static String json(String device, String value, Object timestamp, String note) {
    return "{\"note\":\"" + note + "\"," + json(device, value, timestamp).substring(1);
  }

  private static byte[] malformedUtf8() {
    byte[] payload = bytes(good());
    payload["{\"device_id\":\"".length()] =
        (byte) 0xC3; // first byte of a sequence of two, without the second
    return payload;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return description;
  }
}
