package io.thalweg.window;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.thalweg.Aggregates;
import io.thalweg.Output;
import io.thalweg.Pane;
import io.thalweg.Processor;
import java.lang.management.ManagementFactory;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What the operator allocates in steady state, by the count of the virtual machine, which is exact
 * and the same interpreted and compiled. Results are counts below 128, which Java does not
 * allocate.
 */
class AllocationTest {

  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final long SECOND = 1000;

  private static long allocated() {
    return THREADS.getCurrentThreadAllocatedBytes();
  }

  private static final class Counting implements Output<Integer, Long> {
    long results;

    @Override
    public void emit(Integer key, Long value) {
      results++;
    }

    @Override
    public void update(Integer key, Pane at, Long value, Long previous) {
      results++;
    }
  }

  /** Keys that speak every second, some of them out of order, and some only every other minute. */
  private static final class Stream {
    final Processor<Integer, Object, Long> operator;
    final Counting out = new Counting();
    final Integer[] keys;
    final Object event = new Object();
    long now = 1_800_000_000_000L;

    Stream(WindowSpec<Object> window, int keys) {
      operator = WindowedAggregator.of(Aggregates.count(), window).build();
      this.keys = new Integer[keys];
      for (int i = 0; i < keys; i++) {
        this.keys[i] = i;
      }
    }

    void events() {
      for (int i = 0; i < keys.length; i++) {
        if (i % 10 != 0 || now / SECOND % 120 == i % 120) {
          operator.process(keys[i], event, now + i * SECOND / keys.length, out);
          operator.process(keys[i], event, now - i % 3 * 200, out);
        }
      }
      now += SECOND;
    }

    void advance() {
      operator.advance(now - 2 * SECOND, out);
    }

    Stream warm() {
      for (int s = 0; s < 1300; s++) {
        events();
        advance();
      }
      return this;
    }
  }

  private static final List<WindowSpec<Object>> WINDOWS =
      List.of(
          new WindowSpec.Sliding(10 * SECOND, 10 * SECOND, 0),
          new WindowSpec.Sliding(60 * SECOND, SECOND, 0),
          new WindowSpec.Sliding(7 * SECOND, 3 * SECOND, 0),
          new WindowSpec.Sliding(2 * SECOND, 5 * SECOND, 0),
          new WindowSpec.Cumulative(60 * SECOND, 10 * SECOND, 0),
          Windows.days(ZoneId.of("Europe/Berlin")),
          new WindowSpec.Session(30 * SECOND),
          new WindowSpec.Global());

  @Test
  void process_inSteadyState_allocatesNothing() {
    for (WindowSpec<Object> window : WINDOWS) {
      Stream stream = new Stream(window, 200).warm();
      long inEvents = 0;
      int steps = 240;
      for (int s = 0; s < steps; s++) {
        long before = allocated();
        stream.events();
        inEvents += allocated() - before;
        stream.advance();
      }
      // less than a byte an event: an object would take 16
      assertThat(inEvents).as("bytes of %s", window).isLessThan(steps * stream.keys.length);
    }
  }

  /** A pane a window, a few bytes a step; nothing for a key. */
  @Test
  void advance_inSteadyState_allocatesNothingForAKey() {
    for (WindowSpec<Object> window : WINDOWS) {
      if (window instanceof WindowSpec.Session) {
        continue; // each session is a window of its own, and has its own pane
      }
      Stream few = new Stream(window, 20).warm();
      Stream many = new Stream(window, 2000).warm();
      long ofFew = 0;
      long ofMany = 0;
      for (int s = 0; s < 240; s++) {
        few.events();
        many.events();
        long before = allocated();
        few.advance();
        long between = allocated();
        many.advance();
        ofFew += between - before;
        ofMany += allocated() - between;
      }
      if (!(window instanceof WindowSpec.Global || window instanceof WindowSpec.Calendar)) {
        assertThat(few.out.results).as("%s", window).isPositive();
        assertThat(many.out.results).as("%s", window).isGreaterThan(50 * few.out.results);
      }
      // less than a byte for each key more; what is a step's own varies with the compiler's mood
      assertThat(ofMany - ofFew).as("bytes of %s", window).isLessThan(1_980);
    }
  }
}
