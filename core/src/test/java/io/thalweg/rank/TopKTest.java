package io.thalweg.rank;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.thalweg.Aggregate;
import io.thalweg.Codec;
import io.thalweg.testing.AggregateLaws;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TopKTest {

  /** Of words, the longest: many compare equal. */
  private static final Comparator<String> LONGEST = Comparator.comparingInt(String::length);

  @Test
  void of_itemsThatTie_keepsTheLaws() {
    AggregateLaws.of(
            TopK.of(4, LONGEST, Codec.STRING),
            random -> "x".repeat(random.nextInt(6)) + random.nextInt(3))
        .check(1);
    AggregateLaws.of(
            TopK.of(1, Comparator.<Long>naturalOrder(), Codec.LONG), random -> random.nextLong(9))
        .check(2);
  }

  @Property
  void toList_anyCuts_isTheHeadOfAStableSort(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 30) int k,
      @ForAll @IntRange(min = 0, max = 120) int size) {
    SplittableRandom random = new SplittableRandom(seed);
    Aggregate<String, TopK<String>, List<String>> aggregate = TopK.of(k, LONGEST, Codec.STRING);
    List<String> all = new ArrayList<>();
    TopK<String> whole = aggregate.create();
    TopK<String> part = aggregate.create();
    for (int i = 0; i < size; i++) {
      String item = "x".repeat(random.nextInt(8)) + i;
      all.add(item);
      part.add(item);
      if (random.nextInt(10) == 0) {
        whole.merge(part);
        part.clear();
      }
    }
    whole.merge(part);
    List<String> sorted = new ArrayList<>(all);
    sorted.sort(LONGEST.reversed()); // stable: of equals the first stays first
    assertThat(whole.toList()).isEqualTo(sorted.subList(0, Math.min(k, size)));
    assertThat(aggregate.codec().decode(aggregate.codec().encode(whole)).toList())
        .isEqualTo(whole.toList());
  }

  @Test
  void configuration_badOrDifferent_isRejected() {
    Comparator<Long> order = Comparator.naturalOrder();
    assertThatThrownBy(() -> TopK.of(0, order, Codec.LONG))
        .hasMessage("k must be from 1 to 1048576: 0");
    TopK<Long> two = new TopK<>(2, order);
    assertThatThrownBy(() -> two.merge(new TopK<>(3, order))).hasMessage("k must be equal, 2: 3");
    two.add(7L);
    two.add(8L);
    byte[] bytes = TopK.of(2, order, Codec.LONG).codec().encode(two);
    assertThatThrownBy(() -> TopK.of(3, order, Codec.LONG).codec().decode(bytes))
        .hasMessageContaining("k must be 3, as configured: 2");
    assertThatThrownBy(() -> TopK.of(2, order.reversed(), Codec.LONG).codec().decode(bytes))
        .hasMessageContaining("items must be in descending order: 7");
    assertThatThrownBy(() -> TopK.of(2, LONGEST, Codec.STRING).codec().decode(bytes))
        .hasMessageContaining("this is a record of something else");
  }
}
