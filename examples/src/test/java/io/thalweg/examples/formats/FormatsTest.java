package io.thalweg.examples.formats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.examples.readings.Reading;
import io.thalweg.storm.Decoder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FormatsTest {

  private interface Encoder {
    byte[] encode(Reading reading) throws Exception;
  }

  record Format(String name, Encoder encoder, Decoder<Reading> decoder) {
    @Override
    public String toString() {
      return name;
    }
  }

  static List<Format> formats() {
    return List.of(
        new Format("json", Reading::toJson, Reading::parse),
        new Format("avro", AvroReading::encode, new AvroReading()),
        new Format("protobuf", ProtobufReading::encode, ProtobufReading::decode));
  }

  @ParameterizedTest
  @MethodSource("formats")
  void decode_encodedReading_returnsEqualReading(Format format) throws Exception {
    for (Reading reading :
        List.of(
            new Reading("sensor-1", 51.25, 1_700_000_000_000L),
            new Reading("Füll\"\n\u0000ung", -1e-300, 946_684_800_000L),
            new Reading("x".repeat(256), -0.0, 4_102_444_799_999L))) {
      assertThat(format.decoder.decode(format.encoder.encode(reading))).isEqualTo(reading);
    }
  }

  @ParameterizedTest
  @MethodSource("formats")
  void decode_implausibleReading_throwsWithRule(Format format) {
    assertRefused(format, new Reading("", 1, 1_700_000_000_000L), "device_id");
    assertRefused(format, new Reading("y".repeat(257), 1, 1_700_000_000_000L), "device_id");
    assertRefused(format, new Reading("a", 1, 0), "timestamp");
    assertRefused(format, new Reading("a", 1, 4_102_444_800_000L), "timestamp");
    if (!format.name.equals("json")) { // JSON has no NaN and no infinities
      assertRefused(format, new Reading("a", Double.NaN, 1_700_000_000_000L), "value");
      assertRefused(format, new Reading("a", 1 / 0.0, 1_700_000_000_000L), "value");
    }
  }

  private static void assertRefused(Format format, Reading reading, String field) {
    assertThatThrownBy(() -> format.decoder.decode(format.encoder.encode(reading)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(field + " must");
  }

  /** A decoder may throw any exception; it must not return an invalid reading. */
  @ParameterizedTest
  @MethodSource("formats")
  void decode_damagedBytes_throwsOrReturnsPlausibleReading(Format format) throws Exception {
    SplittableRandom random = new SplittableRandom(42);
    byte[] good = format.encoder.encode(new Reading("sensor-1", 51.25, 1_700_000_000_000L));
    for (int i = 0; i < 20_000; i++) {
      byte[] bad = Arrays.copyOf(good, random.nextInt(good.length + 3));
      for (int flips = random.nextInt(4); flips > 0 && bad.length > 0; flips--) {
        bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
      }
      Reading read;
      try {
        read = format.decoder.decode(bad);
      } catch (Exception e) {
        continue;
      }
      assertThat(read.deviceId()).as("seed 42, iteration %d", i).isNotBlank().hasSizeLessThan(257);
      assertThat(read.value()).isFinite();
      assertThat(read.timestamp()).isBetween(946_684_800_000L, 4_102_444_799_999L);
    }
  }
}
