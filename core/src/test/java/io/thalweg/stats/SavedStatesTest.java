package io.thalweg.stats;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.NonFinite;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every state that values can lead to is read; states that no values lead to are refused. */
class SavedStatesTest {

  private record Event(double x, double y, double weight, long time) {}

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final double NAN = Double.NaN;
  private static final double INF = Double.POSITIVE_INFINITY;

  private static final List<Aggregate<Event, ?, ?>> ALL =
      List.of(
          Moments.over(Event::x, NonFinite.PROPAGATE),
          UncompensatedMomentsAccumulator.over(Event::x, NonFinite.PROPAGATE),
          HigherMoments.over(Event::x, NonFinite.PROPAGATE),
          WeightedMoments.over(Event::x, Event::weight, NonFinite.PROPAGATE),
          Covariance.over(Event::x, Event::y, NonFinite.PROPAGATE),
          DecayedMoments.over(Event::x, Event::time, SECOND, NonFinite.PROPAGATE),
          DecayedMoments.timeWeighted(Event::x, Event::time, SECOND, NonFinite.PROPAGATE),
          Autocorrelation.over(Event::x, NonFinite.PROPAGATE, 1, 3),
          Extrema.over(Event::x, NonFinite.PROPAGATE),
          Sum.over(Event::x, NonFinite.PROPAGATE),
          LongSum.over(Event::time),
          Rate.over(Event::time, SECOND),
          LastSeen.over(Event::time));

  @Property(tries = 500)
  void decode_stateOfAnyValues_isAccepted(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Event> events =
        Stream.generate(() -> draw(random, seed)).limit(random.nextInt(30)).toList();
    for (Aggregate<Event, ?, ?> aggregate : ALL) {
      assertRead(aggregate, events, random);
    }
    EventDecayedMomentsAccumulator byEvent = new EventDecayedMomentsAccumulator(0.3);
    events.forEach(event -> byEvent.add(event.x));
    Codec<EventDecayedMomentsAccumulator> codec = EventDecayedMomentsAccumulator.codec(0.3);
    assertThat(codec.encode(codec.decode(codec.encode(byEvent)))).isEqualTo(codec.encode(byEvent));
  }

  private static Event draw(SplittableRandom random, long seed) {
    return new Event(
        number(random, seed),
        number(random, seed >> 2),
        Math.pow(10, random.nextInt(-300, 300)),
        random.nextBoolean() ? random.nextLong() : random.nextInt(100_000));
  }

  private static double number(SplittableRandom random, long seed) {
    double strange = new double[] {NAN, INF, -INF, Double.MAX_VALUE}[random.nextInt(4)];
    return switch ((int) (seed & 3)) {
      case 0 -> random.nextGaussian();
      case 1 -> random.nextInt(3) - 1;
      case 2 -> random.nextGaussian() * Math.pow(10, random.nextInt(-320, 308));
      default -> random.nextInt(5) == 0 ? strange : 1e300 * random.nextGaussian();
    };
  }

  private static <A> void assertRead(
      Aggregate<Event, A, ?> aggregate, List<Event> events, SplittableRandom random) {
    A state = aggregate.create();
    A part = aggregate.create();
    for (Event event : events) {
      aggregate.add(random.nextBoolean() ? state : part, event);
      if (random.nextInt(4) == 0) {
        aggregate.merge(state, part);
        aggregate.clear(part);
      }
      byte[] bytes = aggregate.codec().encode(state);
      assertThat(aggregate.codec().encode(aggregate.codec().decode(bytes))).isEqualTo(bytes);
    }
    assertThatCode(() -> aggregate.codec().decode(aggregate.codec().encode(part)))
        .doesNotThrowAnyException();
  }

