package io.thalweg.window;

import io.thalweg.StateReader;

/** Reader of a shard that refuses the keys that the operator has already. */
record NewKeys<K>(StateReader<K> shard, KeyTable<K> keyTable) implements StateReader<K> {

  @Override
  public StateReader<K> scope(String scope) {
    return new NewKeys<>(shard.scope(scope), keyTable);
  }

  @Override
  public byte[] operatorState() {
    return shard.operatorState();
  }

  @Override
  public boolean isEmpty() {
    return shard.isEmpty();
  }

  @Override
  public boolean ownsCounters() {
    return shard.ownsCounters();
  }

  @Override
  public void forEach(RecordVisitor<? super K> action) {
    shard.forEach(
        (key, part, state) -> {
          if (keyTable.size() > 0 && keyTable.get(key) != null) {
            throw new IllegalArgumentException(
                "shards must have no key in common, but both have one: " + key);
          }
          action.accept(key, part, state);
        });
  }
}
