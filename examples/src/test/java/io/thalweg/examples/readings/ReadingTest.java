package io.thalweg.examples.readings;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReadingTest {

  private static final byte[] KEY = BadInput.DEVICE.getBytes(UTF_8);

  static List<BadInput> badInput() {
    return BadInput.all();
  }

  @ParameterizedTest
  @MethodSource("badInput")
  void parse_badInput_throwsWithReason(BadInput bad) {
    assertThatThrownBy(() -> Reading.parse(bad.key(), bad.payload()))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(bad.reason())
        .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(500));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"device_id\":\"sensor-1\",\"value\":50,\"timestamp\":1795000000000}",
        " { \"timestamp\" : 1795000000000 , \"value\" : 5.0e1 , \"device_id\" : \"sensor-1\" } \n",
        "{\"unit\":{\"value\":1,\"of\":[1,{}]},\"device_id\":\"sensor-1\",\"value\":50.0,\"timestamp\":1795000000000,"
            + "\"note\":null}"
      })
  void parse_goodInput_returnsReading(String json) {
    assertThat(Reading.parse(KEY, json.getBytes(UTF_8)))
        .isEqualTo(new Reading("sensor-1", 50, BadInput.NOW));
  }

  @ParameterizedTest
  @ValueSource(longs = {Reading.EARLIEST, Reading.LATEST - 1})
  void parse_timestampAtBounds_returnsReading(long timestamp) {
    byte[] json = BadInput.json("\"sensor-1\"", "-1.5", timestamp).getBytes(UTF_8);
    assertThat(Reading.parse(KEY, json)).isEqualTo(new Reading("sensor-1", -1.5, timestamp));
  }

  @Test
  void parse_nonAsciiKey_isComparedInUtf8() {
    byte[] json = BadInput.json("\"Fühler-१\"", "1", BadInput.NOW).getBytes(UTF_8);
    assertThat(Reading.parse("Fühler-१".getBytes(UTF_8), json).deviceId()).isEqualTo("Fühler-१");
  }

  @Test
  void toJson_anyReading_roundTrips() {
    SensorSimulator simulation = new SensorSimulator(3, 11);
    for (int i = 0; i < 1000; i++) {
      Reading reading = simulation.next(BadInput.NOW + i);
      assertThat(Reading.parse(reading.deviceId().getBytes(UTF_8), reading.toJson()))
          .isEqualTo(reading);
    }
  }

  @Test
  void parse_damagedBytes_returnsOrThrowsIllegalArgument() {
    long seed = 20261123;
    Random random = new Random(seed);
    byte[] good = BadInput.good().getBytes(UTF_8);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] damaged = good.clone();
      for (int n = 1 + random.nextInt(3); n > 0; n--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      try {
        Reading.parse(KEY, damaged);
      } catch (IllegalArgumentException e) {
        refused++; // anything else that is thrown fails the test
      }
    }
    assertThat(refused).as("seed %d", seed).isBetween(10_000, 20_000);
  }
}
