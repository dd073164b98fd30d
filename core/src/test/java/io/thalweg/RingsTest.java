package io.thalweg;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RingsTest {

  @Test
  void grow_fullRing_hasElementsInOrderFromIndexZero() {
    assertThat(Rings.grow(new double[] {3, 4, 1, 2}, 2)).containsExactly(1, 2, 3, 4, 0, 0, 0, 0);
    assertThat(Rings.grow(new long[] {1, 2}, 0)).containsExactly(1, 2, 0, 0);
    assertThat(Rings.grow(new byte[] {2, 1}, 1)).containsExactly(1, 2, 0, 0);
  }

  @Test
  void grow_objects_keepsTheTypeOfTheArray() {
    String[] larger = Rings.grow(new String[] {"b", "a"}, 1);
    assertThat(larger).containsExactly("a", "b", null, null);
  }

  @Test
  void grow_ring_isUnchanged() {
    int[] ring = {2, 1};
    Rings.grow(ring, 1);
    assertThat(ring).containsExactly(2, 1);
  }
}
