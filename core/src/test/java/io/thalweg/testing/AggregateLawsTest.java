package io.thalweg.testing;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregate;
import io.thalweg.Aggregates;
import io.thalweg.Codec;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AggregateLawsTest {

  /** Faults of an aggregate, each with the law that it violates. */
  enum Fault {
    NONE(""),
    SHARED_STATE("created alone"),
    IDENTITY_FORGETS("identity"),
    MERGE_OUT_OF_ORDER("any cut"),
    MERGE_EMPTIES_SOURCE("source unharmed"),
    MERGE_KEEPS_SOURCE("source unharmed"),
    CLEAR_FORGETS("clear equals create"),
    RESULT_CONSUMES("result twice"),
    RESULT_IS_LIVE("result twice"),
    CODEC_DROPS("codec round trip"),
    QUERY_LEAVES_TRACE("save after query"),
    THROWS("created alone");

    final String law;

    Fault(String law) {
      this.law = law;
    }
  }

  @Test
  void check_faultless_passes() {
    AggregateLaws.of(new Sequence(Fault.NONE), random -> random.nextInt(-5, 5)).check(1);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "NONE")
  void check_faulty_namesTheLawSeedAndValues(Fault fault) {
    AggregateLaws<Integer, List<Integer>> laws =
        AggregateLaws.of(new Sequence(fault), random -> random.nextInt(-5, 5));
    assertThatThrownBy(() -> laws.check(20260101))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("law '" + fault.law + "' is broken")
        .hasMessageContaining("seed 20260101")
        .hasMessageContaining("events [");
  }

  @Test
  void check_countAndCombinations_pass() {
    AggregateLaws.of(Aggregates.<Integer>count(), random -> random.nextInt()).check(2);
    AggregateLaws.of(
            Aggregates.all(
                Aggregates.<Integer>count(), new Sequence(Fault.NONE), (n, all) -> n + ":" + all),
            random -> random.nextInt(-5, 5))
        .check(3);
    AggregateLaws.of(
            Aggregates.<Integer, Object>all(
                List.of(
                    new Sequence(Fault.NONE),
                    Aggregates.<String>count().on((Integer i) -> "key" + i),
                    new Sequence(Fault.NONE).map(List::size))),
            random -> random.nextInt(-5, 5))
        .check(4);
  }

  /** All events in their order: not commutative, and refuses zero. */
  private record Sequence(Fault fault)
      implements Aggregate<Integer, Sequence.State, List<Integer>> {

    static final class State {
      List<Integer> events = new ArrayList<>();
      List<State> kept = new ArrayList<>();

      List<Integer> all() {
        List<Integer> all = new ArrayList<>(events);
        kept.forEach(other -> all.addAll(other.all()));
        return all;
      }
    }

    private static final State SHARED = new State();

    @Override
    public State create() {
      return fault == Fault.SHARED_STATE ? SHARED : new State();
    }

    @Override
    public void check(Integer event) {
      if (event == 0) {
        throw new IllegalArgumentException("event must not be 0: " + event);
      }
    }

    @Override
    public void add(State state, Integer event) {
      if (event == 0 || fault == Fault.THROWS) {
        throw new IllegalStateException("add met " + event);
      }
      state.events.add(event);
    }

    @Override
    public void merge(State target, State source) {
      switch (fault) {
        case IDENTITY_FORGETS -> {
          if (!target.events.isEmpty()) {
            target.events.addAll(source.events);
          }
        }
        case MERGE_OUT_OF_ORDER -> target.events.addAll(0, source.events);
        case MERGE_EMPTIES_SOURCE -> {
          target.events.addAll(source.events);
          if (target.events.size() > source.events.size()) {
            source.events.clear();
          }
        }
        case MERGE_KEEPS_SOURCE -> {
          if (!source.all().isEmpty()) {
            target.kept.add(source);
          }
        }
        default -> target.events.addAll(source.events);
      }
    }

    @Override
    public void clear(State state) {
      if (fault == Fault.CLEAR_FORGETS && state.events.size() > 3) {
        state.events.subList(3, state.events.size()).clear();
        return;
      }
      state.events.clear();
      state.kept.clear();
    }

    @Override
    public List<Integer> result(State state) {
      if (fault == Fault.RESULT_IS_LIVE) {
        return state.events;
      }
      List<Integer> all = state.all();
      if (fault == Fault.RESULT_CONSUMES) {
        state.events.clear();
      }
      if (fault == Fault.QUERY_LEAVES_TRACE && state.events.size() < 100) {
        state.kept.add(new State());
      }
      return all;
    }

    @Override
    public Codec<State> codec() {
      return new Codec<>() {
        @Override
        public String name() {
          return "test.sequence";
        }

        @Override
        public void write(State value, DataOutput out) throws IOException {
          List<Integer> all = value.all();
          out.writeInt(all.size());
          for (int event : all) {
            out.writeInt(event);
          }
          if (fault == Fault.QUERY_LEAVES_TRACE) {
            out.writeInt(value.kept.size());
          }
        }

        @Override
        public State read(DataInput in, int version) throws IOException {
          State state = new State();
          int size = in.readInt();
          for (int i = 0; i < size; i++) {
            int event = in.readInt();
            if (fault != Fault.CODEC_DROPS || i < 2) {
              state.events.add(event);
            }
          }
          if (fault == Fault.QUERY_LEAVES_TRACE) {
            for (int traces = in.readInt(); traces > 0; traces--) {
              state.kept.add(new State());
            }
          }
          return state;
        }
      };
    }
  }
}
