package io.thalweg.examples.demo;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Lets a run end in good order when its user presses Ctrl-C, at any moment: the JVM waits until the
 * run has drained, stopped everything and reported, then ends with the run's own exit code.
 *
 * <p>Thread-safe.
 */
public final class StopSignal {

  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final CountDownLatch stop = new CountDownLatch(1);
  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile int exitCode;

  private StopSignal() {}

  /**
   * From now on the JVM does not end before {@link #finished} is called, or two minutes are over.
   *
   * @return the signal
   */
  public static StopSignal install() {
    StopSignal signal = new StopSignal();
    Runtime.getRuntime().addShutdownHook(new Thread(signal::interrupted, "stop-signal"));
    return signal;
  }

  private void interrupted() {
    if (finished.getCount() == 0) {
      return; // an ordinary end
    }
    stop.countDown();
    try {
      boolean inTime = finished.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
      // otherwise the exit code would be that of a killed process
      Runtime.getRuntime().halt(inTime ? exitCode : 1);
    } catch (InterruptedException e) {
      Runtime.getRuntime().halt(1);
    }
  }

  /**
   * Whether the run is to end.
   *
   * @return true after Ctrl-C
   */
  public boolean received() {
    return stop.getCount() == 0;
  }

  /**
   * Waits for the signal.
   *
   * @param time how long at most
   * @return whether the run is to end
   */
  public boolean await(Duration time) {
    try {
      return stop.await(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  /**
   * Says that the run is over: the JVM may end.
   *
   * @param code the exit code
   */
  public void finished(int code) {
    exitCode = code;
    finished.countDown();
  }
}
