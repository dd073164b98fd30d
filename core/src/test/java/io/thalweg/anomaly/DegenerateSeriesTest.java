package io.thalweg.anomaly;

import static org.assertj.core.api.Assertions.assertThat;

import io.thalweg.Output;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each detector with the standard policy on series that make detectors fail: no score is infinite,
 * the share of anomalous readings is bounded, and there are none at the end. The rows are those of
 * the table in docs/anomaly.md.
 */
class DegenerateSeriesTest {

  private static final int READINGS = 4_000;
  private static final long MINUTE = 60_000;

  /** The greatest number of anomalous readings in the last quarter of a series. */
  private static final int MOST_AT_END = READINGS / 80;

  /** A series: the number of readings that may be anomalous at its changes, and its readings. */
  enum Row {
    CONSTANT(0),
    NEAR_CONSTANT(0),
    TWO_VALUED(0),
    ZERO_INFLATED(160),
    COUNTER_WITH_RESETS(100),
    QUANTISED(5),
    STEP(100),
    RAMP(60),
    GAP(80),
    DUPLICATE_AND_BACKWARD_TIMESTAMPS(20),
    IRREGULAR_SAMPLING(40),
    NAN_BURST(40),
    FIRST_READINGS_ANOMALOUS(450);

    private final int most;

    Row(int most) {
      this.most = most;
    }

    private double value(int i, SplittableRandom random) {
      double noise = random.nextGaussian();
      return switch (this) {
        case CONSTANT -> 7;
        case NEAR_CONSTANT -> random.nextInt(10) == 0 ? Math.nextUp(1e9) : 1e9;
        case TWO_VALUED -> random.nextInt(2);
        case ZERO_INFLATED -> random.nextInt(20) == 0 ? 1 : 0;
        case COUNTER_WITH_RESETS -> 10 * (i % 500) + random.nextInt(5);
        case QUANTISED -> Math.rint(2 * noise);
        case STEP -> noise + (i < READINGS / 2 ? 50 : 90);
        case RAMP -> noise + 0.2 * i;
        case NAN_BURST -> i / 100 == 15 ? Double.NaN : 50 + noise;
        case FIRST_READINGS_ANOMALOUS -> i < 10 ? 1e6 : 50 + noise;
        default -> 50 + noise;
      };
    }

    private long interval(int i, SplittableRandom random) {
      return switch (this) {
        case GAP -> i == 1_500 ? 10_000 * MINUTE : MINUTE;
        case DUPLICATE_AND_BACKWARD_TIMESTAMPS -> (random.nextInt(4) - 1) * MINUTE;
        case IRREGULAR_SAMPLING -> (long) (-Math.log(random.nextDouble()) * MINUTE);
        default -> MINUTE;
      };
    }
  }

  /** Result of one detector on one row. */
  record Outcome(int judged, int anomalous, int anomalousAtEnd, int open, int late) {}

  static Outcome run(DetectorSpec spec, Row row) {
    AnomalyDetection<String, double[]> detection =
        AnomalyDetection.<double[]>of(spec, value -> value[0]).build();
    List<Score> scores = new ArrayList<>();
    List<Incident> incidents = new ArrayList<>();
    int[] late = {0};
    Output<String, Detection> out =
        new Output<>() {
          @Override
          public void emit(String key, Detection result) {
            if (result instanceof Score score) {
              scores.add(score);
            } else if (((Incident) result).kind() == Incident.Kind.VALUE) {
              incidents.add((Incident) result);
            }
          }

          @Override
          public void late(String key, Object event, long timestamp, long watermark) {
            late[0]++;
          }
        };
    SplittableRandom random = new SplittableRandom(row.ordinal());
    long time = 0;
    for (int i = 0; i < READINGS; i++) {
      time += row.interval(i, random);
      detection.process("a", new double[] {row.value(i, random)}, time, out);
    }
    assertThat(scores).hasSize(READINGS - late[0]);
    assertThat(scores).noneMatch(score -> Double.isInfinite(score.score()));
    List<Score> end = scores.subList(scores.size() * 3 / 4, scores.size());
    int open =
        count(incidents, i -> i.state() == Incident.State.OPENED)
            - count(incidents, i -> i.state() == Incident.State.CLOSED);
    return new Outcome(
        count(scores, score -> score.status() == Score.Status.JUDGED),
        count(scores, Score::anomalous),
        count(end, Score::anomalous),
        open,
        late[0]);
  }

  private static <T> int count(List<T> list, Predicate<T> condition) {
    return (int) list.stream().filter(condition).count();
  }

  static Stream<DetectorSpec> detectors() {
    return Stream.of(
        Detectors.trailingZ(200),
        Detectors.decayedZ(0.01),
        Detectors.decayedZ(0.005, 0.05),
        Detectors.robustZ(200),
        Detectors.hampel(100, 3),
        Detectors.nearestNeighbour(1_000),
        Detectors.histogram(400),
        Detectors.seasonal(Duration.ofHours(8), 48),
        Detectors.holtWinters(Duration.ofHours(1), 1),
        Detectors.autoregression(4),
        Detectors.rateOfChange(0.01));
  }

  static Stream<Arguments> rows() {
    return detectors()
        .flatMap(spec -> Stream.of(Row.values()).map(row -> Arguments.of(spec.name(), spec, row)));
  }

  @ParameterizedTest(name = "{0} {2}")
  @MethodSource("rows")
  void process_degenerateSeries_isNeverAlarmedForLong(String name, DetectorSpec spec, Row row) {
    Outcome outcome = run(spec, row);
    assertThat(outcome.anomalous).isLessThanOrEqualTo(row.most);
    assertThat(outcome.anomalousAtEnd).isLessThanOrEqualTo(MOST_AT_END);
    assertThat(outcome.open).isZero();
    assertThat(outcome.judged).isGreaterThan(READINGS / 2);
    if (row == Row.DUPLICATE_AND_BACKWARD_TIMESTAMPS) {
      assertThat(outcome.late).isPositive();
    }
  }
}
