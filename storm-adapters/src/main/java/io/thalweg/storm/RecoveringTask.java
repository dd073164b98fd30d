package io.thalweg.storm;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.function.Supplier;
import org.apache.storm.tuple.Tuple;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Task of a {@link ProcessorBolt} that outlives exceptions of the processor, if the {@link
 * FailurePolicy} permits it.
 *
 * <p>A processor that throws may have changed its state in part. The task is therefore replaced by
 * a new one, which restores the last commit and executes the uncommitted tuples again, as the
 * worker's successor would after their replay. The record at which the processor threw is rejected
 * before it reaches the processor.
 */
final class RecoveringTask {

  private static final Logger LOG = LoggerFactory.getLogger(RecoveringTask.class);

  private final Supplier<ProcessorTask<?, ?, ?>> starter;
  private final Failures failures;
  private ProcessorTask<?, ?, ?> task;
  private boolean closed;

  /**
   * Starts a task.
   *
   * @param starter creates a task that restores the last commit
   * @param failures the records that the tasks reject
   */
  RecoveringTask(Supplier<ProcessorTask<?, ?, ?>> starter, Failures failures) {
    this.starter = starter;
    this.failures = failures;
    restart(new ArrayDeque<>());
  }

  void execute(Tuple tuple) {
    try {
      task.execute(tuple);
    } catch (ProcessingException e) {
      reject(e);
      Deque<Tuple> tuples = new ArrayDeque<>(task.uncommitted());
      tuples.add(tuple);
      task.close();
      restart(tuples);
    }
  }

  private void reject(ProcessingException e) {
    failures.add(e);
    LOG.error("record becomes a dead letter, the task restores its last commit", e);
  }

  /** Starts a task and executes tuples, until it does so without an exception of the processor. */
  private void restart(Deque<Tuple> tuples) {
    boolean recovered = !tuples.isEmpty();
    while (!started(tuples)) {
      recovered = true;
    }
    if (recovered && task.allowsCommit()) {
      task.commit(); // so that the next failure replays less
    }
    failures.onRecovered();
  }

  /**
   * Starts a task and executes tuples. A closed task has no successor here: it would fence the one
   * that Storm has started elsewhere.
   *
   * @return false if the processor threw; the tuples are then those that are not committed
   */
  private boolean started(Deque<Tuple> tuples) {
    if (isClosed()) {
      return true;
    }
    ProcessorTask<?, ?, ?> next = null;
    try {
      next = starter.get();
      replaceBy(next);
      while (!tuples.isEmpty()) {
        next.execute(tuples.peek());
        tuples.remove();
      }
      return true;
    } catch (ProcessingException e) {
      reject(e);
      if (next != null) {
        List<Tuple> executed = next.uncommitted();
        Iterator<Tuple> newestFirst = new ArrayDeque<>(executed).descendingIterator();
        newestFirst.forEachRemaining(tuples::addFirst);
        next.close();
      }
      return false;
    }
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private synchronized void replaceBy(ProcessorTask<?, ?, ?> next) {
    task = next;
    if (closed) {
      next.close();
    }
  }

  /** Closes the task. Storm calls it from another thread. */
  synchronized void close() {
    closed = true;
    if (task != null) {
      task.close();
    }
  }
}
