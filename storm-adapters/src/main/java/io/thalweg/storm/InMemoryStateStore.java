package io.thalweg.storm;

import io.thalweg.StateWriter;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.storm.utils.Time;

/** Store without effect: the state exists in the task only and is lost with the worker. */
enum InMemoryStateStore implements StateStore {
  INSTANCE;

  /** Last epoch in this worker. Earlier workers started at an earlier time. */
  private static final AtomicLong NEWEST = new AtomicLong();

  @Override
  public boolean durable() {
    return false;
  }

  @Override
  public Shard acquire(Task task) {
    long epoch =
        NEWEST.accumulateAndGet(
            Time.currentTimeMillis(), (newest, now) -> Math.max(newest + 1, now));
    return new EmptyShard(task.component() + "/" + epoch + "/" + task.index(), epoch);
  }

  private record EmptyShard(String name, long epoch) implements Shard, StateWriter<Object> {

    @Override
    public List<SavedShard> saved() {
      return List.of();
    }

    @Override
    public StateWriter<Object> changes() {
      return this;
    }

    @Override
    public void commit() {}

    @Override
    public void requireHeld() {}

    @Override
    public void close() {}

    @Override
    public StateWriter<Object> scope(String scope) {
      return this;
    }

    @Override
    public void put(Object key, long part, byte[] state) {}

    @Override
    public void remove(Object key, long part) {}

    @Override
    public void remove(Object key) {}

    @Override
    public void removeBefore(long part) {}

    @Override
    public void putOperatorState(byte[] state) {}

    @Override
    public void clear() {}
  }
}