  private static Stream<Arguments> impossible() {
    Codec<?> moments = MomentsAccumulator.CODEC;
    Codec<?> plain = UncompensatedMomentsAccumulator.CODEC;
    Codec<?> higher = HigherMomentsAccumulator.CODEC;
    Codec<?> weighted = WeightedMomentsAccumulator.CODEC;
    Codec<?> covariance = CovarianceAccumulator.CODEC;
    Codec<?> decayed = DecayedMomentsAccumulator.methods(SECOND).codec();
    Codec<?> timed = TimeWeightedMomentsAccumulator.methods(SECOND).codec();
    Codec<?> byEvent = EventDecayedMomentsAccumulator.codec(0.5);
    Codec<?> autocorrelation = AutocorrelationAccumulator.methods(1).codec();
    Codec<?> rate = RateAccumulator.methods(SECOND).codec();
    String negative = "must not be negative: ";
    String empty = "number of an empty state must be 0: ";
    String pair = "low part must be below the last place of ";
    return Stream.of(
        refused(moments, negative, 10L, 5.0, 0.0, -4.0, 0.0),
        refused(moments, empty, 0L, NAN, NAN, NAN, NAN),
        refused(moments, empty, 0L, 0.0, 0.0, 1.0, 0.0),
        refused(moments, pair, 10L, 5.0, 1.0, 4.0, 0.0),
        refused(moments, pair, 10L, 5.0, 0.0, 4.0, NAN),
        refused(moments, "must be 0 for less than two values: ", 1L, 5.0, 0.0, 4.0, 0.0),
        refused(moments, negative, -1L, 5.0, 0.0, 4.0, 0.0),
        refused(plain, negative, 10L, 5.0, -4.0),
        refused(plain, empty, 0L, NAN, 0.0),
        refused(higher, negative, 10L, 5.0, 0.0, 0, -4.0, 1.0, 1.0),
        refused(higher, "at least m2² / n: ", 10L, 5.0, 0.0, 0, 4.0, 1.0, 1.0),
        refused(higher, "at most √(m2 m4): ", 10L, 5.0, 0.0, 0, 4.0, 9.0, 2.0),
        refused(higher, "exponent of the unit", 10L, 5.0, 0.0, 1024, 4.0, 1.0, 2.0),
        refused(higher, empty, 0L, 0.0, 0.0, 0, 0.0, NAN, 0.0),
        refused(weighted, negative, 3L, 5.0, 0.0, 2.0, 0.0, 1.0, 0.0, -1.0, 0.0),
        refused(weighted, "at most the total", 3L, 5.0, 0.0, 6.0, 0.0, 1.0, 0.0, 1.0, 0.0),
        refused(weighted, "must be positive: ", 3L, -5.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0),
        refused(weighted, "must be positive: ", 3L, NAN, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0),
        refused(weighted, empty, 0L, 5.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0),
        refused(covariance, negative, 3L, 1.0, 0.0, 1.0, 0.0, -1.0, 0.0, 2.0, 0.0, 0.0, 0.0),
        refused(covariance, "√(m2X m2Y): ", 3L, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 2.0, 0.0, 5.0, 0.0),
        refused(covariance, empty, 0L, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, NAN, 0.0),
        refused(decayed, negative, 1000L, 3L, 7L, 2.0, 1.0, 0.0, -1.0),
        refused(decayed, "from 1 to the count, 3: ", 1000L, 3L, 7L, 4.0, 1.0, 0.0, 1.0),
        refused(decayed, "weight must not be negative: NaN", 1000L, 3L, 7L, NAN, 1.0, 0.0, 1.0),
        refused(decayed, empty, 1000L, 0L, 0L, 0.0, NAN, 0.0, 0.0),
        refused(timed, negative, 2L, 3L, 7L, 1.0, 1000L, 1L, 7L, -2.0, 1.0, 0.0, 0.0),
        refused(
            timed, "first must not be after", 2L, 8L, 7L, 1.0, 1000L, 1L, 7L, 2.0, 1.0, 0.0, 0.0),
        refused(timed, empty, 0L, 0L, 0L, 0.0, 1000L, 1L, 7L, 2.0, 1.0, 0.0, 0.0),
        refused(byEvent, negative, 0.5, 3L, 1.0, -1.0),
        refused(byEvent, empty, 0.5, 0L, NAN, 0.0),
        refused(
            autocorrelation, negative, 2, 0, 1, 2L, 1.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0, 1.0),
        refused(
            autocorrelation,
            "first value",
            2,
            0,
            1,
            2L,
            2.0,
            0.0,
            0.0,
            1.0,
            0.0,
            0.0,
            0.0,
            1.0,
            1.0),
        refused(ExtremaAccumulator.CODEC, "min must not be above max, -9.0: 9.0", 2L, 9.0, -9.0),
        refused(ExtremaAccumulator.CODEC, "min must not be above max", 2L, NAN, 9.0),
        refused(ExtremaAccumulator.CODEC, "must be infinite: ", 0L, 1.0, 2.0),
        refused(SumAccumulator.CODEC, empty, 0L, 1.0, 0.0),
        refused(SumAccumulator.CODEC, pair, 2L, 1.0, 0.5),
        refused(LongSumAccumulator.CODEC, "at most 2^63 times the count, 2: ", 2L, 1L, 1L),
        refused(LongSumAccumulator.CODEC, "at most 2^63 times the count, 0: ", 0L, 0L, 1L),
        refused(rate, "from 1 to the count, 2: ", 1000L, 2L, 0L, 1L, -1.0),
        refused(rate, "first must not be after the newest, 1: 5", 1000L, 2L, 5L, 1L, 2.0),
        refused(LastSeenAccumulator.CODEC, "last of an empty state", 0L, 5L));
  }

  private static Arguments refused(Codec<?> codec, String message, Object... numbers) {
    return Arguments.of(codec, message, List.of(numbers));
  }

  @ParameterizedTest
  @MethodSource("impossible")
  void read_stateThatNoValuesLeadTo_isRefused(Codec<?> codec, String message, List<?> numbers)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    for (Object number : numbers) {
      if (number instanceof Long value) {
        out.writeLong(value);
      } else if (number instanceof Integer value) {
        out.writeInt(value);
      } else {
        out.writeDouble((Double) number);
      }
    }
    assertThatThrownBy(
            () ->
                codec.read(
                    new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())),
                    codec.version()))
        .isExactlyInstanceOf(IOException.class)
        .hasMessageContaining(message);
  }
}
