package io.thalweg.examples.readings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PlantedAnomaliesTest {

  @Test
  void add_someRecords_onlyTheseAreWritten() {
    PlantedAnomalies truth = new PlantedAnomalies();
    truth.add(0, 1_000_000_000_000L, false);
    truth.add(0, 1_000_000_000_002L, true);
    truth.add(3, 0, true);

    assertThat(truth.written()).isEqualTo(3);
    assertThat(truth.planted()).isEqualTo(2);
    assertThat(truth.isWritten(0, 1_000_000_000_000L)).isTrue();
    assertThat(truth.isPlanted(0, 1_000_000_000_000L)).isFalse();
    assertThat(truth.isWritten(0, 1_000_000_000_001L)).isFalse();
    assertThat(truth.isPlanted(0, 1_000_000_000_002L)).isTrue();
    assertThat(truth.isPlanted(3, 0)).isTrue();
    assertThat(truth.isWritten(0, 5)).isFalse();
    assertThat(truth.isWritten(1, 0)).isFalse();
  }
}
