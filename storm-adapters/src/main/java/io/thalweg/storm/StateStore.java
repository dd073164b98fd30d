package io.thalweg.storm;

import static java.util.Objects.requireNonNull;

import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.io.Serializable;
import java.util.List;
import java.util.function.Predicate;

/**
 * Store of the state of tasks.
 *
 * <pre>{@code
 * StateStore store = new JdbcStateStore("jdbc:sqlite:/var/lib/detector/state.db");
 * try (StateStore.Shard shard = store.acquire(new StateStore.Task("job", "detector", 0, 4, 1))) {
 *   for (StateStore.SavedShard saved : shard.saved()) {
 *     processor.restore(saved.state().scope("processor"));
 *   }
 *   ...
 *   processor.saveChanges(shard.changes().scope("processor"));
 *   shard.commit();
 * }
 * }</pre>
 *
 * <p>A <em>shard</em> is the state of one task. A component with a given number of tasks has a
 * <em>layout</em> of as many shards, among which its keys are distributed as by Storm's fields
 * grouping. Another number of tasks is another layout and starts a new <em>generation</em>, whose
 * shards inherit the state of the generation before.
 *
 * <p>Acquiring a shard <em>fences</em> its former holder: a worker that was believed dead, but
 * still runs, cannot commit any more. Each acquisition has an <em>epoch</em>, which only grows.
 *
 * <p>A store is sent to the workers by Java serialization; {@link #acquire} opens the connections.
 * Stores are thread-safe; a shard is used by the thread of its task only.
 */
public interface StateStore extends Serializable {

  /**
   * Returns whether the state outlives the worker.
   *
   * @return false if the state is lost with the worker
   */
  boolean durable();

  /**
   * Acquires the shard of a task, and fences its former holder.
   *
   * <p>The first acquisition with another number of tasks starts a new generation. In the same step
   * it fences every shard of earlier generations, including those that were never committed, so
   * that they do not change any more.
   *
   * @param task the task
   * @return the shard, to be closed
   * @throws IllegalStateException if the store does not answer or is damaged, or if the task
   *     belongs to an older deployment than the newest one of this component, so that a forgotten
   *     worker cannot fence its successors
   */
  Shard acquire(Task task);

  /**
   * Returns a store without effect: the state is lost when the worker dies.
   *
   * <p>The epoch is the time of the start in milliseconds (Storm's clock), or more if two tasks
   * start in one millisecond. The name of a shard contains it, since running numbers start again.
   *
   * @return a store whose shards are empty, discard all changes, and commit without effect
   */
  static StateStore inMemory() {
    return InMemoryStateStore.INSTANCE;
  }

  /**
   * Identity of a task.
   *
   * @param topology the name of the topology, the same for every deployment
   * @param component the bolt
   * @param index the index of the task in the bolt, from 0
   * @param tasks the number of tasks of the bolt
   * @param deployment a number that grows with every submission of the topology; 0 if unknown,
   *     which counts as older than every known deployment
   */
  record Task(String topology, String component, int index, int tasks, long deployment) {

    /**
     * Checks the numbers.
     *
     * @param topology not null
     * @param component not null
     * @param index from 0 to {@code tasks - 1}
     * @param tasks positive
     * @param deployment not negative
     * @throws IllegalArgumentException if the index is not one of the tasks, or the deployment is
     *     negative
     */
    public Task {
      requireNonNull(topology, "topology");
      requireNonNull(component, "component");
      if (index < 0 || index >= tasks) {
        throw new IllegalArgumentException(
            "index must be from 0 to tasks - 1, with %d tasks: %d".formatted(tasks, index));
      }
      if (deployment < 0) {
        throw new IllegalArgumentException("deployment must not be negative: " + deployment);
      }
    }
  }

  /** State of one task, held by one task instance. Not thread-safe. */
  interface Shard extends AutoCloseable {

    /**
     * Returns the name, unique in the topology for all time and the same for every holder of a
     * durable shard: {@code component/generation/index}.
     *
     * @return the name
     */
    String name();

    /**
     * Returns the number of this acquisition.
     *
     * @return a number that exceeds every earlier epoch of all shards of the component
     */
    long epoch();

    /**
     * Returns the shards to restore: this shard, if it was ever committed; otherwise the inherited
     * shards, which are all committed shards of the generation before. A shard of that generation
     * that was never committed is replaced by the shards that it would have inherited. The list is
     * empty at the first start.
     *
     * <p>The shards contain the state committed before this acquisition. They are read from the
     * store on each call, on the caller's thread, until the first {@link #commit}. They throw
     * {@link IllegalStateException} if the store fails or is damaged.
     *
     * @return the shards to restore, in no particular order
     */
    List<SavedShard> saved();

    /**
     * Returns the writer of changes, which {@link #commit} makes durable.
     *
     * <p>The changes apply to the last committed state. A shard that was never committed is empty,
     * so inherited state must be written again. Keys are {@code String} or {@code Long}; other keys
     * are rejected with {@link IllegalArgumentException}.
     *
     * @return the writer, the same for each call
     */
    StateWriter<Object> changes();

    /**
     * Makes all changes since the last commit durable, atomically. A shard counts as committed from
     * the first commit on, even one without changes.
     *
     * <p>After an exception the shard can only be closed. The next holder restores the last
     * committed state.
     *
     * @throws FencedException if another task acquired the shard or a new generation started;
     *     nothing was committed
     * @throws IllegalStateException if the store fails; all changes or none were committed
     */
    void commit();

    /**
     * Requires that no other task acquired the shard since this one.
     *
     * @throws FencedException if another task acquired the shard or a new generation started
     * @throws IllegalStateException if the store fails
     */
    void requireHeld();

    /** Releases the connection. Uncommitted changes are discarded. */
    @Override
    void close();
  }

  /**
   * Saved shard that a task restores.
   *
   * @param state the state of the shard, including keys of other tasks
   * @param isOwnShard true if the shard is that of the task, false if it is inherited
   * @param ownsKey tells which keys of the state belong to this task; each key of an inherited
   *     shard belongs to exactly one task of the generation
   * @param ownsCounters true if this task takes over the counters of the shard, so that their sum
   *     is kept; this is exactly one task of the generation, or none if a generation in between has
   *     taken over the counters and committed them
   */
  record SavedShard(
      StateReader<Object> state,
      boolean isOwnShard,
      Predicate<Object> ownsKey,
      boolean ownsCounters) {

    /**
     * Creates a saved shard.
     *
     * @param state not null
     * @param isOwnShard true or false
     * @param ownsKey not null
     * @param ownsCounters true or false
     */
    public SavedShard {
      requireNonNull(state, "state");
      requireNonNull(ownsKey, "ownsKey");
    }
  }
}
