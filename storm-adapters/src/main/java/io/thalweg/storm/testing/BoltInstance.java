package io.thalweg.storm.testing;

import io.thalweg.StateWriter;
import io.thalweg.storm.FencedException;
import io.thalweg.storm.ProcessorBolt;
import io.thalweg.storm.StateStore;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.storm.Constants;
import org.apache.storm.task.IOutputCollector;
import org.apache.storm.task.OutputCollector;
import org.apache.storm.topology.IRichBolt;
import org.apache.storm.tuple.Tuple;
import org.apache.storm.tuple.TupleImpl;

/**
 * One start of a bolt task, with its executor. The collector and the store that the bolt receives
 * stop or kill it at a step of the fault plan; the bolt needs no hooks.
 */
final class BoltInstance extends TaskInstance implements IOutputCollector {

  private final World world;
  private final ArrayDeque<Tuple> inbox = new ArrayDeque<>();
  private final Set<Tuple> open = Collections.newSetFromMap(new IdentityHashMap<>());
  private final int restores;
  private IRichBolt bolt;
  private boolean ready;
  private boolean busy;

  /** True if the bolt has a store, so that commits are counted instead of tuples. */
  private boolean hasStore;

  /** True if an exception of the bolt is expected from now on. */
  private boolean failureExpected;

  private int emitted;
  private int acked;

  BoltInstance(World world, Deployment deployment, int task, long uid, int restores) {
    super(deployment, task, uid);
    this.world = world;
    this.restores = restores;
  }

  @Override
  void start() {
    world.clock.after(world.chance.from(5, 120), () -> step(this::prepare));
  }

  private void prepare() {
    bolt = deployment.bolt(component);
    Map<String, Object> conf = new HashMap<>(deployment.conf);
    StateStore store = new Store();
    if (bolt instanceof ProcessorBolt<?, ?, ?> processor) {
      processor.withStateStore(store);
    }
    conf.put(World.STORE, store);
    bolt.prepare(conf, deployment.context(task), new OutputCollector(this));
    ready = true;
    world.trace.add(this, "ready");
    int seconds = deployment.tickSeconds(component);
    if (seconds > 0) {
      world.clock.after(seconds * 1_000L, () -> tick(seconds));
    }
  }

  private void tick(int seconds) {
    if (alive) {
      receive(
          new TupleImpl(
              deployment.general(),
              List.of(seconds),
              Constants.SYSTEM_COMPONENT_ID,
              -1,
              Constants.SYSTEM_TICK_STREAM_ID));
      world.clock.after(seconds * 1_000L, () -> tick(seconds));
    }
  }

  @Override
  void receive(Tuple tuple) {
    if (alive) {
      inbox.add(tuple);
      drain();
    }
  }

  /** Executes one tuple; the next one is an event of the clock, so that time can pass before. */
  private void drain() {
    if (alive && ready && !busy && !inbox.isEmpty()) {
      Tuple tuple = inbox.poll();
      open.add(tuple);
      if (!hasStore) {
        newCommit();
      }
      step(() -> bolt.execute(tuple));
    }
  }

  private void newCommit() {
    world.faults.countCommit(this);
    emitted = 0;
    acked = 0;
  }

  private void step(Runnable action) {
    if (!alive) {
      return;
    }
    busy = true;
    try {
      action.run();
    } catch (TaskKilledException e) {
      // traced when it was killed
    } catch (RuntimeException | Error e) {
      if (!failureExpected) {
        throw new IllegalStateException(
            "%s failed at %d ms, seed %d: %s"
                .formatted(this, world.clock.now(), world.settings.seed(), e),
            e);
      }
      die(String.valueOf(e.getMessage()));
    } finally {
      busy = false;
    }
    if (alive && !inbox.isEmpty()) {
      world.clock.after(0, this::drain);
    }
  }

  private void die(String why) {
    if (alive) {
      world.trace.add(this, "dies:", why);
      end();
      world.supervisor.replaceDead(this);
    }
  }

  private TaskKilledException killed(String why) {
    die(why);
    return new TaskKilledException();
  }

  private void requireAlive() {
    if (!alive) {
      throw new TaskKilledException();
    }
  }

  /** Lets time pass for all other tasks. */
  private void pause(long millis) {
    world.clock.runUntil(world.clock.now() + millis);
    requireAlive();
  }

