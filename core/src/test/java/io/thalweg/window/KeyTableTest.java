package io.thalweg.window;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class KeyTableTest {

  /** A key that chooses its hash: collisions, runs that wrap, and equal keys of two objects. */
  private record Key(int name, int hash) {
    @Override
    public int hashCode() {
      return hash;
    }
  }

  private static int hash(SplittableRandom random, int kind) {
    return switch (kind) {
      case 0 -> 0; // all in one run
      case 1 -> random.nextInt(4);
      case 2 -> -1 - random.nextInt(3);
      // 0x144CBC89 is the inverse of the golden ratio: these lie at the end of every table.
      case 3 -> 0x144CBC89 * -(1 + random.nextInt(40));
      default -> random.nextInt();
    };
  }

  @Property
  void operations_random_agreeWithAMap(@ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int kind = random.nextInt(5);
    Key[] keys = new Key[1 + random.nextInt(200)];
    for (int i = 0; i < keys.length; i++) {
      keys[i] = new Key(i, hash(random, kind));
    }
    KeyTable<Key> keyTable = new KeyTable<>(1);
    Map<Key, KeyState<Key>> model = new HashMap<>();
    double growth = random.nextDouble();
    for (int i = 0; i < 1000; i++) {
      if (i % 250 == 0) {
        growth = random.nextDouble();
      }
      Key key = keys[random.nextInt(keys.length)];
      Key equal = new Key(key.name, key.hash);
      KeyState<Key> keyState = keyTable.get(equal);
      assertThat(keyState).as("seed %d, row of %s", seed, key).isSameAs(model.get(key));
      if (keyState == null && random.nextDouble() < growth) {
        KeyState<Key> created = keyTable.create(key);
        created.references = 1 + random.nextInt(2);
        model.put(key, created);
      } else if (keyState != null && random.nextDouble() > growth) {
        keyTable.release(keyState);
        if (keyState.references == 0) {
          model.remove(key);
        }
      }
      assertThat(keyTable.size()).as("seed %d", seed).isEqualTo(model.size());
    }
    Map<KeyState<Key>, Key> seen = new IdentityHashMap<>();
    keyTable.forEach(keyState -> seen.put(keyState, keyState.key));
    assertThat(seen.values())
        .as("seed %d", seed)
        .containsExactlyInAnyOrderElementsOf(model.keySet());
    model.forEach(
        (key, keyState) -> assertThat(seen.get(keyState)).as("seed %d", seed).isEqualTo(key));
  }
}
