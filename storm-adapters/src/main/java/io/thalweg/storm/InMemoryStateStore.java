package io.thalweg.storm;

import io.thalweg.StateWriter;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.storm.utils.Time;

/** Keeps nothing: what the tasks hold in memory is all the state there is. */
enum InMemoryStateStore implements StateStore {
  INSTANCE;

  /** Of this worker. Those before it began earlier, which is all that is known of them. */
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
    return new Nothing(task.component() + "/" + epoch + "/" + task.index(), epoch);
  }

  private record Nothing(String name, long epoch) implements Shard, StateWriter<Object> {

    @Override
    public List<Saved> saved() {
      return List.of();
    }

    @Override
    public StateWriter<Object> changes() {
      return this;
    }

    @Override
    public void commit() {}

    @Override
    public void close() {}

    @Override
    public StateWriter<Object> within(String scope) {
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
    public void shared(byte[] state) {}

    @Override
    public void clear() {}
  }
}
