package io.thalweg.model;

import static java.util.Objects.requireNonNull;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ObjLongConsumer;

/**
 * Model with a limit on the time of a call. If the limit passes, the answer is a stated fallback.
 *
 * <pre>{@code
 * Model bounded = TimedModel.of(model, Duration.ofMillis(5), Double.NaN, 1);
 * }</pre>
 *
 * <p>A call runs in a thread of this object, and the caller waits for it. A call that exceeds the
 * limit is abandoned: it keeps its thread until it returns, and its result is ignored. While all
 * threads are kept, each call is answered by the fallback at once. So a model that hangs costs the
 * stream one limit for each thread, and no memory. A model that has returned is used again.
 *
 * <p>An exception of the model is thrown to the caller. If the fallback is NaN, {@code Scoring}
 * answers with its own fallback and {@code NOT_FINITE}.
 *
 * <p>The limit is measured by the clock of the machine, so a replay may time out at other rows.
 * Cost: two changes of threads for a call, several microseconds, and about 200 bytes. Thread-safe:
 * calls of several callers share the threads, which are daemons and end after a second without
 * calls.
 */
public final class TimedModel implements Model, AutoCloseable {

  private final Model model;
  private final long limitNanos;
  private final double fallback;
  private final Semaphore idleThreads;
  private final ThreadPoolExecutor threads;
  private final AtomicLong timeouts = new AtomicLong();
  private final AtomicLong skipped = new AtomicLong();

  private TimedModel(Model model, Duration limit, double fallback, int threads) {
    this.model = requireNonNull(model, "model");
    if (limit.isNegative() || limit.isZero()) {
      throw new IllegalArgumentException("limit must be positive: " + limit);
    }
    if (threads <= 0) {
      throw new IllegalArgumentException("threads must be positive: " + threads);
    }
    this.limitNanos = limit.toNanos();
    this.fallback = fallback;
    this.idleThreads = new Semaphore(threads);
    this.threads =
        new ThreadPoolExecutor(
            threads, threads, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), TimedModel::daemon);
    this.threads.allowCoreThreadTimeOut(true);
  }

  /**
   * Returns a model with a time limit.
   *
   * @param model the model; it is closed with this object if it is {@code AutoCloseable}
   * @param limit the longest time of a call, positive
   * @param fallback the prediction for a row whose call exceeds the limit or finds no thread
   * @param threads the number of calls that can run, and so hang, at a time
   * @return the model
   * @throws IllegalArgumentException if the limit or the number of threads is not positive
   */
  public static TimedModel of(Model model, Duration limit, double fallback, int threads) {
    return new TimedModel(model, limit, fallback, threads);
  }

  private static Thread daemon(Runnable calls) {
    Thread thread = new Thread(calls, "thalweg-timed-model");
    thread.setDaemon(true);
    return thread;
  }

  @Override
  public List<String> features() {
    return model.features();
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the model is closed, or the thread of the caller is
   *     interrupted; it stays interrupted
   */
  @Override
  public double score(double[] row) {
    if (threads.isShutdown()) {
      throw new IllegalStateException("a closed model must not be called");
    }
    if (!idleThreads.tryAcquire()) {
      skipped.incrementAndGet();
      return fallback;
    }
    double[] copy = row.clone(); // an abandoned call may read it later
    Future<Double> call =
        threads.submit(
            () -> {
              try {
                return model.score(copy);
              } finally {
                idleThreads.release();
              }
            });
    try {
      return call.get(limitNanos, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      timeouts.incrementAndGet();
      return fallback;
    } catch (ExecutionException e) {
      throw thrownByModel(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("the caller of a model must not be interrupted", e);
    }
  }

  private static RuntimeException thrownByModel(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return (RuntimeException) cause;
  }

  /**
   * Reports the number of {@code timeouts}, and of {@code skipped} calls that found no thread.
   *
   * @param each receives every name and number
   */
  public void counters(ObjLongConsumer<String> each) {
    each.accept("timeouts", timeouts.get());
    each.accept("skipped", skipped.get());
  }

  /**
   * Interrupts the calls that still run, and closes the model.
   *
   * @throws IllegalStateException if the model cannot be closed
   */
  @Override
  public void close() {
    threads.shutdownNow();
    if (model instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        throw new IllegalStateException("model must close: " + e, e);
      }
    }
  }
}
