package io.thalweg.storm;

import static java.util.Objects.requireNonNull;

import io.thalweg.StateReader;
import io.thalweg.StateWriter;
import java.io.Serializable;
import java.util.List;
import java.util.function.Predicate;

/**
 * Where the state of the tasks outlives them.
 *
 * <pre>{@code
 * StateStore store = new JdbcStateStore("jdbc:sqlite:/var/lib/detector/state.db");
 * try (StateStore.Shard shard = store.acquire(new StateStore.Task("job", "detector", 0, 4, 1))) {
 *   for (StateStore.Saved saved : shard.saved()) {
 *     processor.restore(saved.state().within("processor"));
 *   }
 *   ...
 *   processor.saveChanges(shard.changes().within("processor"));
 *   shard.commit();
 * }
 * }</pre>
 *
 * <p>A <em>shard</em> is the state of one task. A component with a certain number of tasks has a
 * <em>layout</em>: that many shards, among which its keys are shared out as Storm's fields grouping
 * shares out tuples. Another number of tasks is another layout, a new <em>generation</em>, whose
 * shards take up what those of the generation before held.
 *
 * <p>Whoever acquires a shard <em>fences</em> the one who held it: a worker that was believed dead
 * and is not can commit nothing any more. Each acquisition has an <em>epoch</em>, which only grows.
 *
 * <p>A store travels to the workers by Java serialization; connections are made in {@link
 * #acquire}. Stores are thread-safe; a shard belongs to the one thread of its task.
 */
public interface StateStore extends Serializable {

  /**
   * Whether a worker that dies leaves its state behind.
   *
   * @return false if all is lost with the worker
   */
  boolean durable();

  /**
   * Takes over the shard of a task, and fences whoever held it.
   *
   * <p>The first task that comes with another number of tasks than the component had begins a new
   * generation. In the same step it fences every shard of the generations before, those that were
   * never written included, so that what is read of them afterwards is all there will ever be.
   *
   * @param task whose shard it is
   * @return the shard, to be closed
   * @throws IllegalStateException if the store does not answer or is damaged; or if the task
   *     belongs to an older deployment than the newest that came for this component, so that a
   *     forgotten worker cannot fence its successors
   */
  Shard acquire(Task task);

  /**
   * A store that keeps nothing: a worker that dies takes the state of its tasks with it.
   *
   * <p>The epoch is the time of the start in milliseconds (Storm's clock), or more if two tasks
   * start within one; the name holds it, since running numbers begin anew.
   *
   * @return a store whose shards have nothing saved, drop all changes, and commit without effect
   */
  static StateStore inMemory() {
    return InMemoryStateStore.INSTANCE;
  }

  /**
   * Names a task.
   *
   * @param topology the name of the topology, the same for every deployment
   * @param component the bolt
   * @param index of the task among those of the bolt, from 0
   * @param tasks how many the bolt has
   * @param deployment grows with every submission of the topology; 0 if unknown, which is older
   *     than every known one
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

  /** The state of one task, in the hands of one holder. Not thread-safe. */
  interface Shard extends AutoCloseable {

    /**
     * A name that no other shard of the topology ever has, the same for every holder of a durable
     * shard: {@code component/generation/index}.
     *
     * @return the name
     */
    String name();

    /**
     * The number of this acquisition.
     *
     * @return exceeds every epoch that any shard of the component had so far
     */
    long epoch();

    /**
     * What there is to take up: the shard itself, if it was ever committed. Otherwise what it
     * inherits: every committed shard of the generation before, and in the place of one that never
     * was, what that one would have inherited. Empty at the first start.
     *
     * <p>All of them hold what was committed before this acquisition. They are read from the store
     * as they are asked, on the caller's thread, and only until the first {@link #commit}; they
     * throw {@link IllegalStateException} if the store fails or holds what it never wrote.
     *
     * @return the shards to be read, in no particular order
     */
    List<SavedShard> saved();

    /**
     * Collects changes, to be made durable by {@link #commit}.
     *
     * <p>The first state of a shard is what was last committed, and nothing where it was never
     * committed: what is inherited has to be written again. Keys are {@code String} or {@code
     * Long}; others are refused with {@link IllegalArgumentException}.
     *
     * @return always the same writer
     */
    StateWriter<Object> changes();

    /**
     * Makes the collected changes durable, all or nothing, and begins to collect anew. A shard is
     * committed from the first time on, if there were changes or not.
     *
     * <p>After an exception the shard is good for {@link #close} only: the next holder takes up
     * what was committed.
     *
     * @throws FencedException if another took the shard over, or a new generation began; nothing
     *     was committed
     * @throws IllegalStateException if the store fails; then nothing, or everything, was committed
     */
    void commit();

    /** Lets go of the connection. What was not committed is dropped. */
    @Override
    void close();
  }

  /**
   * What a task takes up of one shard.
   *
   * @param state all that the shard holds, keys of others included
   * @param own whether it is the task's very shard; otherwise one of a generation before
   * @param owned which keys of the processor's state are this task's: over all tasks of the
   *     generation each key of an inherited shard has one owner
   * @param ownsCounters whether this task takes over the shard's counters, so that they add up;
   *     over all tasks of the generation an inherited shard has one heir, or none if a generation
   *     between has taken its counters over and committed them
   */
  record SavedShard(
      StateReader<Object> state, boolean own, Predicate<Object> owned, boolean ownsCounters) {

    /**
     * Checks that nothing is missing.
     *
     * @param state not null
     * @param own true or false
     * @param owned not null
     * @param ownsCounters true or false
     */
    public SavedShard {
      requireNonNull(state, "state");
      requireNonNull(owned, "owned");
    }
  }
}
