package io.thalweg.storm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class LedgerPropertyTest {

  @Property(tries = 200)
  void newestIds_anyOrderAndGaps_areAnExactSet(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 3000) int size) {
    Random random = new Random(seed);
    Ledger<String> ledger = new Ledger<>(size);
    TreeSet<Long> applied = new TreeSet<>();
    long head = random.nextInt(5000);
    int gap = 1 + random.nextInt(40);
    for (int i = 0; i < 5000; i++) {
      head += 1 + (random.nextInt(5) == 0 ? random.nextInt(gap) : 0);
      // A record in flight has fewer than size records after it.
      long offset = Math.max(0, head - random.nextInt(Math.min(size, 500)));
      boolean known = applied.contains(offset);
      if (applied.tailSet(offset, false).size() >= size) {
        continue;
      }
      assertThat(ledger.contains(offset)).as("offset %d, seed %d", offset, seed).isEqualTo(known);
      if (!known) {
        applied.add(offset);
        ledger.add(offset, offset % 3 == 0 ? List.of("answer " + offset) : List.of());
      }
    }
    int kept = 0;
    for (long offset : applied.descendingSet()) {
      if (kept++ == size) {
        break;
      }
      assertThat(ledger.contains(offset)).isTrue();
      assertThat(ledger.answers(offset))
          .isEqualTo(offset % 3 == 0 ? List.of("answer " + offset) : List.of());
    }
    assertThat(ledger.ids()).isBetween((long) Math.min(size, applied.size()), size + 1024L);
    assertThat(ledger.answered()).isLessThanOrEqualTo(ledger.ids());
  }

  @Example
  void oldId_belowWhatIsKept_countsAsAppliedAndHasNoAnswers() {
    Ledger<String> ledger = new Ledger<>(1000);
    for (long offset = 0; offset < 10_000; offset++) {
      ledger.add(offset, List.of("a"));
    }
    assertThat(ledger.contains(17)).isTrue();
    assertThat(ledger.answers(17)).isEmpty();
    assertThat(ledger.answers(9_500)).containsExactly("a");
    assertThat(ledger.contains(10_000)).isFalse();
  }

  @Example
  void id_appliedTwice_isRefused() {
    Ledger<String> ledger = new Ledger<>(10);
    ledger.add(5, List.of());
    assertThatThrownBy(() -> ledger.add(5, List.of()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("offset must not be applied twice: 5");
  }
}
