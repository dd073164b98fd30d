package io.thalweg.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.thalweg.stats.MomentsAccumulator;
import io.thalweg.testing.SeriesGenerator.Anomalies;
import io.thalweg.testing.SeriesGenerator.Background;
import io.thalweg.testing.SeriesGenerator.Kind;
import io.thalweg.testing.SeriesGenerator.Reading;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SeriesGeneratorTest {

  private static final int DAY = SeriesGenerator.DAY;

  /** Kinds that outlast their labels. */
  private static final Set<Kind> LASTING =
      EnumSet.of(Kind.LEVEL_SHIFT, Kind.PHASE_SHIFT, Kind.SILENCE);

  @ParameterizedTest
  @EnumSource
  void values_ofSeed_areTheSameOnEveryJdk(Background background) {
    double[] golden =
        switch (background) {
          case GAUSSIAN -> new double[] {102.46475327908688, 107.56496434588273, 99939.41179849654};
          case HEAVY_TAILED ->
              new double[] {102.49163841941002, 102.72004849380598, 99704.50799314148};
          case DAILY -> new double[] {102.46475327908688, 138.00303579631876, 104492.41687308835};
          case DAILY_JOB -> new double[] {20.98590131163475, 83.02598573835309, 22835.76471939857};
          case TREND -> new double[] {102.46475327908688, 108.08579767921606, 108628.64790960739};
          case AR1 -> new double[] {102.46475327908688, 127.10278936637067, 98570.5581377938};
          case AR2 -> new double[] {102.46475327908688, 117.72068354514929, 99479.41965112582};
          case COUNTS -> new double[] {23.0, 24.0, 19875.0};
          case ZERO_INFLATED -> new double[] {0.0, 0.0, 211.0};
          case RANDOM_WALK ->
              new double[] {102.46475327908688, 138.03483018224986, 64528.23543073675};
        };
    List<Reading> readings = SeriesGenerator.of(background, 42).take(1001);
    double sum = readings.stream().mapToDouble(Reading::value).reduce(0, Double::sum);

    assertThat(new double[] {readings.get(0).value(), readings.get(30).value(), sum})
        .containsExactly(golden);
  }

  @ParameterizedTest
  @EnumSource
  void deviations_anyBackground_haveDocumentedScale(Background background) {
    int n = 300_000;
    SeriesGenerator series = SeriesGenerator.of(background, 5);
    MomentsAccumulator moments = new MomentsAccumulator();
    double before = 100;
    for (int row = 0; row < n; row++) {
      series.next();
      double phase = row % DAY;
      double level =
          switch (background) {
            case DAILY -> 100 + 50 * Math.sin(2 * Math.PI * phase / DAY);
            case DAILY_JOB -> phase >= 24 && phase < 36 ? 80 : 20;
            case TREND -> 100 + 5.0 * row / DAY;
            case COUNTS -> 20;
            case ZERO_INFLATED -> 0.2;
            case RANDOM_WALK -> before;
            default -> 100;
          };
      before = series.value();
      moments.add(series.value() - level);
      assertThat(series.anomalous()).isFalse();
    }
    double scale = background.scale();
    assertThat(moments.mean()).isCloseTo(0, within(scale / 30));
    double error = background == Background.HEAVY_TAILED ? 0.2 : 0.03; // no fourth moment
    assertThat(moments.sampleStandardDeviation() / scale).isCloseTo(1, within(error));
  }

  @ParameterizedTest
  @EnumSource
  void anomalies_eachKind_changeOnlyLabelledReadings(Kind kind) {
    for (Background background : Background.values()) {
      Anomalies anomalies = new Anomalies(kind, 6, 20, 600, 300);
      if (!kind.appliesTo(background)) {
        assertThatThrownBy(() -> SeriesGenerator.of(background, anomalies, 1))
            .hasMessageContaining("makes no difference");
        continue;
      }
      List<Reading> clean = SeriesGenerator.of(background, 3).take(20_000);
      List<Reading> dirty = SeriesGenerator.of(background, anomalies, 3).take(20_000);
      int labelled = 0;
      int changed = 0;
      for (int row = 0; row < clean.size(); row++) {
        boolean same = clean.get(row).equals(dirty.get(row));
        if (dirty.get(row).anomalous()) {
          labelled++;
          changed += same ? 0 : 1;
        } else if (!LASTING.contains(kind)) {
          assertThat(same).as("row %d", row).isTrue();
        }
      }
      assertThat(labelled).as("%s", background).isGreaterThan(kind == Kind.SILENCE ? 30 : 200);
      if (kind != Kind.SILENCE && background != Background.ZERO_INFLATED) {
        assertThat(changed).as("%s", background).isGreaterThan(labelled * 4 / 5);
      }
    }
  }

  @Test
  void plan_lengthAndSpacing_areKept() {
    List<Reading> readings =
        SeriesGenerator.of(Background.AR1, new Anomalies(Kind.SPIKE, 5, 3, 100, 50), 1)
            .take(10_000);
    List<Integer> starts = new ArrayList<>();
    for (int row = 1; row < readings.size(); row++) {
      if (readings.get(row).anomalous() && !readings.get(row - 1).anomalous()) {
        starts.add(row);
      }
    }
    assertThat(starts.get(0)).isEqualTo(100);
    for (int i = 1; i < starts.size(); i++) {
      assertThat(starts.get(i) - starts.get(i - 1)).isBetween(53, 103);
      assertThat(readings.get(starts.get(i) + 2).anomalous()).isTrue();
      assertThat(readings.get(starts.get(i) + 3).anomalous()).isFalse();
    }
  }

  @Test
  void contextual_values_areInsideTheRange() {
    for (Reading each :
        SeriesGenerator.of(Background.DAILY, new Anomalies(Kind.CONTEXTUAL, 10, 2, 2016, 50), 8)
            .take(50_000)) {
      if (each.anomalous()) {
        assertThat(each.value()).isBetween(75.0, 125.0); // of 50 to 150
      }
    }
  }

  @Test
  void silence_gap_isBeforeTheLabel() {
    List<Reading> readings =
        SeriesGenerator.of(Background.DAILY, new Anomalies(Kind.SILENCE, 0, 48, 100, 500), 8)
            .take(150);

    assertThat(readings.get(100).anomalous()).isTrue();
    assertThat(readings.get(100).timestamp() - readings.get(99).timestamp())
        .isEqualTo(49 * SeriesGenerator.INTERVAL);
    assertThat(readings.get(101).anomalous()).isFalse();
    assertThat(readings.get(0).timestamp()).isEqualTo(1_704_067_200_000L);
  }

  @Test
  void missingPattern_job_doesNotRun() {
    List<Reading> readings =
        SeriesGenerator.of(
                Background.DAILY_JOB, new Anomalies(Kind.MISSING_PATTERN, 0, 1, 1000, 4000), 8)
            .take(5_000);
    for (int row = 0; row < readings.size(); row++) {
      boolean hour = row % DAY >= 24 && row % DAY < 36;
      Reading reading = readings.get(row);
      assertThat(reading.value() > 50).isEqualTo(hour && !reading.anomalous());
    }
    assertThat(readings.stream().filter(Reading::anomalous).count()).isEqualTo(12);
  }

  @Test
  void plan_wrong_isRejected() {
    assertThatThrownBy(() -> new Anomalies(Kind.DIP, Double.NaN, 1, 1, 1))
        .hasMessageContaining("strength must be finite");
    assertThatThrownBy(() -> new Anomalies(Kind.DIP, 1, 0, 1, 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
