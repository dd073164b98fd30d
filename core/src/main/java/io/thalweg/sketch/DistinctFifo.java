package io.thalweg.sketch;

import static java.util.Objects.requireNonNull;

import io.thalweg.Fifo;
import io.thalweg.Rings;
import java.util.Arrays;

/**
 * FIFO of the number of distinct events, with a count for each of them. The counts are integers, so
 * they are decremented exactly. Steady state allocates only results beyond 127, which are boxed.
 */
final class DistinctFifo<E> implements Fifo<E, Long> {

  private final SlotTable<E> different = new SlotTable<>(16);

  /** Number of times the event of a slot is inside. */
  private int[] times = new int[16];

  /** Free slots that were used before. */
  private int[] spare = new int[16];

  private int spares;

  /** Number of slots ever used. */
  private int used;

  /** The slots of the events, the i-th oldest at head + i. */
  private int[] ring = new int[16];

  private int head;
  private int size;

  @Override
  public void add(E event) {
    int hash = SlotTable.hash(requireNonNull(event, "event"));
    int slot = different.find(event, hash);
    if (slot < 0) {
      slot = spares > 0 ? spare[--spares] : unused();
      different.put(slot, event, hash);
      times[slot] = 0;
    }
    times[slot]++;
    if (size == ring.length) {
      growRing();
    }
    ring[(head + size) & (ring.length - 1)] = slot;
    size++;
  }

  private int unused() {
    if (used == times.length) {
      int larger = 2 * used;
      different.grow(larger);
      times = Arrays.copyOf(times, larger);
      spare = Arrays.copyOf(spare, larger);
    }
    return used++;
  }

  @Override
  public void evict() {
    if (size == 0) {
      throw new IllegalStateException("evict needs an event inside: size 0");
    }
    int slot = ring[head];
    head = (head + 1) & (ring.length - 1);
    size--;
    if (--times[slot] == 0) {
      different.remove(slot);
      spare[spares++] = slot;
    }
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public Long result() {
    return (long) used - spares;
  }

  @Override
  public void clear() {
    different.clear();
    head = 0;
    size = 0;
    spares = 0;
    used = 0;
  }

  private void growRing() {
    if (ring.length == 1 << 28) {
      throw new IllegalStateException("a FIFO of events holds at most 2^28: " + size);
    }
    ring = Rings.grow(ring, head);
    head = 0;
  }
}
