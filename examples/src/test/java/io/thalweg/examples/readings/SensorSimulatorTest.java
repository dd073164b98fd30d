package io.thalweg.examples.readings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SensorSimulatorTest {

  @Test
  void next_sameSeed_returnsSameReadings() {
    SensorSimulator one = new SensorSimulator(5, 7);
    SensorSimulator other = new SensorSimulator(5, 7);
    SensorSimulator third = new SensorSimulator(5, 8);
    assertThat(IntStream.range(0, 100).mapToObj(one::next).toList())
        .isEqualTo(IntStream.range(0, 100).mapToObj(other::next).toList())
        .isNotEqualTo(IntStream.range(0, 100).mapToObj(third::next).toList());
  }

  @Test
  void next_manyReadings_haveDocumentedDistribution() {
    SensorSimulator simulation = new SensorSimulator(5, 42);
    int planted = 0;
    for (int i = 0; i < 20_000; i++) {
      double value = simulation.next(i).value();
      if (simulation.planted()) {
        planted++;
        assertThat(value).as("seed 42, reading %d", i).isBetween(65.0, 105.0);
      } else {
        assertThat(value).as("seed 42, reading %d", i).isBetween(45.0, 55.0);
      }
    }
    assertThat(planted).isBetween(900, 1100);
  }

  @Test
  void constructor_noDevices_throws() {
    assertThatThrownBy(() -> new SensorSimulator(0, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("devices must be positive: 0");
  }
}