  private void reached(CommitStep step) {
    requireAlive();
    Faults.Fault fault = world.faults.pollDue(this, step);
    if (fault instanceof Faults.Crash) {
      throw killed(step.name());
    }
    if (fault instanceof Faults.Pause pause) {
      world.trace.add(this, "pauses", step, pause.millis());
      if (pause.successor() >= 0) {
        world.supervisor.replace(this, pause.successor());
        world.clock.after(pause.millis() + 600, this::end);
      }
      pause(pause.millis());
    }
  }

  @Override
  public List<Integer> emit(String stream, Collection<Tuple> anchors, List<Object> values) {
    requireAlive();
    if (emitted++ > 0 && world.chance.chance(0.5)) {
      reached(CommitStep.EMITTING);
    }
    return world.network.emit(this, stream, anchors == null ? List.of() : anchors, values);
  }

  @Override
  public void emitDirect(int task, String stream, Collection<Tuple> anchors, List<Object> values) {
    throw new UnsupportedOperationException("direct streams are not simulated: " + stream);
  }

  @Override
  public void ack(Tuple tuple) {
    close(tuple);
    if (acked++ == 0) {
      reached(CommitStep.BEFORE_ACK);
    } else if (world.chance.chance(0.5)) {
      reached(CommitStep.ACKING);
    }
    world.trees.ack((TupleImpl) tuple);
  }

  @Override
  public void fail(Tuple tuple) {
    close(tuple);
    world.trees.fail((TupleImpl) tuple);
  }

  private void close(Tuple tuple) {
    requireAlive();
    if (!open.remove(tuple) && tuple.getSourceTask() >= 0) {
      throw new IllegalStateException("a tuple must be acked or failed once: " + tuple);
    }
  }

  @Override
  public void resetTimeout(Tuple tuple) {
    requireAlive();
    world.trees.resetTimeout((TupleImpl) tuple);
  }

  @Override
  public void flush() {}

  @Override
  public void reportError(Throwable error) {
    world.trace.add(this, "reports", error);
  }

  /** {@inheritDoc} A worker that dies does not clean up its bolt; this happens after the run. */
  @Override
  void cleanUp() {
    super.cleanUp();
    if (bolt != null) {
      try {
        bolt.cleanup();
      } catch (TaskKilledException e) {
        // ignored: the worker is already dead
      }
    }
  }

  /** Store that this instance uses, with the faults of the plan. */
  private final class Store implements StateStore {

    private static final long serialVersionUID = 1;

    @Override
    public boolean durable() {
      return world.store.durable();
    }

    @Override
    public Shard acquire(Task task) {
      requireAlive();
      hasStore = true;
      Shard shard;
      try {
        shard = world.store.acquire(task);
      } catch (IllegalStateException e) {
        failureExpected = deployment != world.supervisor.deployment();
        throw e;
      }
      world.trace.add(BoltInstance.this, "acquires", shard.name(), "epoch", shard.epoch());
      if (restores > 0 && world.chance.chance(0.5)) {
        throw killedWhileRestoring();
      }
      return new ObservedShard(shard);
    }
  }

  private TaskKilledException killedWhileRestoring() {
    end();
    world.trace.add(this, "dies while it restores");
    world.supervisor.restart(this, restores - 1);
    return new TaskKilledException();
  }

  private final class ObservedShard implements StateStore.Shard {
    private final StateStore.Shard shard;

    ObservedShard(StateStore.Shard shard) {
      this.shard = shard;
    }

    @Override
    public String name() {
      return shard.name();
    }

    @Override
    public long epoch() {
      return shard.epoch();
    }

    @Override
    public List<StateStore.SavedShard> saved() {
      if (restores > 0) {
        throw killedWhileRestoring();
      }
      return shard.saved();
    }

    @Override
    public StateWriter<Object> changes() {
      return shard.changes();
    }

    @Override
    public void requireHeld() {
      unlessFenced(shard::requireHeld);
    }

    private void unlessFenced(Runnable action) {
      try {
        action.run();
      } catch (FencedException e) {
        failureExpected = true;
        throw e;
      }
    }

    @Override
    public void commit() {
      newCommit();
      reached(CommitStep.BEFORE_COMMIT);
      pause(world.chance.from(1, world.storeMillis));
      Faults.StoreFailure failure = world.faults.pollStoreFailure(BoltInstance.this);
      if (failure == null || failure.committed()) {
        unlessFenced(shard::commit);
      }
      if (failure != null) {
        failureExpected = true;
        throw new IllegalStateException(
            "store failure of the fault plan; committed: " + failure.committed());
      }
      emitted = 0;
      acked = 0;
      reached(CommitStep.AFTER_COMMIT);
    }

    @Override
    public void close() {
      shard.close();
    }
  }
}
