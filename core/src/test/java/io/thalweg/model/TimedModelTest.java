package io.thalweg.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TimedModelTest {

  private static final Duration NEVER = Duration.ofMinutes(5);

  /** Model that hangs for a row that begins with a NaN, until it is released. */
  private static final class Hanging implements Model, AutoCloseable {
    final CountDownLatch released = new CountDownLatch(1);
    final CountDownLatch returned = new CountDownLatch(1);
    final AtomicInteger closed = new AtomicInteger();

    @Override
    public List<String> features() {
      return List.of("x");
    }

    @Override
    public double score(double[] row) {
      if (row[0] < 0) {
        throw new IllegalStateException("negative");
      }
      if (row[0] != row[0]) {
        try {
          released.await();
        } catch (InterruptedException e) {
          returned.countDown();
          return 0;
        }
      }
      return 2 * row[0];
    }

    @Override
    public void close() {
      closed.incrementAndGet();
    }
  }

  private static TreeMap<String, Long> counters(TimedModel model) {
    TreeMap<String, Long> counters = new TreeMap<>();
    model.counters(counters::put);
    return counters;
  }

  @Test
  void score_modelInTime_isItsPrediction() {
    try (TimedModel model = TimedModel.of(new Hanging(), NEVER, -1, 1)) {
      for (int i = 0; i < 1_000; i++) {
        assertThat(model.score(new double[] {i})).isEqualTo(2 * i);
      }
      assertThat(model.features()).containsExactly("x");
      assertThat(counters(model)).containsEntry("timeouts", 0L).containsEntry("skipped", 0L);
    }
  }

  @Test
  void score_modelThatHangs_isTheFallbackUntilItReturns() {
    Hanging hanging = new Hanging();
    try (TimedModel model = TimedModel.of(hanging, Duration.ofMillis(20), -1, 1)) {
      double[] row = {Double.NaN};
      assertThat(model.score(row)).isEqualTo(-1);
      row[0] = 3; // the abandoned call has a copy
      for (int i = 0; i < 100; i++) {
        assertThat(model.score(row)).as("the thread is kept").isEqualTo(-1);
      }
      assertThat(counters(model)).containsEntry("timeouts", 1L).containsEntry("skipped", 100L);

      hanging.released.countDown();
      double score = -1;
      while (score == -1) {
        score = model.score(row);
      }
      assertThat(score).isEqualTo(6);
    }
  }

  @Test
  void score_twoThreads_survivesOneThatHangs() {
    Hanging hanging = new Hanging();
    try (TimedModel model = TimedModel.of(hanging, Duration.ofSeconds(10), -1, 2)) {
      Thread other = new Thread(() -> model.score(new double[] {Double.NaN}));
      other.start();
      for (int i = 0; i < 100; i++) {
        assertThat(model.score(new double[] {i})).isEqualTo(2 * i);
      }
      hanging.released.countDown();
    }
  }

  @Test
  void score_modelThatThrows_throws() {
    try (TimedModel model = TimedModel.of(new Hanging(), NEVER, -1, 1)) {
      assertThatThrownBy(() -> model.score(new double[] {-1}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("negative");
      assertThat(model.score(new double[] {1})).isEqualTo(2);
    }
  }

  @Test
  void score_interruptedCaller_throwsAndStaysInterrupted() {
    try (TimedModel model = TimedModel.of(new Hanging(), NEVER, -1, 1)) {
      Thread.currentThread().interrupt();
      assertThatThrownBy(() -> model.score(new double[] {Double.NaN}))
          .hasMessageStartingWith("the caller of a model must not be interrupted");
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void close_modelThatHangs_interruptsAndClosesIt() throws Exception {
    Hanging hanging = new Hanging();
    TimedModel model = TimedModel.of(hanging, Duration.ofMillis(20), -1, 1);
    assertThat(model.score(new double[] {Double.NaN})).isEqualTo(-1);
    model.close();
    hanging.returned.await();
    assertThat(hanging.closed).hasValue(1);
    assertThatThrownBy(() -> model.score(new double[] {1}))
        .hasMessage("a closed model must not be called");
  }

  @Test
  void of_badOptions_throws() {
    assertThatThrownBy(() -> TimedModel.of(new Hanging(), Duration.ZERO, 0, 1))
        .hasMessage("limit must be positive: PT0S");
    assertThatThrownBy(() -> TimedModel.of(new Hanging(), NEVER, 0, 0))
        .hasMessage("threads must be positive: 0");
  }

  @Test
  void score_severalRows_areThoseOfOneByOne() {
    LinearModel model = LinearModel.linear(List.of("x", "y"), new double[] {2, 3}, 1);
    double[] scores = new double[3];
    model.score(new double[][] {{1, 1}, {0, 2}}, scores);
    assertThat(scores).containsExactly(6, 7, 0);
    assertThatThrownBy(() -> model.score(new double[4][2], scores))
        .hasMessage("scores must have a place for each of 4 rows: 3");
  }
}
