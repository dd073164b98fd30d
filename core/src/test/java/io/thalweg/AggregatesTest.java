package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Tests of the values that {@link Aggregates} read from events, with ties, nulls and limits. */
class AggregatesTest {

  private record Trade(long time, double price, String symbol) {}

  private static final List<Trade> OUT_OF_ORDER =
      List.of(
          new Trade(5, 50, "e"),
          new Trade(-3, 10, "a"),
          new Trade(9, 90, "i"),
          new Trade(-3, 11, "b"),
          new Trade(9, 91, "j"),
          new Trade(7, 90, "g"));

  @Test
  void firstAndLast_outOfOrder_goByTime() {
    record Bar(Double open, Double close, String first, String last) {}
    Aggregate<Trade, ?, Bar> bar =
        Aggregates.all(
            Aggregates.first(Trade::time, Trade::price),
            Aggregates.last(Trade::time, Trade::price),
            Aggregates.first(Trade::time, Trade::symbol, Codec.STRING),
            Aggregates.last(Trade::time, Trade::symbol, Codec.STRING),
            Bar::new);

    assertThat(fold(bar, OUT_OF_ORDER)).isEqualTo(new Bar(10.0, 91.0, "a", "j"));
    assertThat(fold(bar, List.of())).isEqualTo(new Bar(null, null, null, null));
    assertThat(fold(bar, List.of(new Trade(1, Double.NaN, "n"))))
        .isEqualTo(new Bar(Double.NaN, Double.NaN, "n", "n"));
  }

  @Test
  void firstAndLast_extremeTimes_doNotWrap() {
    List<Trade> trades =
        List.of(
            new Trade(0, 1, "zero"),
            new Trade(Long.MIN_VALUE, 2, "least"),
            new Trade(Long.MAX_VALUE, 3, "greatest"));

    assertThat(fold(Aggregates.first(Trade::time, Trade::price), trades)).isEqualTo(2);
    assertThat(fold(Aggregates.last(Trade::time, Trade::price), trades)).isEqualTo(3);
  }

  @Test
  void firstAndLast_equalTimesInTwoParts_keepTargetAndSource() {
    assertThat(merged(Aggregates.first(Trade::time, Trade::symbol, Codec.STRING))).isEqualTo("x");
    assertThat(merged(Aggregates.last(Trade::time, Trade::symbol, Codec.STRING))).isEqualTo("y");
    assertThat(merged(Aggregates.maxBy(Trade::price, Trade::symbol, Codec.STRING))).isEqualTo("x");
    assertThat(merged(Aggregates.minBy(Trade::price, Trade::symbol, Codec.STRING))).isEqualTo("x");
  }

  private static <A, R> R merged(Aggregate<Trade, A, R> aggregate) {
    A target = aggregate.create();
    aggregate.add(target, new Trade(4, 1, "x"));
    A source = aggregate.create();
    aggregate.add(source, new Trade(4, 1, "y"));
    aggregate.merge(target, source);
    return aggregate.result(target);
  }

  @Test
  void maxByAndMinBy_scores_compareAsDoubles() {
    double[] ascending = {
      Double.NEGATIVE_INFINITY,
      -2,
      -Double.MIN_VALUE,
      -0.0,
      0.0,
      1e-300,
      7,
      Double.MAX_VALUE,
      1 / 0.0
    };
    for (int i = 1; i < ascending.length; i++) {
      List<Trade> pair =
          List.of(new Trade(0, ascending[i], "more"), new Trade(1, ascending[i - 1], "less"));
      for (List<Trade> trades : List.of(pair, List.of(pair.get(1), pair.get(0)))) {
        assertThat(fold(Aggregates.maxBy(Trade::price, Trade::symbol, Codec.STRING), trades))
            .isEqualTo("more");
        assertThat(fold(Aggregates.minBy(Trade::price, Trade::symbol, Codec.STRING), trades))
            .isEqualTo("less");
      }
    }
  }

