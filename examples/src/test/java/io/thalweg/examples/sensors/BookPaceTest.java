package io.thalweg.examples.sensors;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.examples.readings.Detector;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class BookPaceTest {

  private static BookPace.Count simulate(Detector.Preset preset, boolean each) {
    return BookPace.simulate(
        new Detector(preset, 2.0).create(), 5, each, Duration.ofHours(100), 42);
  }

  @Test
  void simulate_oneLoopForAllDevices_findsFewAnomalies() {
    BookPace.Count book = simulate(Detector.Preset.BOOK, false);
    assertThat(book.readings()).isBetween(285_000L, 291_000L); // 1.25 s on average
    assertThat(book.inWindow())
        .isBetween(2.4, 2.8); // the reading itself, and 9.6 s / 6.25 s others
    assertThat(book.found() / (double) book.planted()).isLessThan(0.02);
    assertThat(simulate(Detector.Preset.DEFAULT, false).alerts()).isZero();
  }

  @Test
  void simulate_loopForEachDevice_findsMostAnomalies() {
    BookPace.Count book = simulate(Detector.Preset.BOOK, true);
    assertThat(book.inWindow()).isBetween(8.0, 9.2);
    assertThat(book.found()).isLessThanOrEqualTo(book.alerts()).isLessThan(book.planted());
    assertThat(book.found() / (double) book.planted()).isGreaterThan(0.5);
  }

  @Test
  void simulate_standardDetector_keepsItsRateOfFalseAlerts() {
    BookPace.Count standard = simulate(Detector.Preset.STANDARD, true);
    long ordinary = standard.readings() - standard.planted();
    assertThat(standard.alerts() - standard.found()).isLessThan((long) (2e-4 * ordinary));
    assertThat(standard.found()).isPositive(); // few: one reading in 20 is planted
  }
}
