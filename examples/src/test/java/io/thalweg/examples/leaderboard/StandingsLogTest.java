package io.thalweg.examples.leaderboard;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.rank.Standing;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

class StandingsLogTest {

  @Test
  void line_standings_showsRanksAndDevices() {
    assertThat(
            StandingsLog.line(
                1_795_001_700_000L,
                1_795_002_000_000L,
                false,
                List.of(new Standing<>(1, "sensor-3", 41L), new Standing<>(2, "sensor-1", 38L)),
                20,
                ZoneOffset.UTC))
        .isEqualTo("11:35–11:40 so far: 1. sensor-3 (41), 2. sensor-1 (38); 20 devices");
    assertThat(
            StandingsLog.line(
                0, 300_000, true, List.of(new Standing<>(1, "a", 1L)), 1, ZoneOffset.UTC))
        .isEqualTo("00:00–00:05 FINAL:  1. a (1); 1 device");
  }

  @Test
  void line_untrustedName_isOneLine() {
    assertThat(
            StandingsLog.line(
                0,
                300_000,
                true,
                List.of(new Standing<>(1, "two\nlines\u2028", 1L)),
                1,
                ZoneOffset.UTC))
        .isEqualTo("00:00–00:05 FINAL:  1. two�lines� (1); 1 device");
  }

  @Test
  void isNewer_repeatedVersion_returnsFalse() {
    StandingsLog log = new StandingsLog("run");
    assertThat(log.isNewer(100, 1)).isTrue();
    assertThat(log.isNewer(100, 2)).isTrue();
    assertThat(log.isNewer(100, 1)).isFalse();
    assertThat(log.isNewer(100, 2)).isFalse();
    assertThat(log.isNewer(101, 1)).as("version of a restarted task").isTrue();
    assertThat(log.isNewer(100, 3)).isFalse();
  }

  @Test
  void toJson_untrustedNames_roundTrips() {
    List<Standing<String, Long>> top =
        List.of(
            new Standing<>(1, "\"quoted\" 'twice'", 3L),
            new Standing<>(2, "two\nlines", 2L),
            new Standing<>(2, "x".repeat(10_000), 2L));
    assertThat(StandingsTable.fromJson(StandingsTable.toJson(top))).isEqualTo(top);
    assertThat(StandingsTable.fromJson(StandingsTable.toJson(List.of()))).isEmpty();
  }

  @Test
  void at_endOfTimeLapse_returnsPresent() {
    TimeLapse pace = new TimeLapse(30, 1_000_000, 1_000_000 - 29 * 60_000L);
    assertThat(pace.at(1_000_000)).isEqualTo(1_000_000 - 29 * 60_000L);
    assertThat(pace.at(1_060_000)).isEqualTo(1_060_000);
    assertThat(pace.shortened(Duration.ofSeconds(10))).isEqualTo(Duration.ofSeconds(1));
    assertThat(new TimeLapse(4, 0, 0).shortened(Duration.ofSeconds(10)))
        .isEqualTo(Duration.ofMillis(2_500));
  }
}