  @Test
  void maxBy_nanScore_isRejected() {
    assertThatThrownBy(
            () ->
                Aggregates.maxBy(Trade::price, Trade::symbol, Codec.STRING)
                    .check(new Trade(0, Double.NaN, "a")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("maxBy needs a score of each event: NaN");
  }

  @Test
  void check_nullValue_isRejectedByEachPart() {
    Trade nameless = new Trade(0, 1, null);
    List<Aggregate<Trade, ?, ?>> aggregates =
        List.of(
            Aggregates.first(Trade::time, Trade::symbol, Codec.STRING),
            Aggregates.last(Trade::time, Trade::symbol, Codec.STRING),
            Aggregates.maxBy(Trade::price, Trade::symbol, Codec.STRING),
            Aggregates.minBy(Trade::price, Trade::symbol, Codec.STRING),
            Aggregates.collect(3, Trade::symbol, Codec.STRING),
            Aggregates.reduce(Trade::symbol, String::concat, Codec.STRING));
    for (Aggregate<Trade, ?, ?> aggregate : aggregates) {
      assertThatThrownBy(() -> aggregate.check(nameless))
          .isInstanceOf(NullPointerException.class)
          .hasMessageEndingWith(" needs a value of each event: null");
      Aggregate<Trade, ?, List<Object>> all =
          Aggregates.all(Aggregates.count(), aggregate, (n, value) -> List.of());
      assertThatThrownBy(() -> all.check(nameless))
          .hasMessageEndingWith(" needs a value of each event: null");
    }
    Aggregate<Trade, ?, Long> letters =
        Aggregates.fold(0L, (Long n, Trade t) -> n + t.symbol().length(), Long::sum, Codec.LONG);
    assertThatThrownBy(() -> letters.check(nameless)).isInstanceOf(NullPointerException.class);
  }

  @Test
  void collect_beyondLimit_countsTheOmitted() {
    Aggregate<Trade, ?, Collected<String>> three =
        Aggregates.collect(3, Trade::symbol, Codec.STRING);

    assertThat(fold(three, OUT_OF_ORDER)).isEqualTo(new Collected<>(List.of("e", "a", "i"), 3));
    assertThat(fold(three, List.of())).isEqualTo(new Collected<>(List.of(), 0));
    for (int limit : new int[] {0, -1, (1 << 20) + 1}) {
      assertThatThrownBy(() -> Aggregates.collect(limit, Trade::symbol, Codec.STRING))
          .hasMessage("limit must be from 1 to 1048576: " + limit);
    }
  }

  @Test
  void collect_otherLimitThanSaved_isRefused() {
    byte[] saved = saved(Aggregates.collect(3, Trade::symbol, Codec.STRING));

    assertThatThrownBy(
            () -> Aggregates.collect(4, Trade::symbol, Codec.STRING).codec().decode(saved))
        .hasMessageContaining("limit must be 4, as configured: 3");
  }

  private static <A> byte[] saved(Aggregate<Trade, A, ?> aggregate) {
    A state = aggregate.create();
    OUT_OF_ORDER.forEach(trade -> aggregate.add(state, trade));
    return aggregate.codec().encode(state);
  }

  @Test
  void reduceAndFold_run() {
    assertThat(fold(Aggregates.reduce(Trade::symbol, String::concat, Codec.STRING), OUT_OF_ORDER))
        .isEqualTo("eaibjg");
    assertThat(
            fold(
                Aggregates.fold(
                    "", (String all, Trade t) -> all + t.symbol(), String::concat, Codec.STRING),
                OUT_OF_ORDER))
        .isEqualTo("eaibjg");
    assertThat(fold(Aggregates.reduce(Trade::symbol, String::concat, Codec.STRING), List.of()))
        .isNull();
  }

  @Test
  void all_namesOfCodecsTooLong_isRefusedAtOnce() {
    List<Aggregate<Object, ?, Long>> many = Collections.nCopies(5_000, Aggregates.count());

    assertThatThrownBy(() -> Aggregates.all(many))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "the names of the codecs of all aggregates must have at most 65535 bytes together;"
                + " combine fewer aggregates: 70011 bytes of 5000");
    assertThatThrownBy(() -> Aggregates.all(List.of())).hasMessageContaining("at least one");
  }

  @Test
  void all_nullPart_isNamed() {
    assertThatThrownBy(() -> Aggregates.all(Aggregates.count(), null, Objects::hash))
        .isInstanceOf(NullPointerException.class)
        .hasMessage("aggregate 1");
  }

  private static <A, R> R fold(Aggregate<Trade, A, R> aggregate, List<Trade> trades) {
    A state = aggregate.create();
    for (Trade trade : trades) {
      aggregate.check(trade);
      aggregate.add(state, trade);
    }
    return aggregate.result(state);
  }
}
