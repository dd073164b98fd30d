package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.stats.Moments;
import io.thalweg.testing.Sample;
import io.thalweg.testing.SampleAggregates;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class FifoPropertyTest {

  private enum Act {
    ADD,
    EVICT,
    FOLD,
    CLEAR,
    RESULT
  }

  private static Act next(SplittableRandom random, int size) {
    int choice = random.nextInt(100);
    // Long runs of growth and of shrinkage, so that the ring grows, wraps and runs dry.
    if (choice < 90) {
      boolean growing = random.nextInt(100) < (size < 5 ? 70 : size > 60 ? 20 : 50);
      return growing || size == 0 ? Act.ADD : Act.EVICT;
    }
    return choice < 93 ? Act.FOLD : choice < 94 ? Act.CLEAR : Act.RESULT;
  }

  @Property
  void of_anyCalls_resultEqualsTheFoldOfTheEventsInside(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    // Concatenation does not commute: a fold in another order shows.
    Fifo<Sample, Object> fifo = Fifo.of(SampleAggregates.named("list"));
    Deque<Double> model = new ArrayDeque<>();
    for (int i = 0; i < 300; i++) {
      switch (next(random, model.size())) {
        case ADD -> {
          fifo.add(new Sample(i, 1));
          model.addLast((double) i);
        }
        case EVICT -> {
          fifo.evict();
          model.removeFirst();
        }
        case FOLD -> {
          fifo.flip();
          assertThat(fifo.flipped()).as("seed %d", seed).isEqualTo(model.size());
        }
        case CLEAR -> {
          fifo.clear();
          model.clear();
        }
        case RESULT -> {} // below
      }
      assertThat(fifo.size()).as("seed %d, step %d", seed, i).isEqualTo(model.size());
      assertThat(fifo.flipped()).as("seed %d, step %d", seed, i).isBetween(0, model.size());
      assertThat(fifo.result()).as("seed %d, step %d", seed, i).isEqualTo(new ArrayList<>(model));
    }
  }

  @Property
  void flipped_rebuiltAsDocumented_continuesBitForBit(@ForAll long seed) {
    rebuiltGoesOn(
        seed,
        () -> {
          Fifo<Sample, Moments> of = Fifo.of(Moments.over(Sample::value));
          return of;
        });
  }

  @Property
  void flippedOfMoments_rebuiltAsDocumented_continuesBitForBit(@ForAll long seed) {
    rebuiltGoesOn(
        seed,
        () -> {
          Fifo.OfDouble<Moments> doubles = Moments.fifo();
          return new OnValue(doubles);
        });
  }

  /** A FIFO of doubles, seen as one of samples. */
  private record OnValue(Fifo.OfDouble<Moments> doubles) implements Fifo<Sample, Moments> {
    @Override
    public void add(Sample event) {
      doubles.add(event.value());
    }

    @Override
    public void evict() {
      doubles.evict();
    }

    @Override
    public int size() {
      return doubles.size();
    }

    @Override
    public Moments result() {
      return doubles.result();
    }

    @Override
    public void clear() {
      doubles.clear();
    }

    @Override
    public int flipped() {
      return doubles.flipped();
    }

    @Override
    public void flip() {
      doubles.flip();
    }
  }

  private static void rebuiltGoesOn(
      long seed, java.util.function.Supplier<Fifo<Sample, Moments>> create) {
    SplittableRandom random = new SplittableRandom(seed);
    Fifo<Sample, Moments> fifo = create.get();
    Fifo<Sample, Moments> copy = create.get();
    List<Sample> inside = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      Act act = next(random, inside.size());
      Sample sample = new Sample(1e9 + random.nextInt(1000) / 7.0, 1);
      for (Fifo<Sample, Moments> each : List.of(fifo, copy)) {
        switch (act) {
          case ADD -> each.add(sample);
          case EVICT -> each.evict();
          case FOLD -> each.flip();
          case CLEAR -> each.clear();
          case RESULT -> {}
        }
      }
      switch (act) {
        case ADD -> inside.add(sample);
        case EVICT -> inside.remove(0);
        case CLEAR -> inside.clear();
        default -> {}
      }
      assertThat(copy.result()).as("seed %d, step %d", seed, i).isEqualTo(fifo.result());
      if (random.nextInt(10) == 0) {
        copy = create.get();
        inside.subList(0, fifo.flipped()).forEach(copy::add);
        copy.flip();
        inside.subList(fifo.flipped(), inside.size()).forEach(copy::add);
        assertThat(copy.flipped()).isEqualTo(fifo.flipped());
        assertThat(copy.result()).as("seed %d, rebuilt at %d", seed, i).isEqualTo(fifo.result());
      }
    }
  }

  @Test
  void evict_empty_throws() {
    for (Fifo<?, ?> fifo : List.of(Fifo.of(Aggregates.count()), Moments.fifo())) {
      assertThatThrownBy(fifo::evict)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("size 0");
    }
  }

  @Test
  void add_null_throwsAndChangesNothing() {
    Fifo<Sample, Long> fifo = Fifo.of(Aggregates.count());
    assertThatThrownBy(() -> fifo.add(null)).isInstanceOf(NullPointerException.class);
    assertThat(fifo.size()).isZero();
  }
}
