package io.thalweg.examples.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AxisTest {

  private static List<String> times(String from, String to) {
    return Axis.times(Instant.parse(from).toEpochMilli(), Instant.parse(to).toEpochMilli(), 6)
        .stream()
        .map(Axis.Tick::label)
        .toList();
  }

  @Test
  void times_ofEachLength_haveRoundLabels() {
    assertThat(times("2024-01-31T23:00:00Z", "2024-02-01T02:00:00Z"))
        .containsExactly("31 Jan 23:00", "23:30", "1 Feb", "00:30", "01:00", "01:30", "02:00");
    assertThat(times("2024-01-01T00:00:00Z", "2024-01-01T00:00:02Z").get(1))
        .isEqualTo("00:00:00.500");
    assertThat(times("2024-01-01T00:00:00Z", "2024-01-29T00:00:00Z"))
        .containsExactly("1 Jan", "8 Jan", "15 Jan", "22 Jan", "29 Jan");
    assertThat(times("2023-12-15T00:00:00Z", "2024-05-02T00:00:00Z"))
        .containsExactly("Jan 2024", "Feb 2024", "Mar 2024", "Apr 2024", "May 2024");
    assertThat(times("1999-06-01T00:00:00Z", "2024-06-01T00:00:00Z"))
        .containsExactly("2000", "2005", "2010", "2015", "2020");
  }

  @Test
  void times_ofAnyLength_areFewAndInside() {
    for (double span = 1; span < 1e14; span *= 1.7) {
      long from = 1_700_000_000_123L;
      long to = from + (long) span;
      List<Axis.Tick> ticks = Axis.times(from, to, 9);
      assertThat(ticks).hasSizeBetween(span < 1e12 ? 1 : 0, 14);
      assertThat(ticks).allMatch(tick -> tick.at() >= from && tick.at() <= to);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.5, 0.0",
    "-0.0, 0.5, 0.0",
    "1234567, 100000, '1,234,567'",
    "0.25, 0.05, 0.25",
    "2e9, 5e8, 2.0e9",
    "0.0002, 0.0001, 2e-4",
    "0, 1e9, 0"
  })
  void number_byStep_hasTheDigitsOfTheStep(double value, double step, String text) {
    assertThat(Axis.number(value, step)).isEqualTo(text);
  }

  @Test
  void numbers_ofAnyRange_areFewAndInside() {
    for (double span = 1e-9; span < 1e15; span *= 3.3) {
      double from = 17 * span;
      double to = from + span;
      List<Axis.Tick> ticks = Axis.numbers(from, to, 6);
      assertThat(ticks).hasSizeBetween(2, 8);
      assertThat(ticks).extracting(Axis.Tick::label).doesNotHaveDuplicates();
      assertThat(ticks).allMatch(tick -> tick.at() >= from && tick.at() <= to * (1 + 1e-12));
    }
  }
}
